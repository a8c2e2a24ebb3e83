"""Reads the rules of readiness that an app has for kinds of its own."""

from collections.abc import Iterator

from compiler.model.app import ReadinessRule
from compiler.model.finding import Finding
from compiler.model.manifest import group_of, objects_at, text_at
from compiler.model.source import SourceSpan
from compiler.text.yaml_source import YamlDocument

_EXPRESSIONS = ("ready", "completed", "failed", "message")


def read_readiness(document: YamlDocument, findings: list[Finding]) -> Iterator[ReadinessRule]:
    """Yield the rules of ``app.yaml``; each expression is tried out."""
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(objects_at(document.value, "readiness")):
        kind = group_of(text_at(item, "apiVersion")), text_at(item, "kind")
        if kind in seen:
            span = document.spans["readiness", index, "kind"]
            message = f"there are two rules of readiness for {kind[1]}"
            findings.append(Finding(rule="readiness-rule", message=message, span=span))
        seen.add(kind)
        if not {"ready", "completed"} & item.keys():
            span = document.spans["readiness", index]
            message = f'the rule for {kind[1]} says neither "ready" nor "completed"'
            findings.append(Finding(rule="readiness-rule", message=message, span=span))
        said = {name: text_at(item, name) for name in _EXPRESSIONS}
        for name, expression in said.items():
            if problem := _problem(name, expression):
                span = document.spans["readiness", index, name]
                findings.append(_unreadable(name, problem, span))
        yield ReadinessRule(group=kind[0], kind=kind[1], **said)


def _problem(name: str, expression: str) -> str:
    """Return what is wrong with an expression; few apps have any, so CEL is not imported before."""
    if not expression:
        return ""
    from compiler.kinds.own_rules import Result, problem_of

    return problem_of(expression, Result.TEXT if name == "message" else Result.BOOL)


def _unreadable(name: str, problem: str, span: SourceSpan) -> Finding:
    return Finding(
        rule="readiness-rule",
        message=f'"{name}" is no expression in CEL that can be used: {problem}',
        span=span,
        hint='write it about "object", the live object: object.status.phase == "Up"',
    )
