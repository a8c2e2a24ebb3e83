"""Draws a DAG as an SVG picture that needs no other program."""

from collections.abc import Mapping

from compiler.cli.report.graph import Picture, grouped
from compiler.cli.report.graph_layout import MARGIN, Layout, Place, layout
from compiler.cli.report.languages import Document, markup
from compiler.model.app import Goal
from compiler.model.dag import Dependency
from compiler.model.manifest import ObjectRef
from compiler.stages.link.views import essential

_COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#9c755f", "#edc948")
_STYLE = """\
<style>
  svg { background: #ffffff; font: 12px system-ui, sans-serif; }
  .box { fill: #ffffff; stroke-width: 1.5; }
  text { fill: #1f2328; }
  .goal { font-size: 9px; fill: #6a7079; text-anchor: middle; }
  .edge { fill: none; stroke: #b3b8c0; }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"
  orient="auto"><path d="M0 0 8 4 0 8z" fill="#8a8f98"/></marker></defs>"""
_BOX_HEIGHT, _LEGEND_HEIGHT, _CHARACTER = 30, 26, 7.1


def graph_svg(picture: Picture) -> str:
    """Return the picture: a column for each wave, arrows from what is needed to what waits."""
    placed = layout(picture, _BOX_HEIGHT, lambda ref: len(picture.label(ref)) * _CHARACTER + 20)
    colors = {group: _COLORS[i % len(_COLORS)] for i, group in enumerate(grouped(picture))}
    width, height = placed.width, placed.height + _LEGEND_HEIGHT
    size = f'width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" {size}>',
        f"<title>{markup(picture.title)}</title>",
        _STYLE,
    ]
    parts += [_svg_edge(edge, placed) for edge in essential(picture.dag)]
    parts += [
        _svg_node(picture, ref, place, colors[picture.group_of[ref]])
        for ref, place in placed.places.items()
    ]
    if len(colors) < len(placed.places):
        parts += _legend(colors, height - _LEGEND_HEIGHT)
    return Document("\n".join([*parts, "</svg>"]) + "\n")


def _legend(colors: Mapping[str, str], y: float) -> list[str]:
    """Say which colour belongs to which component, in one row below the graph."""
    parts: list[str] = []
    x = float(MARGIN)
    for group, color in colors.items():
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="10" height="10" fill="{color}"/>'
            f'<text x="{x + 16:.0f}" y="{y + 9:.0f}">{markup(group)}</text>'
        )
        x += len(group) * _CHARACTER + 40
    return parts


def _svg_edge(edge: Dependency, placed: Layout) -> str:
    dash = ' stroke-dasharray="4 3"' if edge.is_soft else ""
    tip = f"{edge.dependent} waits until {edge.needed} is {edge.until}: {edge.reason}"
    return (
        f'<path class="edge" d="{placed.curve(edge)}"{dash} marker-end="url(#tip)">'
        f"<title>{markup(tip)}</title></path>{_goal(edge, placed)}"
    )


def _goal(edge: Dependency, placed: Layout) -> str:
    """Write on an arrow what is waited for; an arrow without a word waits until it is there."""
    if edge.is_soft or edge.until is Goal.PRESENT:
        return ""
    x, y = placed.middle(edge)
    return f'<text class="goal" x="{x:.0f}" y="{y - 3:.0f}">{edge.until}</text>'


def _svg_node(picture: Picture, ref: ObjectRef, place: Place, color: str) -> str:
    middle = place.y + _BOX_HEIGHT / 2 + 4
    corner = f'x="{place.x:.0f}" y="{place.y:.0f}"'
    return (
        f"<g><title>{markup(ref.qualified)} ({markup(picture.group_of[ref])})</title>"
        f'<rect class="box" {corner} width="{place.width:.0f}" height="{_BOX_HEIGHT}" rx="5"'
        f' stroke="{color}"/><rect {corner} width="5" height="{_BOX_HEIGHT}" fill="{color}"/>'
        f'<text x="{place.x + 12:.0f}" y="{middle:.0f}">'
        f"{markup(picture.label(ref))}</text></g>"
    )
