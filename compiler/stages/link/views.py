"""Views of the DAG for people: by component, what waits for some of it, the essence, one path."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from compiler.model.dag import Barrier, Dependency, ManifestDag
from compiler.model.manifest import ObjectRef

if TYPE_CHECKING:
    from networkx import DiGraph


def component_dag(dag: ManifestDag, component_of: Mapping[ObjectRef, str]) -> ManifestDag:
    """Return the DAG of components; each is an `ObjectRef` of kind ``Component``.

    Where objects of two components wait for each other both ways, the edge that more objects ask
    for is kept, because a picture of components must stay without cycles.
    """
    found: dict[tuple[str, str], list[Dependency]] = {}
    counts: dict[tuple[str, str], int] = {}
    for dependency, count in _between(dag, component_of):
        pair = component_of[dependency.dependent], component_of[dependency.needed]
        if pair[0] != pair[1]:
            found.setdefault(pair, []).append(dependency)
            counts[pair] = counts.get(pair, 0) + count
    edges = [
        Dependency(
            dependent=component_ref(pair[0]),
            needed=component_ref(pair[1]),
            until=max(each, key=lambda item: item.until).until,
            reason=max(each, key=lambda item: (item.span is not None, item.until)).reason,
            span=next((item.span for item in each if item.span), None),
        )
        for pair, each in sorted(found.items(), key=lambda entry: (-counts[entry[0]], entry[0]))
    ]
    return _dag_of(sorted({component_ref(name) for name in component_of.values()}), edges)


def _between(
    dag: ManifestDag, component_of: Mapping[ObjectRef, str]
) -> Iterator[tuple[Dependency, int]]:
    """Yield dependencies and for how many like them each stands."""
    yield from ((item, 1) for item in dag.direct)
    for barrier in dag.barriers:
        for dependents in _by_component(barrier.dependents, component_of):
            for needed in _by_component(barrier.needed, component_of):
                yield barrier.dependency(dependents[0], needed[0]), len(dependents) * len(needed)


def _by_component(
    refs: Iterable[ObjectRef], component_of: Mapping[ObjectRef, str]
) -> list[list[ObjectRef]]:
    found: dict[str, list[ObjectRef]] = {}
    for ref in refs:
        found.setdefault(component_of[ref], []).append(ref)
    return list(found.values())


def component_ref(name: str) -> ObjectRef:
    """Return a component as a node of a DAG."""
    return ObjectRef("", "Component", "", name)


def waiting_for(dag: ManifestDag, refs: Collection[ObjectRef]) -> ManifestDag:
    """Return some nodes and all that wait for them, directly or not."""
    found = set(refs)
    for ref in dag.order:  # what is needed comes first
        if any(each.needed in found for each in dag.needs_of(ref)):
            found.add(ref)
    edges = [each for each in dag.dependencies if each.needed in found]
    return _dag_of([ref for ref in dag.order if ref in found], edges)


def essential(dag: ManifestDag) -> tuple[Dependency, ...]:
    """Return the dependencies that do not follow from others: the transitive reduction."""
    import networkx as nx

    edges = dag.dependencies
    reduced = nx.transitive_reduction(_graph(dag.order, edges))
    return tuple(edge for edge in edges if reduced.has_edge(edge.needed, edge.dependent))


def why(dag: ManifestDag, dependent: ObjectRef, needed: ObjectRef) -> Sequence[Dependency]:
    """Return the shortest chain that makes one object wait for another; empty when none does.

    A habit is no reason where there is a better one.
    """
    return _chain(dag, dependent, needed, with_soft=False) or _chain(
        dag, dependent, needed, with_soft=True
    )


def _chain(
    dag: ManifestDag, dependent: ObjectRef, needed: ObjectRef, *, with_soft: bool
) -> Sequence[Dependency]:
    reached: dict[ObjectRef, Dependency | None] = {dependent: None}
    passed: set[Barrier] = set()
    queue = deque([dependent])
    while queue and needed not in reached:
        ref = queue.popleft()
        barriers = [item for item in dag.barriers_before(ref) if item not in passed]
        passed.update(barriers)
        behind = (barrier.dependency(ref, item) for barrier in barriers for item in barrier.needed)
        for need in (*dag.direct_needs_of(ref), *behind):
            if need.needed not in reached and (with_soft or not need.is_soft):
                reached[need.needed] = need
                queue.append(need.needed)
    chain: list[Dependency] = []
    step = reached.get(needed)
    while step:
        chain.append(step)
        step = reached[step.dependent]
    return chain[::-1]


def _graph(nodes: Sequence[ObjectRef], edges: Sequence[Dependency]) -> "DiGraph[ObjectRef]":
    import networkx as nx

    graph: DiGraph[ObjectRef] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((edge.needed, edge.dependent) for edge in edges)
    return graph


def _dag_of(nodes: Sequence[ObjectRef], edges: Sequence[Dependency]) -> ManifestDag:
    """Return a DAG of the edges that close no cycle, the first ones before others."""
    try:
        waves, kept = _waves(nodes, edges), edges
    except CycleError:
        kept = _without_cycles(nodes, edges)
        waves = _waves(nodes, kept)
    return ManifestDag(
        waves=waves, direct=tuple(sorted(kept, key=lambda edge: (edge.dependent, edge.needed)))
    )


def _waves(
    nodes: Sequence[ObjectRef], edges: Sequence[Dependency]
) -> tuple[tuple[ObjectRef, ...], ...]:
    """Return the nodes, those before others that wait for them.

    Raises:
        CycleError: Some wait for each other.
    """
    sorter = TopologicalSorter(dict.fromkeys(nodes, ()))
    for edge in edges:
        sorter.add(edge.dependent, edge.needed)
    sorter.prepare()
    waves: list[tuple[ObjectRef, ...]] = []
    while sorter.is_active():
        wave = tuple(sorted(sorter.get_ready()))
        sorter.done(*wave)
        waves.append(wave)
    return tuple(waves)


def _without_cycles(
    nodes: Sequence[ObjectRef], edges: Sequence[Dependency]
) -> Sequence[Dependency]:
    import networkx as nx

    graph, kept = _graph(nodes, ()), []
    for edge in edges:
        if not nx.has_path(graph, edge.dependent, edge.needed):
            graph.add_edge(edge.needed, edge.dependent)
            kept.append(edge)
    return kept
