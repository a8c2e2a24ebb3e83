"""The formats of a review where it is long, or holds what a format gives a meaning to."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from compiler.cli.report.review_github import review_github
from compiler.cli.report.review_junit import review_junit
from compiler.cli.report.review_markdown import MAX_LENGTH, review_markdown
from compiler.cli.report.review_sarif import review_sarif
from compiler.model.finding import Finding, Severity
from compiler.model.parameter import Setting
from compiler.model.ref import ParameterRef
from compiler.model.review import EnvironmentReview, ParameterChange, Review, ReviewState
from compiler.model.source import SourceSpan
from tests.review.sarif import check_sarif

HOSTILE = "a%b\r\n::error::x, <b>`| @joe \x1b\x00 &amp; ]]>"


def finding(message: str, severity: Severity = Severity.ERROR, line: int = 3) -> Finding:
    span = SourceSpan("a,b:c.yaml", line, 2, 4, "x")
    return Finding(
        rule="review-storage", message=message, severity=severity, span=span, environment="prod"
    )


def review_of(*findings: Finding, parameters: int = 0, value: str = "x") -> Review:
    setting = Setting(value=value, layer="prod", span=SourceSpan("e.yaml", 1))
    changes = (
        ParameterChange(ref=ParameterRef("web", f"p{number}"), before=None, after=setting)
        for number in range(parameters)
    )
    each = EnvironmentReview(
        name="prod", state=ReviewState.CHANGED, parameters=tuple(changes), findings=findings
    )
    return Review(base="abc", head="def", directory="ml", environments=(each,))


def test_github_annotations_are_escaped_so_that_none_can_be_smuggled_in() -> None:
    lines = review_github(review_of(finding(HOSTILE))).split("\n")
    assert len(lines) == 3
    assert lines[0].startswith("::error file=ml/a%2Cb%3Ac.yaml,line=3,col=2,title=review-storage::")
    assert "a%25b%0A::error::x, " in lines[0]


def test_github_shows_ten_of_each_level_the_worst_first() -> None:
    findings = [
        finding(f"{severity} {number}", severity)
        for severity in (Severity.NOTE, Severity.WARNING, Severity.ERROR)
        for number in range(12)
    ]
    lines = review_github(review_of(*findings)).splitlines()
    levels = [line.split(" ", 1)[0] for line in lines[:-1]]
    assert levels == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    assert lines[-1] == (
        "kuplet review: 12 errors, 12 warnings, 12 notes; 6 findings not shown here"
    )


def test_junit_is_xml_whatever_a_message_holds() -> None:
    text = review_junit(review_of(finding(HOSTILE)))
    assert "\n::error" not in text
    suites = ET.fromstring(text)  # noqa: S314  our own output
    failure = suites.find("testsuite/testcase/failure")
    assert failure is not None
    assert "<b>`| @joe \\x1b\\x00 &amp; ]]>" in str(failure.text)


def test_sarif_is_sarif_whatever_a_message_holds() -> None:
    log = json.loads(review_sarif(review_of(finding(HOSTILE))))
    check_sarif(log)
    (result,) = log["runs"][0]["results"]
    assert result["message"]["text"].startswith("prod: a%b")
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "ml/a%2Cb%3Ac.yaml"


def test_sarif_without_findings_or_with_odd_ones_is_sarif_too() -> None:
    nowhere = replace(finding("x", Severity.NOTE), span=None, muted="as agreed")
    unknown = replace(finding("y", line=0), rule="yaml-conflict", environment="")
    log = json.loads(review_sarif(replace(review_of(nowhere, unknown), directory="a b")))
    check_sarif(log)
    result = next(item for item in log["runs"][0]["results"] if item["ruleId"] == "review-storage")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/app.yaml"
    check_sarif(json.loads(review_sarif(Review(base="a", head="b"))))


def test_markdown_formats_and_mentions_nothing_that_a_message_holds() -> None:
    text = review_markdown(review_of(finding(HOSTILE), parameters=1, value="a|b`c"))
    assert "<b>" not in text
    assert "@joe" not in text
    assert "\n::error" not in text
    assert '| ``"a\\|b`c"`` |' in text


@pytest.mark.parametrize("count", [10, 400, 4000])
def test_a_comment_in_markdown_is_never_too_long(count: int) -> None:
    findings = [finding(f"{number} {'x' * 100}") for number in range(count)]
    text = review_markdown(review_of(*findings, parameters=count))
    assert len(text) <= MAX_LENGTH
    assert ("was cut" in text) == (count > 10)
    assert text.count("<details>") == text.count("</details>")
