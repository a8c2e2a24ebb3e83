"""Renders a review as JUnit XML, which GitLab, Jenkins and others show as test results."""

import re
from collections.abc import Sequence

from compiler.cli.report.languages import Document, markup
from compiler.cli.report.review_words import details, label, repository_file, subject
from compiler.model.finding import Finding
from compiler.model.review import Review

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def review_junit(review: Review) -> str:
    """Return a suite an environment; errors are failures, other findings passed tests with text."""
    suites = [("the app", review.findings)] if review.findings else []
    suites += [(each.name, each.findings) for each in review.environments]
    suites += [(name, ()) for name in review.skipped]
    lines = [line for name, findings in suites for line in _suite(review, name, findings)]
    tests = sum(max(len(findings), 1) for _, findings in suites)
    failures = sum(item.is_error for _, findings in suites for item in findings)
    head = f'<testsuites name="kuplet review" tests="{tests}" failures="{failures}" time="0">'
    return Document(
        "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *lines, "</testsuites>\n"])
    )


def _suite(review: Review, name: str, findings: Sequence[Finding]) -> list[str]:
    failures = sum(item.is_error for item in findings)
    counts = f'tests="{max(len(findings), 1)}" failures="{failures}" errors="0" time="0"'
    cases = [_case(review, item) for item in findings] or [
        '    <testcase classname="review" name="no findings" time="0"/>'
    ]
    return [f"  <testsuite name={_attribute(name)} {counts}>", *cases, "  </testsuite>"]


def _case(review: Review, finding: Finding) -> str:
    head = (
        f"    <testcase classname={_attribute(finding.rule)}"
        f' name={_attribute(subject(finding))} time="0">'
    )
    place = [f"{repository_file(review, finding.span)}:{finding.span.line}"] if finding.span else []
    text = _allowed("\n".join([finding.message, *place, *details(finding)]))
    if not finding.is_error:
        return f"{head}<system-out>{label(finding)}: {text}</system-out></testcase>"
    about = f"message={_attribute(finding.message)} type={_attribute(finding.rule)}"
    return f"{head}<failure {about}>{text}</failure></testcase>"


def _attribute(text: str) -> str:
    return f'"{_allowed(text)}"'.replace("\n", "&#10;")


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", markup(text))
