"""Renders a review as Markdown: a comment on a pull request, with the details folded."""

import re
from collections.abc import Iterator, Sequence

from compiler.cli.report.languages import (
    markdown_code,
    markdown_markup,
    markdown_text,
    one_line,
)
from compiler.cli.report.review_words import (
    details,
    repository_file,
    setting_text,
    severity_counts,
    source_place,
    source_text,
    state_text,
    value_text,
    worst_first,
)
from compiler.model.difference import Difference
from compiler.model.finding import Severity
from compiler.model.review import EnvironmentReview, ParameterChange, Review, SourceChange
from compiler.stages.quantity import quantity_text

MAX_LENGTH = 65_000  # GitHub takes comments of 65,536 characters
_MAX_LINES = 300  # of one environment's objects
_CUT = "\n*This comment was cut because of its length; kuplet itself shows all.*\n"
_ICONS = {Severity.ERROR: "🔴", Severity.WARNING: "🟡", Severity.NOTE: "🔵"}
_MUTED = "⚪"
_SIGNS = {Difference.ADDED: "+", Difference.REMOVED: "-", Difference.CHANGED: " "}


def review_markdown(review: Review) -> str:
    """Return a summary, all findings, and what changes in each environment."""
    counts = severity_counts(review.all_findings) or "no findings"
    sides = f"{markdown_code(review.base)} .. {markdown_text(review.head)}"
    blocks = [
        f"## kuplet review\n\n{sides}: {counts}\n",
        "".join(f"{line}\n" for line in _summary(review)),
        *_findings(review),
        *(block for each in review.environments for block in _environment(review, each)),
    ]
    return joined([block for block in blocks if block])


def joined(blocks: Sequence[str]) -> str:
    """Join the blocks that there is room for, each whole: half a table would be no table."""
    room = MAX_LENGTH - len(_CUT)
    shown: list[str] = []
    for block in blocks:
        if len(block) + 1 <= room:
            shown.append(block)
            room -= len(block) + 1
    return "\n".join(shown) + (_CUT if len(shown) < len(blocks) else "")


def _summary(review: Review) -> Iterator[str]:
    if review.environments:
        yield "| environment | what changes | findings |"
        yield "|---|---|---|"
    for each in review.environments:
        counts = severity_counts(each.findings) or "none"
        yield f"| {markdown_text(each.name)} | {state_text(each)} | {counts} |"
    if review.skipped:
        names = ", ".join(markdown_text(name) for name in review.skipped)
        yield ""
        yield f"Not compiled, because nothing that they read has changed: {names}."


def _findings(review: Review) -> Iterator[str]:
    findings = worst_first(review.all_findings)
    if findings:
        yield "### Findings\n"
    for item in findings:
        place = ""
        if item.span:
            line = f":{item.span.line}" if item.span.line else ""
            place = f" {markdown_code(repository_file(review, item.span) + line)}"
        environment = f"**{markdown_text(item.environment)}**: " if item.environment else ""
        icon = _MUTED if item.muted else _ICONS[item.severity]
        message = f"- {icon} {environment}{markdown_text(item.message)}"
        lines = [
            f"{message} ({markdown_code(item.rule)}){place}",
            *(f"  {markdown_text(x)}" for x in details(item)),
        ]
        yield "  \n".join(lines) + "\n"


def _environment(review: Review, each: EnvironmentReview) -> Iterator[str]:
    rows = [_row(review, change) for change in each.parameters]
    if rows:
        head = ["| parameter | before | after | set by |", "|---|---|---|---|"]
        yield folded(f"{each.name}: parameters ({len(rows)})", [*head, *rows])
    if each.sources:
        items = [f"- {markdown_text(source_text(item))}{_reader(item)}" for item in each.sources]
        yield folded(f"{each.name}: sources ({len(items)})", items)
    lines = list(_objects(each))
    if len(lines) > _MAX_LINES:
        lines[_MAX_LINES:] = [f"… and {len(lines) - _MAX_LINES} more lines"]
    if lines:
        mark = fence(lines)
        yield folded(f"{each.name}: objects ({len(each.objects)})", [f"{mark}diff", *lines, mark])


def _reader(change: SourceChange) -> str:
    place = source_place(change)
    return f" ({markdown_text(place)})" if place else ""


def _row(review: Review, change: ParameterChange) -> str:
    setting = change.after or change.before
    place = ""
    if setting:
        place = f"{setting.layer}, {repository_file(review, setting.span)}:{setting.span.line}"
    values = (setting_text(change.before), setting_text(change.after))
    cells = [
        markdown_code(change.path),
        *(markdown_code(value) for value in values),
        markdown_text(place),
    ]
    return f"| {' | '.join(cells)} |"


def _objects(each: EnvironmentReview) -> Iterator[str]:
    for name, total in each.totals.items():
        if total.before != total.after:
            both = (quantity_text(name, total.before), quantity_text(name, total.after))
            yield f"! total {one_line(name)}: {' → '.join(both)}"
    for item in each.objects:
        yield f"{_SIGNS[item.kind]} {one_line(item.manifest.ref.qualified)}"
        for field in item.fields:
            yield f"-     {one_line(field.path)}: {one_line(value_text(field.before))}"
            yield f"+     {one_line(field.path)}: {one_line(value_text(field.after))}"


def folded(title: str, lines: Sequence[str]) -> str:
    """Return lines that a click on their title opens."""
    body = "\n".join(lines)
    return f"<details><summary>{markdown_markup(title)}</summary>\n\n{body}\n\n</details>\n"


def fence(lines: Sequence[str]) -> str:
    """Return what stands before and after lines of code: more backticks than they hold."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1)
