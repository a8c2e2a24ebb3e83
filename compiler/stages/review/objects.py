"""Compares the objects of two sides."""

from collections.abc import Iterable

from compiler.model.difference import ObjectDifference
from compiler.model.manifest import Manifest
from compiler.stages.diff import by_ref, compare


def object_differences(
    before: Iterable[Manifest], after: Iterable[Manifest]
) -> tuple[ObjectDifference, ...]:
    """Return the objects that differ, sorted by component, kind and name."""
    return tuple(sorted(compare(before, after, by_ref), key=_order))


def _order(difference: ObjectDifference) -> tuple[str, str, str, str, str]:
    ref = difference.manifest.ref
    component = difference.manifest.origin.component
    return component, ref.kind, ref.name, ref.namespace, ref.group
