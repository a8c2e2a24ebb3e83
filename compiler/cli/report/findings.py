"""Renders findings as text for people and as JSON for programs."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from compiler.cli.output import say, show
from compiler.cli.report.languages import json_text, one_line, styled, visible
from compiler.errors import KupletError
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.source import SourceSpan
from compiler.stages.words import counted

MAX_SHOWN = 20
_LONGEST_LINE = 160

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def print_findings(findings: Sequence[Finding], *, color: bool | None = None) -> None:
    """Print findings to stderr, the first twenty in full."""
    for text in findings_text(findings):
        say(text, color=color)


@contextmanager
def told_as_json(*, is_wanted: bool) -> Iterator[None]:
    """Print what stops a command on stdout too, for a program that reads JSON there."""
    try:
        yield
    except KupletError as error:
        if is_wanted:
            show(findings_json(error.findings))
        raise


def findings_text(findings: Sequence[Finding]) -> Iterable[str]:
    """Yield a block of text for each finding, and a last line for those not shown.

    What several environments have in common is shown once.
    """
    ordered = sorted(_merged(findings), key=lambda finding: not finding.is_error)
    for finding in ordered[:MAX_SHOWN]:
        yield finding_text(finding)
    if len(ordered) > MAX_SHOWN:
        yield f"… and {len(ordered) - MAX_SHOWN} more; -o json lists all"


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    environments: dict[Finding, list[str]] = {}
    for finding in findings:
        environments.setdefault(replace(finding, environment=""), []).append(finding.environment)
    return [
        replace(finding, environment=", ".join(dict.fromkeys(name for name in names if name)))
        for finding, names in environments.items()
    ]


def finding_text(finding: Finding) -> str:
    """Return a finding as a block: what, where, who set it, what to do next."""
    finding = _printable(finding)
    color = _COLORS[finding.severity]
    head = styled(f"{finding.severity}[{finding.rule}]", fg=color, bold=True)
    message = finding.message.replace("\n", "\n    ")
    if finding.environment:
        message += styled(f"  ({finding.environment})", dim=True)
    lines = [f"{head}: {message}"]
    if finding.span:
        lines += _place(finding.span, color)
    lines += [f"  = {note}" for note in finding.notes]
    if finding.hint:
        lines.append(f"  {styled('hint', fg='cyan')}: {finding.hint}")
    return "\n".join(lines)


def _printable(finding: Finding) -> Finding:
    """Disarm what packages, servers and programs may say to a terminal."""
    span = finding.span
    return replace(
        finding,
        message=visible(finding.message),
        notes=tuple(visible(note).replace("\n", "\n    ") for note in finding.notes),
        hint=visible(finding.hint).replace("\n", "\n    "),
        environment=one_line(finding.environment),
        span=span and replace(span, file=one_line(span.file), excerpt=visible(span.excerpt)),
    )


def _place(span: SourceSpan, color: str) -> list[str]:
    lines = [f"  --> {span}"]
    if span.line and span.excerpt.strip():
        span = _short(span)
        number = f"{span.line:5}"
        lines.append(f"{number} | {span.excerpt}")
        if span.column:
            before = "".join(
                "\t" if char == "\t" else " " for char in span.excerpt[: span.column - 1]
            )
            most = len(span.excerpt) - span.column + 1
            width = min(max(span.end_column - span.column, 1), most)
            marks = styled("^" * max(width, 1), fg=color)
            lines.append(f"{' ' * len(number)} | {before}{marks}")
    return lines


def _short(span: SourceSpan) -> SourceSpan:
    """Return a span whose line is cut around the place: some files are one long line."""
    if len(span.excerpt) <= _LONGEST_LINE:
        return span
    start = max(min(span.column - 1, len(span.excerpt)) - _LONGEST_LINE // 2, 0)
    cut = span.excerpt[start : start + _LONGEST_LINE]
    head, tail = "…" if start else "", "…" if start + len(cut) < len(span.excerpt) else ""
    moved = start - len(head)
    return replace(
        span,
        excerpt=f"{head}{cut}{tail}",
        column=max(span.column - moved, 0),
        end_column=max(span.end_column - moved, 0),
    )


def findings_json(findings: Sequence[Finding]) -> str:
    """Return findings as a JSON document, errors first, otherwise in the order of the compile."""
    ordered = sorted(findings, key=lambda finding: not finding.is_error)
    document = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "FindingList",
        "findings": [finding_json(finding) for finding in ordered],
    }
    return json_text(document)


def finding_json(finding: Finding) -> JsonObject:
    """Return one finding as every JSON output writes it."""
    span = finding.span
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "file": span.file if span else "",
        "line": span.line if span else 0,
        "column": span.column if span else 0,
        "endColumn": span.end_column if span else 0,
        "environment": finding.environment,
        "component": finding.component,
        "object": finding.object,
        "field": finding.field,
        "notes": list(finding.notes),
        "hint": finding.hint,
    }


def summary(findings: Sequence[Finding]) -> str:
    """Return the count of errors and warnings in words."""
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    words = [counted(errors, "error")] if errors else []
    words += [counted(warnings, "warning")] if warnings else []
    return ", ".join(words)
