"""Views of the DAG for people: by component, what waits for some of it, the essence, one path."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from compiler.model.dag import Dependency, ManifestDag
from compiler.model.manifest import ObjectRef

if TYPE_CHECKING:
    from networkx import DiGraph


def component_dag(dag: ManifestDag, component_of: Mapping[ObjectRef, str]) -> ManifestDag:
    """Return the DAG of components; each is an `ObjectRef` of kind ``Component``.

    Where objects of two components wait for each other both ways, the edge that more objects ask
    for is kept, because a picture of components must stay without cycles.
    """
    counts: dict[tuple[str, str], list[Dependency]] = {}
    for dependency in dag.dependencies:
        pair = component_of[dependency.dependent], component_of[dependency.needed]
        if pair[0] != pair[1]:
            counts.setdefault(pair, []).append(dependency)
    edges = [
        Dependency(
            dependent=component_ref(pair[0]),
            needed=component_ref(pair[1]),
            until=max(found, key=lambda item: item.until).until,
            reason=max(found, key=lambda item: (item.span is not None, item.until)).reason,
            span=next((item.span for item in found if item.span), None),
        )
        for pair, found in sorted(counts.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    ]
    return _dag_of(sorted({component_ref(name) for name in component_of.values()}), edges)


def component_ref(name: str) -> ObjectRef:
    """Return a component as a node of a DAG."""
    return ObjectRef("", "Component", "", name)


def waiting_for(dag: ManifestDag, refs: Collection[ObjectRef]) -> ManifestDag:
    """Return some nodes and all that wait for them, directly or not."""
    found = set(refs)
    for ref, dependencies in dag.needs.items():  # in order: what is needed comes first
        if any(each.needed in found for each in dependencies):
            found.add(ref)
    edges = [each for each in dag.dependencies if each.needed in found]
    return _dag_of([ref for ref in dag.order if ref in found], edges)


def essential(dag: ManifestDag) -> tuple[Dependency, ...]:
    """Return the dependencies that do not follow from others: the transitive reduction."""
    import networkx as nx

    reduced = nx.transitive_reduction(_graph(dag.order, dag.dependencies))
    return tuple(edge for edge in dag.dependencies if reduced.has_edge(edge.needed, edge.dependent))


def why(dag: ManifestDag, dependent: ObjectRef, needed: ObjectRef) -> Sequence[Dependency]:
    """Return the shortest chain that makes one object wait for another; empty when none does."""
    import networkx as nx

    graph = _graph(dag.order, dag.dependencies)
    try:
        path = nx.shortest_path(graph, needed, dependent)
    except nx.NetworkXNoPath:
        return ()
    edges = {(edge.needed, edge.dependent): edge for edge in dag.dependencies}
    return [edges[pair] for pair in zip(path[-2::-1], path[:0:-1], strict=True)]


def _graph(nodes: Sequence[ObjectRef], edges: Sequence[Dependency]) -> "DiGraph[ObjectRef]":
    import networkx as nx

    graph: DiGraph[ObjectRef] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((edge.needed, edge.dependent) for edge in edges)
    return graph


def _dag_of(nodes: Sequence[ObjectRef], edges: Sequence[Dependency]) -> ManifestDag:
    import networkx as nx

    kept: list[Dependency] = []
    graph = _graph(nodes, ())
    for edge in edges:
        if not nx.has_path(graph, edge.dependent, edge.needed):
            graph.add_edge(edge.needed, edge.dependent)
            kept.append(edge)
    waves = nx.topological_generations(graph)
    return ManifestDag(
        waves=tuple(tuple(sorted(wave)) for wave in waves),
        dependencies=tuple(sorted(kept, key=lambda edge: (edge.dependent, edge.needed))),
    )
