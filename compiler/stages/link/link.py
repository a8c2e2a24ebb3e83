"""Builds the DAG: what must hold, which closes no cycle; then habits, where they close none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from compiler.errors import AppError
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.references import references_of
from compiler.kinds.table import kind_of
from compiler.model.app import Component, Environment, Goal
from compiler.model.dag import Barrier, Dependency, ManifestDag
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, ObjectRef, by_ref
from compiler.stages.link.waves import graph_of, loosened
from compiler.stages.link.webhooks import derived, judges, webhook_backends


def link(environment: Environment, manifests: Sequence[Manifest]) -> ManifestDag:
    """Return the DAG of an environment's objects.

    Raises:
        AppError: Hard dependencies form a cycle; the finding prints the loop.
    """
    number = {ref: place for place, ref in enumerate(sorted({item.ref for item in manifests}))}
    direct = _Direct(hard_dependencies(manifests))
    hard = list(_component_needs(environment.components, manifests))
    for dependency in _judged(manifests, direct.values(), hard):
        direct.add(dependency)
    soft = list(_habits(manifests))
    waves = graph_of(number, direct.values(), [*hard, *soft]).waves()
    if waves is None:
        if graph_of(number, direct.values(), hard).waves() is None:
            raise AppError(_cycle_finding(environment, _shortest_cycle(manifests, hard)))
        soft = list(loosened(number, direct.values(), hard, soft))
        waves = graph_of(number, direct.values(), [*hard, *soft]).waves()
    many = [barrier for barrier in (*hard, *soft) if not direct.takes(barrier)]
    return ManifestDag(
        waves=_in_waves(number, waves or ()), direct=direct.sorted(), barriers=tuple(many)
    )


class _Direct:
    """Dependencies of one object on one other; of two on the same pair, the stronger goal wins."""

    def __init__(self, dependencies: Iterable[Dependency]) -> None:
        self._found: dict[tuple[ObjectRef, ObjectRef], Dependency] = {}
        for dependency in dependencies:
            self.add(dependency)

    def add(self, dependency: Dependency) -> None:
        pair = (dependency.dependent, dependency.needed)
        known = self._found.get(pair)
        if known is None or known.until < dependency.until:
            self._found[pair] = dependency

    def takes(self, barrier: Barrier) -> bool:
        """Take over the pairs of a barrier that has no more of them than objects."""
        is_small = min(len(barrier.dependents), len(barrier.needed)) == 1
        for dependency in barrier.pairs() if is_small else ():
            self.add(dependency)
        return is_small

    def values(self) -> Iterable[Dependency]:
        return self._found.values()

    def sorted(self) -> tuple[Dependency, ...]:
        return tuple(self._found[pair] for pair in sorted(self._found))


def _in_waves(
    number: Mapping[ObjectRef, int], waves: Sequence[int]
) -> tuple[tuple[ObjectRef, ...], ...]:
    found: dict[int, list[ObjectRef]] = {}
    for ref, place in number.items():
        found.setdefault(waves[place], []).append(ref)
    return tuple(tuple(sorted(found[wave], key=_rank)) for wave in sorted(found))


def _judged(
    manifests: Sequence[Manifest], direct: Iterable[Dependency], hard: Sequence[Barrier]
) -> list[Dependency]:
    """Let what webhooks judge wait for their workloads, but for what these wait for themselves."""
    found: list[Dependency] = []
    for workload, judged in judges(manifests).items():
        before = _before(workload, ManifestDag(direct=(*direct, *found), barriers=tuple(hard)))
        found += [
            derived(ref, workload, Goal.READY, reason)
            for ref, reason in judged.items()
            if ref not in before
        ]
    return found


def _before(ref: ObjectRef, dag: ManifestDag) -> set[ObjectRef]:
    """Return an object and all that it waits for, directly or not."""
    found, passed = {ref}, set[int]()
    left = [ref]
    while left:
        item = left.pop()
        needed = [need.needed for need in dag.direct_needs_of(item)]
        for barrier in dag.barriers_before(item):
            if id(barrier) not in passed:
                passed.add(id(barrier))
                needed += barrier.needed
        fresh = set(needed) - found
        found |= fresh
        left += fresh
    return found


def hard_dependencies(manifests: Sequence[Manifest]) -> Iterator[Dependency]:
    """Yield every dependency that must hold by what the objects say."""
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


def _component_needs(
    components: Iterable[Component], manifests: Sequence[Manifest]
) -> Iterator[Barrier]:
    """Yield what lies between a component and each one that it needs."""
    members: dict[str, list[ObjectRef]] = {}
    for manifest in manifests:
        members.setdefault(manifest.origin.component, []).append(manifest.ref)
    for component in components:
        for need in component.needs:
            if component.name in members and need.component in members:
                yield Barrier(
                    dependents=tuple(members[component.name]),
                    needed=tuple(members[need.component]),
                    until=need.until,
                    reason=f'component "{component.name}" needs "{need.component}" {need.until}',
                    span=need.span,
                )


def _habits(manifests: Sequence[Manifest]) -> Iterator[Barrier]:
    """Yield what lies between kinds and the next later ones of a component and namespace."""
    tiers: dict[tuple[str, str], dict[int, list[ObjectRef]]] = {}
    for manifest in manifests:
        key = (manifest.origin.component, manifest.ref.namespace)
        tiers.setdefault(key, {}).setdefault(kind_of(manifest.ref).tier, []).append(manifest.ref)
    for ranks in tiers.values():
        for earlier, later in pairwise(sorted(ranks)):
            yield Barrier(
                dependents=tuple(ranks[later]),
                needed=tuple(ranks[earlier]),
                until=Goal.PRESENT,
                is_soft=True,
            )


def _rank(ref: ObjectRef) -> tuple[int, ObjectRef]:
    """Return the place of an object among its peers: Helm's order of kinds, then the name."""
    return kind_of(ref).order, ref


def _shortest_cycle(manifests: Sequence[Manifest], hard: Sequence[Barrier]) -> list[Dependency]:
    import networkx as nx

    pairs = _Direct(hard_dependencies(manifests))
    for dependency in (pair for barrier in hard for pair in barrier.pairs()):
        pairs.add(dependency)
    graph: nx.DiGraph[ObjectRef] = nx.DiGraph()
    for dependency in pairs.values():
        graph.add_edge(dependency.needed, dependency.dependent, dependency=dependency)
    parts = nx.strongly_connected_components(graph)
    loops = [part for part in parts if len(part) > 1 or graph.has_edge(min(part), min(part))]
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
