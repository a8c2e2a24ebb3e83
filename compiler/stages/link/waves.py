"""Counts out the waves of a graph of objects and barriers, in one pass over its edges."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.model.dag import Barrier, Dependency
from compiler.model.manifest import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Objects and barriers by number, the objects first.

    A barrier opens when all that is needed before it has come, so that it takes as many edges as
    it has objects on both sides together.

    Attributes:
        size: How many of the nodes are objects.
        after: The nodes that wait for each node.
    """

    size: int
    after: Sequence[Sequence[int]]

    def waves(self) -> list[int] | None:
        """Return the wave of each node, from 0; ``None`` where nodes wait for each other."""
        missing = [0] * len(self.after)
        for dependents in self.after:
            for dependent in dependents:
                missing[dependent] += 1
        waves = [0] * len(self.after)
        ready = deque(node for node, count in enumerate(missing) if not count)
        left = len(self.after)
        while ready:
            node = ready.popleft()
            left -= 1
            wave = waves[node] + (node < self.size)  # a barrier takes no time
            for dependent in self.after[node]:
                waves[dependent] = max(waves[dependent], wave)
                missing[dependent] -= 1
                if not missing[dependent]:
                    ready.append(dependent)
        return waves if not left else None

    def knots(self) -> Mapping[int, frozenset[int]]:
        """Return for each node that waits for itself the nodes of all ways around."""
        import networkx as nx

        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_edges_from(
            (node, item) for node, after in enumerate(self.after) for item in after
        )
        parts = (frozenset(part) for part in nx.strongly_connected_components(graph))
        return {node: part for part in parts if len(part) > 1 for node in part}


def graph_of(
    number: Mapping[ObjectRef, int], direct: Iterable[Dependency], barriers: Sequence[Barrier]
) -> Graph:
    """Return the graph of numbered objects; the barriers' numbers follow theirs."""
    size = len(number)
    after: list[list[int]] = [[] for _ in range(size + len(barriers))]
    for item in direct:
        after[number[item.needed]].append(number[item.dependent])
    for node, barrier in enumerate(barriers, start=size):
        for ref in barrier.needed:
            after[number[ref]].append(node)
        after[node] += [number[ref] for ref in barrier.dependents]
    return Graph(size=size, after=after)


def loosened(
    number: Mapping[ObjectRef, int],
    direct: Iterable[Dependency],
    hard: Sequence[Barrier],
    soft: Sequence[Barrier],
) -> Iterator[Barrier]:
    """Yield the soft barriers without what closes cycles.

    What waits for itself by way of a barrier waits there for nothing else on that way.
    """
    knots = graph_of(number, direct, [*hard, *soft]).knots()
    for node, barrier in enumerate(soft, start=len(number) + len(hard)):
        knot = knots.get(node, frozenset())
        tied = tuple(ref for ref in barrier.dependents if number[ref] in knot)
        free = tuple(ref for ref in barrier.dependents if number[ref] not in knot)
        before = tuple(ref for ref in barrier.needed if number[ref] not in knot)
        for dependents, needed in ((free, barrier.needed), (tied, before)):
            if dependents and needed:
                yield replace(barrier, dependents=dependents, needed=needed)
