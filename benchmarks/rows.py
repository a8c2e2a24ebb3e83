"""One row of the benchmark: what kuplet and a peer cost, the target, and whether it is met."""

import enum
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from measure import Cost


class Judged(enum.Enum):
    """Which costs of a row must meet its target."""

    WALL = ("wall",)
    CPU = ("cpu",)
    BOTH = ("wall", "cpu")
    MEMORY = ("memory",)


class Relation(enum.Enum):
    """How a target is meant."""

    FASTER = "≥"  # the peer's cost is so many times ours
    SLOWER = "≤"  # our cost is at most so many times the peer's
    MORE = "+≤"  # our cost is at most so many seconds above the peer's
    BELOW = "≤ MB"  # our cost alone
    NONE = ""  # it is shown, and judged by nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a row is to reach."""

    relation: Relation
    bound: float = 0
    judged: Judged = Judged.BOTH

    @property
    def text(self) -> str:
        """Return it for people."""
        match self.relation:
            case Relation.FASTER:
                return "faster" if self.bound == 1 else f"≥ {self.bound:g} ×"
            case Relation.SLOWER:
                return f"≤ {self.bound:g} ×"
            case Relation.MORE:
                return f"+ ≤ {self.bound * 1000:g} ms"
            case Relation.BELOW:
                return f"≤ {self.bound:g} MB"
            case Relation.NONE:
                return "–"

    def reached(self, ours: float, peer: float) -> float:
        """Return what is held against the bound."""
        match self.relation:
            case Relation.FASTER | Relation.NONE:
                return peer / ours
            case Relation.SLOWER:
                return ours / peer
            case Relation.MORE:
                return ours - peer
            case Relation.BELOW:
                return ours

    def is_met(self, reached: float) -> bool:
        """Return whether that is enough; as fast as the peer is not faster."""
        if self.relation is Relation.FASTER:
            return reached > 1 if self.bound == 1 else reached >= self.bound
        return reached <= self.bound


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One piece of work, done by kuplet and by one peer.

    Attributes:
        ours: One cost a round.
        peer: The same; empty where a peer is missing, or where there is none.
        note: What is to be known of it: why there is no number, what was checked.
        size: How many objects; 0 where that says nothing.
        requests: Of kuplet and of the peer, by verb; counted in a run that is not timed.
    """

    work: str
    against: str
    target: Target
    ours: Sequence[Cost]
    peer: Sequence[Cost] = ()
    note: str = ""
    size: int = 0
    requests: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def median(self, cost: str, *, of_peer: bool = False) -> float | None:
        """Return the median of one cost."""
        runs = self.peer if of_peer else self.ours
        return statistics.median(getattr(run, cost) for run in runs) if runs else None

    def reached(self, cost: str) -> float | None:
        """Return what the medians reach."""
        ours, peer = self.median(cost), self.median(cost, of_peer=True)
        if not ours or (not peer and self.target.relation is not Relation.BELOW):
            return None
        return self.target.reached(ours, peer or 0)

    def spread(self, cost: str) -> tuple[float, float] | None:
        """Return the least and the most that one round reached."""
        peers = self.peer or [Cost(wall=0, cpu=0, memory=0)] * len(self.ours)
        if self.reached(cost) is None:
            return None
        pairs = zip(self.ours, peers, strict=False)
        found = [
            self.target.reached(getattr(ours, cost), getattr(peer, cost)) for ours, peer in pairs
        ]
        return min(found), max(found)

    @property
    def is_met(self) -> bool | None:
        """Whether all that is judged meets the target; ``None`` where nothing can be said."""
        if self.target.relation is Relation.NONE:
            return None
        found = [self.reached(cost) for cost in self.target.judged.value]
        known = [value for value in found if value is not None]
        return all(map(self.target.is_met, known)) if len(known) == len(found) else None

    def as_json(self) -> dict[str, object]:
        """Return it for the file of results."""
        costs = ("wall", "cpu", "memory")
        return {
            "work": self.work,
            "against": self.against,
            "size": self.size,
            "target": self.target.text,
            "judged": list(self.target.judged.value),
            "ours": {cost: [round(getattr(run, cost), 5) for run in self.ours] for cost in costs},
            "peer": {cost: [round(getattr(run, cost), 5) for run in self.peer] for cost in costs},
            "reached": {cost: self.reached(cost) for cost in costs},
            "spread": {cost: self.spread(cost) for cost in costs},
            "met": self.is_met,
            "requests": self.requests,
            "note": self.note,
        }
