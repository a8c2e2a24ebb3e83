"""Reads what an environment says of fields that others have changed."""

from collections.abc import Iterator

from compiler.model.conflict import ConflictPolicy, ConflictRule
from compiler.model.finding import Finding
from compiler.model.manifest import objects_at, text_at
from compiler.model.source import SourceSpan
from compiler.text.yaml_source import YamlDocument

_CRITERIA = ("kind", "path", "manager")


def read_conflicts(document: YamlDocument, findings: list[Finding]) -> Iterator[ConflictRule]:
    """Yield the rules of an environment's file; one that can never decide anything is refused."""
    rules = objects_at(document.value, "conflicts")
    if not rules:  # few have any, so what knows of conflicts is not imported before
        return
    from compiler.executor.port import FIELD_MANAGER
    from compiler.stages.conflicts import path_problem

    seen: dict[tuple[str, ...], SourceSpan] = {}
    for index, item in enumerate(rules):
        place = ("conflicts", index)
        span = document.spans[place]
        kind, path, manager = said = tuple(text_at(item, name) for name in _CRITERIA)
        if not any(said):
            message = "the rule says neither kind, path nor manager"
            hint = "say what it is about; for all conflicts of one apply there is --force-conflicts"
            findings.append(_refused(message, span, hint))
        elif said in seen:
            message = f"the rule decides nothing: the one in {seen[said]} is about the same"
            findings.append(_refused(message, span))
        elif path and (problem := path_problem(path)):
            hint = "write it as kuplet diff does: spec.template.spec.containers[main].image"
            findings.append(_refused(f'"{path}": {problem}', document.spans[*place, "path"], hint))
        elif manager == FIELD_MANAGER:
            message = f'"{FIELD_MANAGER}" is kuplet itself, which has no conflict with itself'
            findings.append(_refused(message, document.spans[*place, "manager"]))
        seen.setdefault(said, span)
        policy = ConflictPolicy(text_at(item, "policy"))
        yield ConflictRule(policy=policy, span=span, kind=kind, path=path, manager=manager)


def _refused(message: str, span: SourceSpan, hint: str = "") -> Finding:
    return Finding(rule="conflict-rule", message=message, span=span, hint=hint)
