"""Reads what an app says of its reviews: severities of rules, and comments that mute them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import yaml

from compiler.model.app import Mute, RuleSetting
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.source import SourceSpan
from compiler.stages.names import did_you_mean
from compiler.stages.review.rules import OFF, RULES
from compiler.text.yaml_source import LOADER, YamlDocument, read_yaml

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*review:[ \t]*mute\b(?P<said>.*)$", re.MULTILINE)
_SAID = re.compile(r"[ \t]+(?P<rules>[^#]+?)[ \t]+because[ \t]+(?P<reason>\S.*)")
_BLOCKS = {"|", ">"}


def read_rules(document: YamlDocument, findings: list[Finding]) -> Mapping[str, RuleSetting]:
    """Return the severities that ``app.yaml`` gives to rules."""
    path = ("review", "rules")
    found: dict[str, RuleSetting] = {}
    for rule, level in mapping_at(document.value, *path).items():
        span = document.key_spans[*path, rule]
        findings.extend(_unknown([rule], span))
        levels = level if isinstance(level, dict) else {"*": level}
        severities = {
            name: None if item == OFF else Severity(str(item)) for name, item in levels.items()
        }
        found[rule] = RuleSetting(severities=severities, span=span)
    return found


def read_named_mutes(document: YamlDocument, findings: list[Finding]) -> Iterator[Mute]:
    """Yield what ``app.yaml`` mutes."""
    path = ("review", "mutes")
    for index, item in enumerate(objects_at(document.value, *path)):
        span = document.spans[*path, index]
        rule = text_at(item, "rule")
        findings.extend(_unknown([rule], document.spans[*path, index, "rule"]))
        yield Mute(
            rules=(rule,),
            reason=text_at(item, "because"),
            span=span,
            environment=text_at(item, "environment") or "*",
            component=text_at(item, "component") or "*",
            object=text_at(item, "object") or "*",
        )


def read_mutes(text: str, file: str, findings: list[Finding]) -> Iterator[Mute]:
    """Yield the comments ``# review: mute RULE because REASON`` of an environment file.

    Raises:
        AppError: The file is no YAML.
    """
    comments = list(_COMMENT.finditer(text))
    if not comments:
        return
    document = read_yaml(text, file)
    values = list(_values(text))
    for comment in comments:
        if any(value.start <= comment.start() < value.end for value in values):
            continue  # it only looks like one
        span = _span(text, comment, file)
        said = _SAID.fullmatch(comment["said"].rstrip())
        if said is None:
            findings.append(_unreadable(span))
        elif span.excerpt.lstrip().startswith("#"):
            findings.append(_alone(span))
        else:
            rules = tuple(re.split(r"[ \t,]+", said["rules"]))
            findings.extend(_unknown(rules, span))
            lines = _lines(document, span.line)
            yield Mute(rules=rules, reason=said["reason"], span=span, lines=lines)


def _lines(document: YamlDocument, line: int) -> frozenset[int]:
    """Return a line, and where the values of its keys begin: a list may stand below its name."""
    keys = (path for path, span in document.key_spans.items() if span.line == line)
    return frozenset({line, *(document.spans[path].line for path in keys)})


class _Value(NamedTuple):
    """Where a value stands; positions are counted in characters of the file."""

    start: int
    end: int


def _values(text: str) -> Iterator[_Value]:
    for token in yaml.scan(text, Loader=LOADER):
        if isinstance(token, yaml.ScalarToken):
            start = token.start_mark.index
            if token.style in _BLOCKS:  # a comment may follow the sign that begins a block
                start = text.find("\n", start)
            yield _Value(start, token.end_mark.index)


def _span(text: str, comment: re.Match[str], file: str) -> SourceSpan:
    begin = text.rfind("\n", 0, comment.start()) + 1
    excerpt = text[begin : comment.end()].rstrip("\r")
    column = comment.start() - begin + 1
    line = text.count("\n", 0, begin) + 1
    return SourceSpan(file, line, column, len(excerpt) + 1, excerpt)


def _unreadable(span: SourceSpan) -> Finding:
    message = "this comment mutes nothing: it does not say which rule, or not why"
    hint = "write: # review: mute RULE because REASON"
    return Finding(rule="review-mute", message=message, span=span, hint=hint)


def _alone(span: SourceSpan) -> Finding:
    message = "this comment mutes nothing: it stands on a line of its own"
    hint = "write it behind the parameter, on the same line"
    return Finding(rule="review-mute", message=message, span=span, hint=hint)


def _unknown(rules: Iterable[str], span: SourceSpan) -> Iterator[Finding]:
    for rule in rules:
        if rule not in RULES:
            message = f'there is no rule "{rule}" of a review'
            hint = did_you_mean(rule, RULES)
            yield Finding(rule="review-rule", message=message, span=span, hint=hint)
