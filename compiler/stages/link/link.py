"""Builds the DAG: hard edges first, which must close no cycle; then soft ones that close none."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from compiler.errors import AppError
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.references import references_of
from compiler.kinds.table import kind_of
from compiler.model.app import Component, Environment, Goal
from compiler.model.dag import Dependency, ManifestDag
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, ObjectRef, by_ref
from compiler.stages.link.webhooks import derived, judges, webhook_backends

if TYPE_CHECKING:
    from networkx import DiGraph


def link(environment: Environment, manifests: Sequence[Manifest]) -> ManifestDag:
    """Return the DAG of an environment's objects.

    Raises:
        AppError: Hard dependencies form a cycle; the finding prints the loop.
    """
    import networkx as nx

    graph: DiGraph[ObjectRef] = nx.DiGraph()
    graph.add_nodes_from(sorted(manifest.ref for manifest in manifests))
    for dependency in hard_dependencies(environment, manifests):
        _add(graph, dependency)
    cycle = _shortest_cycle(graph)
    if cycle:
        raise AppError(_cycle_finding(environment, cycle))
    _add_judged(graph, manifests)
    _add_soft(graph, manifests)
    edges = (data["dependency"] for _, _, data in graph.edges(data=True))
    dependencies = sorted(edges, key=lambda edge: (edge.dependent, edge.needed))
    waves = nx.topological_generations(graph)
    return ManifestDag(
        waves=tuple(tuple(sorted(wave, key=_rank)) for wave in waves),
        dependencies=tuple(dependencies),
    )


def _add_judged(graph: "DiGraph[ObjectRef]", manifests: Sequence[Manifest]) -> None:
    """Let what webhooks judge wait for their workloads, but for what these wait for themselves."""
    import networkx as nx

    for workload, judged in judges(manifests).items():
        before = {workload, *nx.ancestors(graph, workload)}
        for ref, reason in judged.items():
            if ref not in before:
                _add(graph, derived(ref, workload, Goal.READY, reason))


def hard_dependencies(
    environment: Environment, manifests: Sequence[Manifest]
) -> Iterator[Dependency]:
    """Yield every dependency that must hold: definitions, references and ``needs``."""
    known = by_ref(manifests)
    definitions = {crd_kind(manifest): manifest.ref for manifest in manifests if is_crd(manifest)}
    for manifest in manifests:
        ref = manifest.ref
        namespace = ObjectRef("", "Namespace", "", ref.namespace)
        if namespace in known:
            yield derived(ref, namespace, Goal.READY, "lives in this Namespace")
        definition = definitions.get((ref.group, ref.kind))
        if definition:
            yield derived(ref, definition, Goal.READY, "is of the kind that it defines")
        for reference in references_of(manifest):
            if reference.needed in known:
                reason = f"names it at {reference.field}"
                yield derived(ref, reference.needed, Goal.PRESENT, reason)
    yield from webhook_backends(manifests)
    yield from _component_needs(environment.components, manifests)


def _component_needs(
    components: Iterable[Component], manifests: Sequence[Manifest]
) -> Iterator[Dependency]:
    """Yield an edge from every object of a component to every object of each one it needs."""
    members: dict[str, list[ObjectRef]] = {}
    for manifest in manifests:
        members.setdefault(manifest.origin.component, []).append(manifest.ref)
    for component in components:
        for need in component.needs:
            reason = f'component "{component.name}" needs "{need.component}" {need.until}'
            for dependent in members.get(component.name, ()):
                for needed in members.get(need.component, ()):
                    yield Dependency(
                        dependent=dependent,
                        needed=needed,
                        until=need.until,
                        reason=reason,
                        span=need.span,
                    )


def _add(graph: "DiGraph[ObjectRef]", dependency: Dependency) -> None:
    """Add an edge from the needed object to its dependent; the stronger goal wins."""
    pair = (dependency.needed, dependency.dependent)
    if graph.has_edge(*pair) and graph.edges[pair]["dependency"].until >= dependency.until:
        return
    graph.add_edge(*pair, dependency=dependency)


def _add_soft(graph: "DiGraph[ObjectRef]", manifests: Sequence[Manifest]) -> None:
    """Add the habits that close no cycle and do not follow from other edges."""
    import networkx as nx

    for needed, edges in groupby(_soft_dependencies(manifests), key=lambda edge: edge.needed):
        before, after = nx.ancestors(graph, needed), nx.descendants(graph, needed)
        for dependency in edges:
            if dependency.dependent not in before and dependency.dependent not in after:
                _add(graph, dependency)
                after |= {dependency.dependent, *nx.descendants(graph, dependency.dependent)}


def _soft_dependencies(manifests: Sequence[Manifest]) -> Iterator[Dependency]:
    """Yield edges from each kind to the next earlier kind of the same component and namespace."""
    tiers: dict[tuple[str, str], dict[int, list[ObjectRef]]] = {}
    for manifest in manifests:
        key = (manifest.origin.component, manifest.ref.namespace)
        tiers.setdefault(key, {}).setdefault(kind_of(manifest.ref).tier, []).append(manifest.ref)
    for ranks in tiers.values():
        ordered = sorted(ranks)
        for earlier, later in pairwise(ordered):
            for needed in ranks[earlier]:
                for dependent in ranks[later]:
                    reason = f"{needed.kind} usually comes before {dependent.kind}"
                    yield Dependency(
                        dependent=dependent,
                        needed=needed,
                        until=Goal.PRESENT,
                        reason=reason,
                        is_soft=True,
                    )


def _rank(ref: ObjectRef) -> tuple[int, ObjectRef]:
    """Return the place of an object among its peers: Helm's order of kinds, then the name."""
    return kind_of(ref).order, ref


def _shortest_cycle(graph: "DiGraph[ObjectRef]") -> list[Dependency]:
    import networkx as nx

    loops = [part for part in nx.strongly_connected_components(graph) if len(part) > 1]
    if not loops:
        return []
    loop = graph.subgraph(min(loops, key=lambda part: (len(part), min(part))))
    start = min(loop)
    paths = nx.single_source_shortest_path(loop, start)
    last = min((ref for ref in loop.predecessors(start)), key=lambda ref: (len(paths[ref]), ref))
    nodes = [*paths[last], start]
    return [loop.edges[pair]["dependency"] for pair in pairwise(nodes)]


def _cycle_finding(environment: Environment, cycle: Sequence[Dependency]) -> Finding:
    names = [str(edge.needed) for edge in cycle]
    notes = tuple(
        f"{edge.dependent} waits for {edge.needed}: {edge.reason}"
        + (f" ({edge.span})" if edge.span else "")
        for edge in cycle
    )
    asked = next((edge.span for edge in cycle if edge.span), None)
    return Finding(
        rule="dependency-cycle",
        message=f"objects wait for each other: {' → '.join([*names, names[0]])}",
        span=asked,
        environment=environment.name,
        notes=notes,
        hint='remove one of the "needs"' if asked else "break one of these references",
    )
