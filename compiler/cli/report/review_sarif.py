"""Renders a review as SARIF 2.1.0, which code scanning of GitHub and others read."""

from collections.abc import Sequence

from compiler.cli.report.languages import Document, json_text
from compiler.cli.report.review_words import details, repository_file, worst_first
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.review import Review
from compiler.stages.review.rules import RULES
from compiler.versions import version_of

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_MAX_RESULTS = 25_000  # what GitHub takes of one run
# Code scanning wants a file for every result; the app's own file stands for all of it.
_APP_FILE = "app.yaml"


def review_sarif(review: Review) -> str:
    """Return a log with one run, whose results are the findings, the worst first."""
    findings = worst_first(review.all_findings)[:_MAX_RESULTS]
    rules = sorted({*RULES, *(item.rule for item in findings)})
    driver: JsonObject = {
        "name": "kuplet",
        "semanticVersion": version_of("kuplet"),
        "rules": [_rule(name) for name in rules],
    }
    run: JsonObject = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"kuplet/review/{review.directory}".rstrip("/") + "/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(review, item, rules) for item in findings],
    }
    document: JsonObject = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return Document(json_text(document) + "\n")


def _rule(name: str) -> JsonObject:
    rule = RULES.get(name)
    page = "docs/review.md" if rule else "docs/findings.md"
    level = _LEVELS[rule.severity if rule else Severity.ERROR]
    return {
        "id": name,
        "shortDescription": {"text": rule.title if rule else name},
        "help": {"text": f"See {name} in {page} of kuplet."},
        "defaultConfiguration": {"level": level},
    }


def _result(review: Review, finding: Finding, rules: Sequence[str]) -> JsonObject:
    where = f"{finding.environment}: " if finding.environment else ""
    lines = (where + finding.message, *details(finding))
    muted: JsonObject = {"kind": "inSource", "justification": finding.muted}
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(lines)},
        "locations": [_location(review, finding)],
        "partialFingerprints": {"kupletFinding/v1": finding.fingerprint},
        **({"suppressions": [muted]} if finding.muted else {}),
    }


def _location(review: Review, finding: Finding) -> JsonObject:
    span = finding.span
    if span is None:
        file = f"{review.directory}/{_APP_FILE}" if review.directory else _APP_FILE
        return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}}}
    region: JsonObject = {"startLine": max(span.line, 1)}
    if span.column:
        region["startColumn"] = span.column
    if span.column and span.end_column > span.column:
        region["endColumn"] = span.end_column
    artifact: JsonObject = {"uri": _uri(repository_file(review, span))}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/")
