"""Finds out which differences each changed parameter causes.

The only changed parameter of a component that is otherwise the same causes all of them. Where
several things change, a parameter causes what changes when it alone is set back.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.review import ObjectDifference, ParameterChange, Reached, SourceChange
from compiler.stages.diff import field_changes

# Gives the objects of an environment if one parameter were what it was, or something else where it
# is new; None if nobody can say.
SetBack: TypeAlias = Callable[[ParameterChange], Sequence[Manifest] | None]


def _nobody_can_say(_: ParameterChange) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What tells the causes of differences apart.

    Attributes:
        sources: What differs besides parameters.
        edited: Names of the components that may differ also without their parameters.
    """

    sources: tuple[SourceChange, ...] = ()
    edited: Collection[str] = ()
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
    names = [item.component for item in changes]
    found = []
    for change in changes:
        component = change.component
        mine = [item for item in objects if item.manifest.origin.component == component]
        reaches: tuple[Reached, ...] | None = tuple(map(_whole, mine))
        if mine and (component in evidence.edited or names.count(component) > 1):
            own = [item for item in after if item.origin.component == component]
            reaches = _set_back(change, own, evidence)
        found.append(replace(change, reaches=reaches))
    return tuple(found)


def _set_back(
    change: ParameterChange, own: Sequence[Manifest], evidence: Evidence
) -> tuple[Reached, ...] | None:
    others = evidence.set_back(change)
    if others is None:
        return None
    mine = [item for item in others if item.origin.component == change.component]
    return tuple(_between(mine, own))


def _whole(difference: ObjectDifference) -> Reached:
    fields = tuple(item.path for item in difference.fields)
    return Reached(object=difference.manifest.ref, fields=fields)


def _between(others: Sequence[Manifest], own: Sequence[Manifest]) -> Iterator[Reached]:
    """Yield what differs, matched by the place in the component: a new name is no new object."""
    old, new = ({item.origin.path: item for item in side} for side in (others, own))
    for path in sorted({*old, *new}):
        pair = [side[path] for side in (old, new) if path in side]
        refs = {item.ref for item in pair}
        if len(pair) < 2 or len(refs) > 1:  # noqa: PLR2004  one of two sides
            yield from (Reached(object=ref) for ref in sorted(refs))
        elif fields := tuple(item.path for item in field_changes(pair[0].body, pair[1].body)):
            yield Reached(object=pair[0].ref, fields=fields)


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
