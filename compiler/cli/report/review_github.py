"""Renders a review as annotations of GitHub Actions."""

from compiler.cli.report.languages import Document, github_message, github_property
from compiler.cli.report.review_words import (
    SEVERITIES,
    details,
    repository_file,
    severity_counts,
)
from compiler.model.finding import Finding, Severity
from compiler.model.review import Review
from compiler.stages.words import counted

_MAX_SHOWN = 10  # of each level and step; GitHub drops the rest silently
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def review_github(review: Review) -> str:
    """Return the annotations, the worst first, and a last line that counts also the others."""
    lines: list[str] = []
    left_out = 0
    for severity in SEVERITIES:
        findings = [
            item for item in review.all_findings if item.severity is severity and not item.muted
        ]
        lines += [_annotation(review, item) for item in findings[:_MAX_SHOWN]]
        left_out += len(findings[_MAX_SHOWN:])
    counts = severity_counts(review.all_findings) or "no findings"
    more = f"; {counted(left_out, 'finding')} not shown here" if left_out else ""
    return Document("\n".join([*lines, f"kuplet review: {counts}{more}\n"]))


def _annotation(review: Review, finding: Finding) -> str:
    span = finding.span
    properties: dict[str, str] = {}
    if span:
        properties["file"] = repository_file(review, span)
        properties["line"] = str(span.line or 1)
    if span and span.column:
        properties["col"] = str(span.column)
    properties["title"] = finding.rule
    listed = ",".join(f"{name}={github_property(value)}" for name, value in properties.items())
    where = f"{finding.environment}: " if finding.environment else ""
    text = "\n".join([where + finding.message, *details(finding)])
    return f"::{_LEVELS[finding.severity]} {listed}::{github_message(text)}"
