"""Lets kuplet and its peers do one piece of work by turns, and makes rows of what that cost."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measure import Command, Cost, FailedError, by_turns
from peers import Peers
from rows import Relation, Row, Target

_SLOW = 20.0  # seconds; what takes longer is run once


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What all groups share.

    Attributes:
        directory: Where the work is written; thrown away at the end.
        share: Part of the full sizes, to try the benchmark itself quickly.
    """

    directory: Path
    peers: Peers
    rounds: int
    seed: int
    share: float = 1

    @property
    def cache(self) -> Path:
        """Where kuplet may keep what it knows; nobody else's."""
        return self.directory / "cache"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that kuplet runs with."""
        return {"XDG_CACHE_HOME": str(self.cache), "CI": ""}

    def forget(self) -> None:
        """Let kuplet know nothing of earlier runs."""
        shutil.rmtree(self.cache, ignore_errors=True)

    def sized(self, count: int) -> int:
        """Return a size, or the part of it that was asked for."""
        return max(round(count * self.share), 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """Who does the work.

    Attributes:
        command: ``None`` where the program is missing.
        check: Returns what is wrong with what the command made; empty if nothing is.
    """

    name: str
    command: Command | None
    target: Target = field(default_factory=lambda: Target(relation=Relation.NONE))
    check: Callable[[], str] = lambda: ""


def contest(
    work: str, ours: Contender, others: Sequence[Contender], rounds: int, size: int = 0
) -> list[Row]:
    """Run all that can run once, to see that they do the same, and then by turns.

    The first run counts for nothing, as it fills the caches of the machine; only what is slow is
    not run again.
    """
    tried = {id(one): _tried(one) for one in (ours, *others)}
    slow = {key: cost for key, (cost, _) in tried.items() if cost and cost.wall > _SLOW}
    costs = by_turns(
        {
            str(id(one)): one.command.run
            for one in (ours, *others)
            if one.command and tried[id(one)][0] and id(one) not in slow
        },
        rounds,
    )
    costs.update({str(key): [cost] for key, cost in slow.items()})

    def row(other: Contender) -> Row:
        said = filter(None, [tried[id(ours)][1], tried[id(other)][1]])
        return Row(
            work=work,
            against=other.name,
            target=other.target,
            ours=costs.get(str(id(ours)), ()),
            peer=costs.get(str(id(other)), ()),
            note="; ".join(said),
            size=size,
        )

    return [row(other) for other in others]


def alone(work: str, ours: Command, target: Target, rounds: int) -> Row:
    """Return the row of a work that has no peer."""
    ours.run()
    costs = by_turns({"": ours.run}, rounds)
    return Row(work=work, against="–", target=target, ours=costs[""])


def _tried(one: Contender) -> tuple[Cost | None, str]:
    """Return what the first run cost, and what is to be said of it; no cost if it is wrong."""
    if one.command is None:
        return None, f"{one.name} is missing"
    try:
        cost = one.command.run()
    except FailedError as error:
        return None, str(error)
    if wrong := one.check():
        return None, f"{one.name}: {wrong}"
    return cost, f"{one.name} was run once" if cost.wall > _SLOW else ""
