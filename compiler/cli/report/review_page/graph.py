"""Draws what a change reaches in an environment: what changes, and what waits for it."""

from collections.abc import Collection, Sequence

from compiler.cli.report.graph import Picture
from compiler.cli.report.graph_layout import Layout, layout
from compiler.cli.report.review_page.anchors import Anchors
from compiler.cli.report.review_page.markup import Html, element, lines
from compiler.cli.report.review_page.values import SIGNS
from compiler.model.dag import Dependency, ManifestDag
from compiler.model.manifest import ObjectRef
from compiler.model.review import EnvironmentReview
from compiler.stages.link.views import essential
from compiler.stages.words import counted

_BOX, _PADDING = 52, 16
_CHARACTER = 9.3  # pixels; of a wide font, so that no name leaves its box
_MAX_NODES = 150
_WAITS = "waits"


def affected_graph(review: EnvironmentReview, anchors: Anchors) -> Html:
    """Return the picture, and below it the components that no arrow reaches.

    Args:
        review: What changes in one environment.
        anchors: The places of the page that links can lead to.
    """
    dag = review.affected
    if not dag.order:
        return Html("")
    title = element("h4", "What is affected")
    if len(dag.order) > _MAX_NODES:
        return lines([title, _too_many(review)])
    edges = essential(dag)
    linked = {ref for edge in edges for ref in (edge.needed, edge.dependent)}
    alone = [_listed(review, ref, anchors) for ref in dag.order if ref not in linked]
    return lines(
        [
            title,
            _drawn(review, edges, linked, anchors) if linked else "",
            _about_alone(is_all=not linked) if alone else "",
            element("ul", lines(alone), class_="nodes") if alone else "",
        ]
    )


def _too_many(review: EnvironmentReview) -> Html:
    count = counted(len(review.affected.order), "component")
    command = element("code", f"kuplet graph {review.name} --components -o svg")
    message = f"{count} are affected, too many to draw here. To see the whole environment: "
    return element("p", message, command, class_="quiet")


def _about_alone(*, is_all: bool) -> Html:
    who = "These components change" if is_all else "These change too"
    return element("p", f"{who}; nothing else waits for them.", class_="quiet")


def _drawn(
    review: EnvironmentReview,
    edges: Sequence[Dependency],
    linked: Collection[ObjectRef],
    anchors: Anchors,
) -> Html:
    waves = (tuple(ref for ref in wave if ref in linked) for wave in review.affected.waves)
    dag = ManifestDag(waves=tuple(wave for wave in waves if wave), direct=tuple(edges))
    names = {ref: ref.name for ref in dag.order}
    placed = layout(
        Picture(title=review.name, dag=dag, group_of=names),
        _BOX,
        lambda ref: max(len(ref.name), len(_words(review, ref))) * _CHARACTER + 2 * _PADDING,
    )
    width, height = f"{placed.width:.0f}", f"{placed.height:.0f}"
    drawing = element(
        "svg",
        lines([_arrow(edge, placed) for edge in edges]),
        lines([_box(review, ref, placed, anchors) for ref in dag.order]),
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="group",
        aria_label=f"What is affected in {review.name}",
    )
    about = "An arrow leads from a component to what waits for it."
    caption = element("figcaption", about, class_="quiet")
    frame = {"tabindex": "0", "role": "region", "aria_label": "Graph"}
    return element("figure", element("div", drawing, class_="scroll", **frame), caption)


def _arrow(edge: Dependency, placed: Layout) -> Html:
    end = placed.places[edge.dependent]
    x, y = end.x, end.y + placed.box / 2
    tip = f"M{x - 9:.0f} {y - 5:.0f} {x:.0f} {y:.0f} {x - 9:.0f} {y + 5:.0f}z"
    because = f"waits until {edge.needed.name} is {edge.until}: {edge.reason}"
    return element(
        "g",
        element("title", f"{edge.dependent.name} {because}"),
        element("path", class_="curve", d=placed.curve(edge)),
        element("path", class_="tip", d=tip),
        class_="edge",
        data_edge=f"{edge.needed.name} {edge.dependent.name}",
    )


def _box(review: EnvironmentReview, ref: ObjectRef, placed: Layout, anchors: Anchors) -> Html:
    place = placed.places[ref]
    x, y = f"{place.x + _PADDING:.0f}", place.y
    corner = {"x": f"{place.x:.0f}", "y": f"{y:.0f}"}
    size = {"width": f"{place.width:.0f}", "height": str(_BOX)}
    parts = [
        element("rect", class_="box", rx="8", **corner, **size),
        element("text", ref.name, class_="name", x=x, y=f"{y + 22:.0f}"),
        element("text", _words(review, ref), class_="what", x=x, y=f"{y + 41:.0f}"),
    ]
    return element("g", _linked(review, ref, anchors, parts), **_marks(review, ref))


def _listed(review: EnvironmentReview, ref: ObjectRef, anchors: Anchors) -> Html:
    name = element("span", ref.name, class_="name")
    what = element("span", _words(review, ref), class_="what")
    return element("li", _linked(review, ref, anchors, [name, what]), **_marks(review, ref))


def _linked(
    review: EnvironmentReview, ref: ObjectRef, anchors: Anchors, parts: Sequence[Html]
) -> Html:
    """Return a node that leads to the objects of its component, if the page shows them."""
    anchor = anchors.get((review.name, ref.name))
    return element("a", *parts, href=f"#{anchor}") if anchor else lines(parts)


def _marks(review: EnvironmentReview, ref: ObjectRef) -> dict[str, str]:
    return {
        "class_": f"node {review.difference_of(ref.name) or _WAITS}",
        "data_component": ref.name,
    }


def _words(review: EnvironmentReview, ref: ObjectRef) -> str:
    difference = review.difference_of(ref.name)
    return f"{SIGNS[difference]} {difference}" if difference else _WAITS
