"""Places the nodes of a DAG for a picture: a column for each wave, arrows from left to right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from compiler.cli.report.graph import Picture, by_dependent
from compiler.model.dag import Dependency
from compiler.model.manifest import ObjectRef

GAP_X, GAP_Y, MARGIN = 70, 14, 24


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node's box is: its upper left corner, and its width."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A DAG whose nodes have places.

    Attributes:
        places: By node, each after all that it needs.
        box: The height of every node.
        width: Of the picture, with its margins.
        height: Of the picture, with its margins.
    """

    places: Mapping[ObjectRef, Place]
    box: float
    width: float
    height: float

    def curve(self, edge: Dependency) -> str:
        """Return the path of an arrow, from what is needed to what waits for it."""
        start, end = self.places[edge.needed], self.places[edge.dependent]
        x1, y1 = start.x + start.width, start.y + self.box / 2
        x2, y2 = end.x, end.y + self.box / 2
        bend = (x2 - x1) / 2
        turn = f"C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f}"
        return f"M{x1:.0f} {y1:.0f} {turn} {x2:.0f} {y2:.0f}"

    def middle(self, edge: Dependency) -> tuple[float, float]:
        """Return the point half-way along an arrow."""
        start, end = self.places[edge.needed], self.places[edge.dependent]
        return (start.x + start.width + end.x) / 2, (start.y + end.y + self.box) / 2


def layout(picture: Picture, box: float, width_of: Callable[[ObjectRef], float]) -> Layout:
    """Place each wave in a column, and each object near the average of what it needs."""
    waits = by_dependent(picture.dag.dependencies)
    places: dict[ObjectRef, Place] = {}
    x, height = float(MARGIN), 0.0
    for wave in picture.dag.waves:
        width = max(width_of(ref) for ref in wave)
        wanted = {ref: _average([places[e.needed].y for e in waits.get(ref, ())]) for ref in wave}
        ordered = sorted(wave, key=lambda ref: (wanted[ref], picture.group_of[ref], ref))
        for row, ref in enumerate(ordered):
            places[ref] = Place(x, MARGIN + row * (box + GAP_Y), width)
        height = max(height, MARGIN + len(wave) * (box + GAP_Y))
        x += width + GAP_X
    return Layout(places=places, box=box, width=x - GAP_X + MARGIN, height=height + MARGIN - GAP_Y)


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
