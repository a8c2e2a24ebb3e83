"""Renders a DAG as text, DOT, Mermaid, JSON or SVG."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from compiler.model.dag import Dependency, ManifestDag
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.stages.link.views import essential

_COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#9c755f", "#edc948")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A DAG and what its nodes are called and grouped by."""

    title: str
    dag: ManifestDag
    group_of: Mapping[ObjectRef, str]

    def label(self, ref: ObjectRef) -> str:
        """Return a node's text."""
        return ref.name if ref.kind == "Component" else str(ref)


def graph_text(picture: Picture) -> str:
    """Return the waves, each object with what it directly waits for."""
    waits = _by_dependent(essential(picture.dag))
    lines: list[str] = []
    for number, wave in enumerate(picture.dag.waves, start=1):
        lines.append(f"wave {number}")
        for ref in wave:
            lines.append(f"  {picture.label(ref)}")
            lines += [
                f"    waits until {picture.label(edge.needed)} is {edge.until}: {edge.reason}"
                for edge in waits.get(ref, ())
            ]
    return "\n".join(lines) + "\n"


def why_text(picture: Picture, chain: Sequence[Dependency]) -> str:
    """Return a chain of dependencies, one a line, with where a person asked for it."""
    lines = [
        f"{picture.label(edge.dependent)} waits until {picture.label(edge.needed)} is {edge.until}:"
        f" {edge.reason}{f'  ({edge.span})' if edge.span else ''}"
        for edge in chain
    ]
    return "\n".join(lines) + "\n"


def graph_json(picture: Picture) -> str:
    """Return every node and every edge, soft ones included."""
    nodes = [
        {**_ref_json(ref), "group": picture.group_of[ref], "wave": number}
        for number, wave in enumerate(picture.dag.waves, start=1)
        for ref in wave
    ]
    edges = [
        {
            "dependent": _ref_json(edge.dependent),
            "needed": _ref_json(edge.needed),
            "until": str(edge.until),
            "reason": edge.reason,
            "soft": edge.is_soft,
            "source": str(edge.span or ""),
        }
        for edge in picture.dag.dependencies
    ]
    document = {"apiVersion": "kuplet.dev/v1", "kind": "Graph", "nodes": nodes, "edges": edges}
    return json.dumps(document, indent=2) + "\n"


def graph_dot(picture: Picture) -> str:
    """Return the graph for Graphviz; arrows point from what is needed to what waits."""
    lines = [f"digraph {_quoted(picture.title)} {{", "  rankdir=LR;", "  node [shape=box];"]
    for group, refs in _grouped(picture).items():
        lines += [f"  subgraph {_quoted(f'cluster_{group}')} {{", f"    label={_quoted(group)};"]
        lines += [
            f"    {_quoted(ref.qualified)} [label={_quoted(picture.label(ref))}];" for ref in refs
        ]
        lines.append("  }")
    for edge in essential(picture.dag):
        style = ", style=dashed" if edge.is_soft else ""
        ends = f"{_quoted(edge.needed.qualified)} -> {_quoted(edge.dependent.qualified)}"
        lines.append(f"  {ends} [tooltip={_quoted(edge.reason)}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def graph_mermaid(picture: Picture) -> str:
    """Return the graph for Mermaid, as Markdown on most platforms shows it."""
    ids = {ref: f"n{index}" for index, ref in enumerate(picture.dag.order)}
    lines = ["flowchart LR"]
    for index, (group, refs) in enumerate(_grouped(picture).items()):
        lines.append(f'  subgraph g{index}["{group}"]')
        lines += [f'    {ids[ref]}["{picture.label(ref)}"]' for ref in refs]
        lines.append("  end")
    for edge in essential(picture.dag):
        arrow = "-.->" if edge.is_soft else "-->"
        lines.append(f"  {ids[edge.needed]} {arrow} {ids[edge.dependent]}")
    return "\n".join(lines) + "\n"


_BOX_HEIGHT, _GAP_X, _GAP_Y, _MARGIN, _CHARACTER = 30, 70, 14, 24, 7.1


def graph_svg(picture: Picture) -> str:
    """Return a picture that needs no other program: a column a wave, arrows to what waits."""
    places, width, height = _layout(picture)
    colors = {group: _COLORS[i % len(_COLORS)] for i, group in enumerate(_grouped(picture))}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(picture.title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"'
        ' orient="auto"><path d="M0 0 8 4 0 8z" fill="#8a8f98"/></marker></defs>',
    ]
    parts += [_svg_edge(edge, places) for edge in essential(picture.dag)]
    parts += [
        _svg_node(picture, ref, place, colors[picture.group_of[ref]])
        for ref, place in places.items()
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    width: float


def _layout(picture: Picture) -> tuple[dict[ObjectRef, _Place], float, float]:
    """Place each wave in a column; inside it, an object stands near the average of what it needs."""
    waits = _by_dependent(picture.dag.dependencies)
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
    return places, x - _GAP_X + _MARGIN, height + _MARGIN - _GAP_Y


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
        f'<path d="{curve}" fill="none" stroke="#b3b8c0"{dash} marker-end="url(#tip)">'
        f"<title>{escape(tip)}</title></path>"
    )


def _svg_node(picture: Picture, ref: ObjectRef, place: _Place, color: str) -> str:
    middle = place.y + _BOX_HEIGHT / 2 + 4
    return (
        f"<g><title>{escape(ref.qualified)} ({escape(picture.group_of[ref])})</title>"
        f'<rect x="{place.x:.0f}" y="{place.y:.0f}" width="{place.width:.0f}" height="{_BOX_HEIGHT}"'
        f' rx="5" fill="#ffffff" stroke="{color}" stroke-width="1.5"/>'
        f'<rect x="{place.x:.0f}" y="{place.y:.0f}" width="5" height="{_BOX_HEIGHT}" fill="{color}"/>'
        f'<text x="{place.x + 12:.0f}" y="{middle:.0f}" fill="#1f2328">'
        f"{escape(picture.label(ref))}</text></g>"
    )


def _by_dependent(edges: Sequence[Dependency]) -> dict[ObjectRef, list[Dependency]]:
    found: dict[ObjectRef, list[Dependency]] = {}
    for edge in edges:
        found.setdefault(edge.dependent, []).append(edge)
    return found


def _grouped(picture: Picture) -> dict[str, list[ObjectRef]]:
    groups: dict[str, list[ObjectRef]] = {}
    for ref in picture.dag.order:
        groups.setdefault(picture.group_of[ref], []).append(ref)
    return dict(sorted(groups.items()))


def _ref_json(ref: ObjectRef) -> JsonObject:
    return {"group": ref.group, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
