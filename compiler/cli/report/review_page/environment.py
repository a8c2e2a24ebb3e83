"""Shows what changes in one environment on a review's page: a graph, totals, objects, fields."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from compiler.cli.report.review_page.anchors import (
    Anchors,
    component_anchor,
    environment_anchor,
    object_anchor,
)
from compiler.cli.report.review_page.graph import affected_graph
from compiler.cli.report.review_page.markup import Html, breakable, element, folded, lines
from compiler.cli.report.review_page.values import SIGNS, compared, fields_compared, left_out
from compiler.cli.report.review_words import (
    Causes,
    known_causes,
    severity_counts,
    source_place,
    source_text,
    state_text,
)
from compiler.model.difference import ObjectDifference
from compiler.model.review import EnvironmentReview, ReviewState
from compiler.stages.quantity import quantity_text
from compiler.stages.words import counted

MAX_OBJECTS = 150  # of one environment
_MAX_OPEN = 12  # fields; an object with more is folded
_WORDS = {
    ReviewState.HEAD_BROKEN: "It does not compile, so nothing is known of its objects.",
    ReviewState.BASE_BROKEN: "Its base does not compile: all that it holds is shown as new.",
}


def environment_details(review: EnvironmentReview, anchors: Anchors) -> Html:
    """Return an environment, folded.

    Args:
        review: What changes in it.
        anchors: The places of the page that links can lead to.
    """
    shown = review.objects[:MAX_OBJECTS]
    counts = severity_counts(review.findings)
    command = f"kuplet review --env {review.name} -o json"
    title = lines(
        [
            element("h3", review.name),
            element("span", state_text(review), class_="quiet"),
            element("span", counts or "no findings", class_="quiet end"),
        ]
    )
    body = element(
        "div",
        lines(
            [
                _about(review),
                _sources(review),
                affected_graph(review, anchors),
                _totals(review),
                element("h4", "Objects") if shown else "",
                *_components(review, shown),
                left_out(len(review.objects) - len(shown), "object", command),
            ]
        ),
        class_="body",
        id=environment_anchor(review.name),
    )
    return folded(title, body, class_="environment")


def totals_changed(review: EnvironmentReview) -> list[tuple[str, str, str]]:
    """Return the resources of which the environment asks for more or less, before and after."""
    return [
        (name, quantity_text(name, total.before), quantity_text(name, total.after))
        for name, total in review.totals.items()
        if total.before != total.after
    ]


def _about(review: EnvironmentReview) -> Html:
    if review.state in _WORDS:
        return element("p", _WORDS[review.state])
    return Html("") if review.objects else element("p", "No object changes.")


def _sources(review: EnvironmentReview) -> Html:
    """Return what differs besides parameters."""
    items = (
        element(
            "li",
            breakable(source_text(item)),
            " ",
            element("span", breakable(source_place(item)), class_="quiet"),
        )
        for item in review.sources
    )
    listed = lines(items)
    if not listed:
        return Html("")
    return lines([element("h4", "Besides parameters"), element("ul", listed, class_="sources")])


def _totals(review: EnvironmentReview) -> Html:
    changes = totals_changed(review)
    if not changes:
        return Html("")
    rows = [
        element("tr", element("th", name, scope="row"), element("td", compared(before, after)))
        for name, before, after in changes
    ]
    title = element("h4", "What all pods together ask for")
    return lines([title, element("table", element("tbody", lines(rows)), class_="totals")])


def _components(review: EnvironmentReview, shown: Sequence[ObjectDifference]) -> Iterator[Html]:
    known = known_causes(review)
    for component, items in groupby(shown, lambda item: item.manifest.origin.component):
        difference = review.components.get(component)
        note = element("span", f"component {difference}", class_="quiet") if difference else ""
        yield element("h5", component, note, id=component_anchor(review.name, component))
        objects = lines(_object(review.name, item, known) for item in items)
        yield element("div", objects, class_="objects")


def _object(environment: str, item: ObjectDifference, known: Causes) -> Html:
    """Return an object with its fields; one that only one side has, as a line."""
    ref = item.manifest.ref
    causes = {path: names for (name, path), names in known.items() if name == ref.qualified}
    head = (
        element("span", SIGNS[item.kind], class_="sign", aria_hidden="true"),
        element("code", ref.qualified),
        element("span", _extent(item, causes.get("", "")), class_="quiet end"),
    )
    names = {"class_": f"object {item.kind}", "id": object_anchor(environment, item)}
    if not item.fields:
        return element("div", *head, **names)
    fields = fields_compared(item.fields, causes)
    return folded(lines(head), fields, is_open=len(item.fields) <= _MAX_OPEN, **names)


def _extent(item: ObjectDifference, cause: str) -> str:
    by = f" by {cause}" if cause else ""
    return counted(len(item.fields), "field") if item.fields else f"{item.kind.value}{by}"
