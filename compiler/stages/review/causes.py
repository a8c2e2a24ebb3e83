"""Finds out which differences each changed parameter causes.

The only changed parameter of a component that is otherwise the same causes all of them. Where
several things change, a parameter causes what changes when it alone is set back.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from compiler.model.difference import Difference, ObjectDifference
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.ref import ParameterRef
from compiler.model.review import ParameterChange, Reached, SourceChange
from compiler.stages.diff import by_place, compare

# Gives the objects of an environment if some parameters were what they were, or something else
# where they are new; None if nobody can say.
SetBack: TypeAlias = Callable[[Sequence[ParameterChange]], Sequence[Manifest] | None]


def _nobody_can_say(_: Sequence[ParameterChange]) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What tells the causes of differences apart.

    Attributes:
        sources: What differs besides parameters.
        edited: Names of the components that may differ also without their parameters.
        nosy: Names of the components that may read the parameters of others.
    """

    sources: tuple[SourceChange, ...] = ()
    edited: Collection[str] = ()
    nosy: Collection[str] = ()
    set_back: SetBack = _nobody_can_say


NO_EVIDENCE = Evidence()


def with_causes(
    changes: Sequence[ParameterChange],
    objects: Sequence[ObjectDifference],
    after: Sequence[Manifest],
    evidence: Evidence,
) -> tuple[ParameterChange, ...]:
    """Return the changes of one environment with what each of them reaches.

    Args:
        after: The objects of the head.
    """
    differing: dict[str, list[ObjectDifference]] = {}
    for item in objects:
        differing.setdefault(item.manifest.origin.component, []).append(item)
    counts = Counter(item.component for item in changes)
    doubtful = [
        item
        for item in changes
        if item.component in differing
        and (counts[item.component] > 1 or item.component in {*evidence.edited, *evidence.nosy})
    ]
    answers = _set_back(doubtful, after, evidence)
    return tuple(
        replace(
            item,
            reaches=answers[item.ref]
            if item.ref in answers
            else tuple(map(_whole, differing.get(item.component, ()))),
        )
        for item in changes
    )


def _set_back(
    changes: Sequence[ParameterChange], after: Sequence[Manifest], evidence: Evidence
) -> dict[ParameterRef, tuple[Reached, ...] | None]:
    """Return what each of some changes reaches; ``None`` when nobody can say."""
    answers: dict[ParameterRef, tuple[Reached, ...] | None] = {}
    for batch in _batches(changes, evidence.nosy):
        others = evidence.set_back(batch)
        if others is None and len(batch) > 1:  # one of them does not go: which one?
            for change in batch:
                answers[change.ref] = _reached(change, after, evidence.set_back([change]))
        else:
            answers |= {change.ref: _reached(change, after, others) for change in batch}
    return answers


def _batches(
    changes: Sequence[ParameterChange], nosy: Collection[str]
) -> Iterator[list[ParameterChange]]:
    """Yield what may be set back together: at most one parameter of each component.

    Components do not see each other's parameters, but for those that are nosy. A parameter that is
    new is alone, because several values may have to be tried.
    """
    rounds: dict[int, list[ParameterChange]] = {}
    counts: Counter[str] = Counter()
    for change in changes:
        if change.component in nosy or change.before is None or change.after is None:
            yield [change]
        else:
            rounds.setdefault(counts[change.component], []).append(change)
            counts[change.component] += 1
    yield from rounds.values()


def _reached(
    change: ParameterChange, after: Sequence[Manifest], others: Sequence[Manifest] | None
) -> tuple[Reached, ...] | None:
    if others is None:
        return None
    old, own = (
        [item for item in side if item.origin.component == change.component]
        for side in (others, after)
    )
    return tuple(_between(old, own))


def _whole(difference: ObjectDifference) -> Reached:
    fields = tuple(item.path for item in difference.fields)
    return Reached(object=difference.manifest.ref, fields=fields)


def _between(others: Sequence[Manifest], own: Sequence[Manifest]) -> Iterator[Reached]:
    """Yield what differs, matched by the place in the component: a new name is no new object."""
    for item in compare(others, own, by_place):
        refs = {side.ref for side in (item.before, item.after) if side}
        if item.kind is not Difference.CHANGED or len(refs) > 1:
            yield from (Reached(object=ref) for ref in sorted(refs))
        elif item.fields:
            yield _whole(item)


def cause_of(
    changes: Sequence[ParameterChange], difference: ObjectDifference, field: str
) -> ParameterChange | None:
    """Return the only parameter that causes the changes of a field or of what is below it.

    ``None`` when there is none, or several do, or nobody knows.
    """
    paths = frozenset(item.path for item in difference.fields if item.path.startswith(field))
    component, ref = difference.manifest.origin.component, difference.manifest.ref
    mine = [item for item in changes if item.component == component]
    if any(item.reaches is None for item in mine):
        return None
    found = [item for item in mine if _causes(item, ref, paths)]
    return found[0] if len(found) == 1 else None


def _causes(change: ParameterChange, ref: ObjectRef, paths: frozenset[str]) -> bool:
    return any(
        item.object == ref and (not item.fields or not paths.isdisjoint(item.fields))
        for item in change.reaches or ()
    )
