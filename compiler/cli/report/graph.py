"""Renders a DAG as text, DOT, Mermaid or JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compiler.cli.report.languages import Document, dot_quoted, json_text, mermaid_label, one_line
from compiler.model.dag import Dependency, ManifestDag
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.stages.link.views import essential


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
    waits = by_dependent(essential(picture.dag))
    lines: list[str] = []
    for number, wave in enumerate(picture.dag.waves, start=1):
        lines.append(f"wave {number}")
        for ref in wave:
            lines.append(f"  {one_line(picture.label(ref))}")
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
    return Document(json_text(document) + "\n")


def graph_dot(picture: Picture) -> str:
    """Return the graph for Graphviz; arrows point from what is needed to what waits."""
    lines = [f"digraph {dot_quoted(picture.title)} {{", "  rankdir=LR;", "  node [shape=box];"]
    for group, refs in grouped(picture).items():
        lines += [
            f"  subgraph {dot_quoted(f'cluster_{group}')} {{",
            f"    label={dot_quoted(group)};",
        ]
        lines += [
            f"    {dot_quoted(ref.qualified)} [label={dot_quoted(picture.label(ref))}];"
            for ref in refs
        ]
        lines.append("  }")
    for edge in essential(picture.dag):
        style = ", style=dashed" if edge.is_soft else ""
        ends = f"{dot_quoted(edge.needed.qualified)} -> {dot_quoted(edge.dependent.qualified)}"
        lines.append(f"  {ends} [tooltip={dot_quoted(edge.reason)}{style}];")
    return Document("\n".join([*lines, "}"]) + "\n")


def graph_mermaid(picture: Picture) -> str:
    """Return the graph for Mermaid, as Markdown on most platforms shows it."""
    ids = {ref: f"n{index}" for index, ref in enumerate(picture.dag.order)}
    lines = ["flowchart LR"]
    for index, (group, refs) in enumerate(grouped(picture).items()):
        lines.append(f'  subgraph g{index}["{mermaid_label(group)}"]')
        lines += [f'    {ids[ref]}["{mermaid_label(picture.label(ref))}"]' for ref in refs]
        lines.append("  end")
    for edge in essential(picture.dag):
        arrow = "-.->" if edge.is_soft else "-->"
        lines.append(f"  {ids[edge.needed]} {arrow} {ids[edge.dependent]}")
    return Document("\n".join(lines) + "\n")


def by_dependent(edges: Sequence[Dependency]) -> dict[ObjectRef, list[Dependency]]:
    """Return the edges by the object that waits."""
    found: dict[ObjectRef, list[Dependency]] = {}
    for edge in edges:
        found.setdefault(edge.dependent, []).append(edge)
    return found


def grouped(picture: Picture) -> dict[str, list[ObjectRef]]:
    """Return the nodes by their group, sorted by its name."""
    groups: dict[str, list[ObjectRef]] = {}
    for ref in picture.dag.order:
        groups.setdefault(picture.group_of[ref], []).append(ref)
    return dict(sorted(groups.items()))


def _ref_json(ref: ObjectRef) -> JsonObject:
    return {"group": ref.group, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}
