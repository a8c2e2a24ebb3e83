"""Words and places that all formats of a review share."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from compiler.model.difference import Difference
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonValue
from compiler.model.parameter import Setting
from compiler.model.review import (
    EnvironmentReview,
    ParameterChange,
    Review,
    ReviewState,
    SourceChange,
    SourceKind,
)
from compiler.model.source import SourceSpan
from compiler.stages.words import counted

# Parameters by object and field.
Causes: TypeAlias = Mapping[tuple[str, str], str]

_MAX_VALUE = 60
_STATES = {
    ReviewState.ADDED: "new environment",
    ReviewState.REMOVED: "environment is removed",
    ReviewState.BASE_BROKEN: "its base does not compile",
    ReviewState.HEAD_BROKEN: "does not compile",
}
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def value_text(value: JsonValue) -> str:
    """Return a value as JSON on one line, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"


def setting_text(setting: Setting | None) -> str:
    """Return one side of a parameter."""
    return value_text(setting.value) if setting else "not set"


def who(change: ParameterChange) -> str:
    """Return who sets a parameter now, and where; of one that is gone, who did."""
    setting = change.after or change.before
    return f"{setting.layer}, {setting.span}" if setting else ""


def known_causes(review: EnvironmentReview) -> Causes:
    """Return the parameters behind each difference; nothing where it can only be one.

    The field is empty for an object that comes, goes or gets another name.
    """
    if len(review.parameters) <= 1:
        return {}
    found: dict[tuple[str, str], list[str]] = {}
    for change in review.parameters:
        for item in change.reaches or ():
            for path in item.fields or ("",):
                found.setdefault((item.object.qualified, path), []).append(change.path)
    return {place: ", ".join(names) for place, names in found.items()}


def source_text(change: SourceChange) -> str:
    """Return what differs of a package, a prototype or a file."""
    if change.kind is SourceKind.PROTOTYPE:
        return f"prototype of {change.name}: {change.before} → {change.after}"
    if change.kind is SourceKind.SETTING:
        return f"{change.name}: {change.before or 'nothing'} → {change.after or 'nothing'}"
    if change.difference is Difference.CHANGED and change.kind is SourceKind.PACKAGE:
        return f"package {change.name}: {change.before or 'none'} → {change.after or 'none'}"
    version = change.after or change.before
    name = f"{change.name}@{version}" if version else change.name
    return f"{change.kind} {name} {change.difference}"


def source_place(change: SourceChange) -> str:
    """Return where a source is named, or who reads it."""
    if change.kind is SourceKind.FILE:
        return f"read by {', '.join(change.components)}" if change.components else ""
    return str(change.span) if change.span else ""


def state_text(review: EnvironmentReview) -> str:
    """Return what is special about an environment, or how much differs."""
    if review.state in _STATES:
        return _STATES[review.state]
    counts = ((len(review.parameters), "parameter"), (len(review.objects), "object"))
    words = [counted(number, noun) for number, noun in counts if number]
    return f"{' and '.join(words)} changed" if words else "no object changes"


def severity_counts(findings: Iterable[Finding]) -> str:
    """Return how many findings there are of each severity, the worst first; then the muted ones."""
    items = list(findings)
    words = [
        counted(number, level.value)
        for level in SEVERITIES
        if (number := sum(each.severity is level and not each.muted for each in items))
    ]
    muted = sum(bool(each.muted) for each in items)
    return ", ".join([*words, f"{muted} muted"] if muted else words)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by severity, otherwise in their order; the muted ones last."""
    return sorted(findings, key=lambda item: (bool(item.muted), SEVERITIES.index(item.severity)))


def label(finding: Finding) -> str:
    """Return how severe a finding is, in a word."""
    return "muted" if finding.muted else finding.severity.value


def repository_file(review: Review, span: SourceSpan) -> str:
    """Return a file as its repository knows it, which is what platforms show."""
    return f"{review.directory}/{span.file}" if review.directory else span.file


def subject(finding: Finding) -> str:
    """Return what a finding is about, for formats that want a name."""
    parts = (finding.environment, finding.component, finding.object, finding.field)
    return " ".join(part for part in parts if part) or "the app"


def details(finding: Finding) -> Iterator[str]:
    """Yield the lines below a finding."""
    if finding.muted:
        yield f"muted because {finding.muted}"
    yield from finding.notes
    if finding.hint:
        yield f"hint: {finding.hint}"
