"""Renders a review for a terminal: one line a change, the worst finding first."""

from collections.abc import Iterator

from compiler.cli.report.languages import one_line, styled
from compiler.cli.report.review_words import (
    Causes,
    details,
    known_causes,
    label,
    setting_text,
    severity_counts,
    source_place,
    source_text,
    state_text,
    value_text,
    who,
)
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding, Severity
from compiler.model.review import EnvironmentReview, Review
from compiler.stages.quantity import quantity_text

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_MUTED = "bright_black"
_SIGNS = {
    Difference.ADDED: ("+", "green"),
    Difference.REMOVED: ("-", "red"),
    Difference.CHANGED: ("~", "yellow"),
}
_MAX_FIELDS = 8


def review_text(review: Review) -> str:
    """Return every environment with its parameters, objects, totals and findings."""
    blocks = [list(_findings(review.findings, ""))] if review.findings else []
    blocks += [list(_environment(each)) for each in review.environments]
    return "".join(f"{line}\n" for block in blocks for line in block)


def review_summary(review: Review) -> str:
    """Return one line: what was compared, and how many findings there are."""
    counts = severity_counts(review.all_findings) or "no findings"
    return f"{review.base} .. {review.head}: {counts}"


def _environment(review: EnvironmentReview) -> Iterator[str]:
    yield f"{styled(review.name, bold=True)}: {state_text(review)}"
    for change in review.parameters:
        values = f"{setting_text(change.before)} → {setting_text(change.after)}"
        yield f"  {one_line(change.path)}: {values}  {styled(f'({who(change)})', dim=True)}"
    for source in review.sources:
        place = source_place(source)
        where = styled(f"  ({place})", dim=True) if place else ""
        yield f"  {one_line(source_text(source))}{where}"
    for name, difference in review.components.items():
        yield f"  {_sign(difference)} component {one_line(name)}"
    known = known_causes(review)
    for item in review.objects:
        yield from _object(item, known)
    for name, total in review.totals.items():
        if total.before != total.after:
            both = " → ".join(quantity_text(name, each) for each in (total.before, total.after))
            yield f"  total {one_line(name)}: {both}"
    yield from _findings(review.findings, "  ")


def _object(difference: ObjectDifference, known: Causes) -> Iterator[str]:
    name = difference.manifest.ref.qualified
    yield f"  {_sign(difference.kind)} {one_line(name)}{_cause(known.get((name, '')))}"
    for field in difference.fields[:_MAX_FIELDS]:
        values = f"{value_text(field.before)} → {value_text(field.after)}"
        yield f"      {one_line(field.path)}: {values}{_cause(known.get((name, field.path)))}"
    if len(difference.fields) > _MAX_FIELDS:
        yield f"      … and {len(difference.fields) - _MAX_FIELDS} more fields"


def _cause(names: str | None) -> str:
    return styled(f"  ({names})", dim=True) if names else ""


def _sign(difference: Difference) -> str:
    sign, color = _SIGNS[difference]
    return styled(sign, fg=color)


def _findings(findings: tuple[Finding, ...], indent: str) -> Iterator[str]:
    for item in findings:
        color = _MUTED if item.muted else _COLORS[item.severity]
        head = styled(f"{label(item)}[{item.rule}]", fg=color, bold=True)
        place = styled(f"  ({item.span})", dim=True) if item.span else ""
        yield f"{indent}{head}: {one_line(item.message)}{place}"
        yield from (f"{indent}    {one_line(line)}" for line in details(item))
