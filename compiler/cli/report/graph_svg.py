"""Draws a DAG as an SVG picture that needs no other program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from compiler.cli.report.graph import Picture, by_dependent, grouped
from compiler.model.dag import Dependency
from compiler.model.manifest import ObjectRef
from compiler.stages.link.views import essential

_COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#9c755f", "#edc948")
_STYLE = """\
<style>
  svg { background: #ffffff; font: 12px system-ui, sans-serif; }
  .box { fill: #ffffff; stroke-width: 1.5; }
  text { fill: #1f2328; }
  .edge { fill: none; stroke: #b3b8c0; }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"
  orient="auto"><path d="M0 0 8 4 0 8z" fill="#8a8f98"/></marker></defs>"""
_BOX_HEIGHT, _GAP_X, _GAP_Y, _MARGIN, _LEGEND_HEIGHT, _CHARACTER = 30, 70, 14, 24, 26, 7.1


def graph_svg(picture: Picture) -> str:
    """Return the picture: a column for each wave, arrows from what is needed to what waits."""
    places, width, height = _layout(picture)
    colors = {group: _COLORS[i % len(_COLORS)] for i, group in enumerate(grouped(picture))}
    size = f'width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" {size}>',
        f"<title>{escape(picture.title)}</title>",
        _STYLE,
    ]
    parts += [_svg_edge(edge, places) for edge in essential(picture.dag)]
    parts += [
        _svg_node(picture, ref, place, colors[picture.group_of[ref]])
        for ref, place in places.items()
    ]
    if len(colors) < len(places):
        parts += _legend(colors, height - _LEGEND_HEIGHT)
    return "\n".join([*parts, "</svg>"]) + "\n"


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    width: float


def _layout(picture: Picture) -> tuple[dict[ObjectRef, _Place], float, float]:
    """Place each wave in a column, and each object near the average of what it needs."""
    waits = by_dependent(picture.dag.dependencies)
    places: dict[ObjectRef, _Place] = {}
    x, height = float(_MARGIN), 0.0
    for wave in picture.dag.waves:
        width = max(len(picture.label(ref)) for ref in wave) * _CHARACTER + 20
        wanted = {ref: _average([places[e.needed].y for e in waits.get(ref, ())]) for ref in wave}
        ordered = sorted(wave, key=lambda ref: (wanted[ref], picture.group_of[ref], ref))
        for row, ref in enumerate(ordered):
            places[ref] = _Place(x, _MARGIN + row * (_BOX_HEIGHT + _GAP_Y), width)
        height = max(height, _MARGIN + len(wave) * (_BOX_HEIGHT + _GAP_Y))
        x += width + _GAP_X
    return places, x - _GAP_X + _MARGIN, height + _MARGIN - _GAP_Y + _LEGEND_HEIGHT


def _legend(colors: Mapping[str, str], y: float) -> list[str]:
    """Say which colour belongs to which component, in one row below the graph."""
    parts: list[str] = []
    x = float(_MARGIN)
    for group, color in colors.items():
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="10" height="10" fill="{color}"/>'
            f'<text x="{x + 16:.0f}" y="{y + 9:.0f}">{escape(group)}</text>'
        )
        x += len(group) * _CHARACTER + 40
    return parts


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _svg_edge(edge: Dependency, places: Mapping[ObjectRef, _Place]) -> str:
    start, end = places[edge.needed], places[edge.dependent]
    x1, y1 = start.x + start.width, start.y + _BOX_HEIGHT / 2
    x2, y2 = end.x, end.y + _BOX_HEIGHT / 2
    bend = (x2 - x1) / 2
    dash = ' stroke-dasharray="4 3"' if edge.is_soft else ""
    curve = (
        f"M{x1:.0f} {y1:.0f} C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    )
    tip = f"{edge.dependent} waits until {edge.needed} is {edge.until}: {edge.reason}"
    return (
        f'<path class="edge" d="{curve}"{dash} marker-end="url(#tip)">'
        f"<title>{escape(tip)}</title></path>"
    )


def _svg_node(picture: Picture, ref: ObjectRef, place: _Place, color: str) -> str:
    middle = place.y + _BOX_HEIGHT / 2 + 4
    corner = f'x="{place.x:.0f}" y="{place.y:.0f}"'
    return (
        f"<g><title>{escape(ref.qualified)} ({escape(picture.group_of[ref])})</title>"
        f'<rect class="box" {corner} width="{place.width:.0f}" height="{_BOX_HEIGHT}" rx="5"'
        f' stroke="{color}"/><rect {corner} width="5" height="{_BOX_HEIGHT}" fill="{color}"/>'
        f'<text x="{place.x + 12:.0f}" y="{middle:.0f}">'
        f"{escape(picture.label(ref))}</text></g>"
    )
