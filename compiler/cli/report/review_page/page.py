"""Renders a review as one HTML page."""

from collections.abc import Iterator

from compiler.cli.report.review_page.anchors import (
    Anchors,
    anchors_of,
    environment_anchor,
)
from compiler.cli.report.review_page.environment import (
    MAX_OBJECTS,
    environment_details,
    totals_changed,
)
from compiler.cli.report.review_page.findings import findings_listed, severity_pills
from compiler.cli.report.review_page.frame import html_page, section
from compiler.cli.report.review_page.markup import Html, element, lines
from compiler.cli.report.review_page.parameters import parameters_table
from compiler.cli.report.review_page.values import compared
from compiler.cli.report.review_words import (
    SEVERITIES,
    state_text,
)
from compiler.model.finding import Severity
from compiler.model.review import EnvironmentReview, Review, ReviewState
from compiler.stages.words import counted

_REQUESTS = "all pods together ask for"


def review_html(review: Review) -> str:
    """Return the page: what is found, which parameters change where, and what that changes."""
    anchors = {
        key: anchor
        for each in review.environments
        for key, anchor in anchors_of(each, each.objects[:MAX_OBJECTS]).items()
    }
    body = lines(
        [
            element("header", lines(_header(review))),
            element(
                "main",
                lines(
                    [
                        section("environments", "Environments", _environments(review)),
                        section("findings", "Findings", findings_listed(review, anchors)),
                        section("parameters", "Parameters", parameters_table(review)),
                        section("changes", "Changes by environment", _changes(review, anchors)),
                    ]
                ),
            ),
        ]
    )
    where = f" of {review.directory}" if review.directory else ""
    return html_page(f"kuplet review{where}: {_verdict(review)}", _mood(review), body)


def _mood(review: Review) -> str:
    levels = {item.severity for item in review.all_findings if not item.muted}
    return next((level.value for level in SEVERITIES[:2] if level in levels), "fine")


def _verdict(review: Review) -> str:
    """Return the answer to the first question of a reviewer."""
    counts = {level: _count(review, level) for level in SEVERITIES}
    if counts[Severity.ERROR]:
        return f"The review fails: {counted(counts[Severity.ERROR], 'error')}"
    if counts[Severity.WARNING]:
        return f"No errors, {counted(counts[Severity.WARNING], 'warning')}"
    if counts[Severity.NOTE]:
        return "No errors, no warnings"
    return "No findings" if review.environments or review.all_findings else "Nothing changes"


def _count(review: Review, level: Severity) -> int:
    return sum(item.severity is level and not item.muted for item in review.all_findings)


def _header(review: Review) -> Iterator[Html]:
    yield element("p", "kuplet review", class_="brand")
    yield element("h1", _verdict(review), class_=_mood(review))
    sides = (element("code", review.base), element("span", "to"), element("code", review.head))
    yield element("p", element("span", "From"), *sides, *_where(review), class_="sides")
    yield element("p", severity_pills(review.all_findings), class_="pills")


def _where(review: Review) -> Iterator[Html]:
    if review.directory:
        yield element("span", "in")
        yield element("code", review.directory)


def _environments(review: Review) -> Iterator[Html]:
    if review.environments:
        titles = ("environment", "what changes", _REQUESTS, "findings")
        head = element("tr", *(element("th", each, scope="col") for each in titles))
        rows = lines(_environment(each) for each in review.environments)
        yield element(
            "table", element("thead", head), "\n", element("tbody", rows), class_="blocks"
        )
    if review.skipped:
        names = ", ".join(review.skipped)
        text = f"Not compiled, because nothing that they read has changed: {names}."
        yield element("p", text, class_="quiet")


def _environment(each: EnvironmentReview) -> Html:
    name = element("a", each.name, href=f"#{environment_anchor(each.name)}")
    return element(
        "tr",
        element("th", name, scope="row"),
        element("td", state_text(each)),
        element("td", _totals(each)),
        element("td", element("span", severity_pills(each.findings), class_="pills")),
    )


def _totals(each: EnvironmentReview) -> Html:
    if each.state is ReviewState.HEAD_BROKEN:
        return element("span", "not known", class_="quiet")
    rows = [
        element("div", element("span", name, class_="quiet"), compared(*both), class_="total")
        for name, *both in totals_changed(each)
    ]
    if not rows:
        return element("span", "as much as before", class_="quiet same")
    return lines([element("span", _REQUESTS, class_="column", aria_hidden="true"), *rows])


def _changes(review: Review, anchors: Anchors) -> Iterator[Html]:
    for each in review.environments:
        yield environment_details(each, anchors)
