"""Compares the objects of two sides."""

from collections.abc import Sequence

from compiler.model.json import same
from compiler.model.manifest import Manifest, by_ref
from compiler.model.review import ObjectDifference
from compiler.model.secret import masked_pair
from compiler.stages.diff import field_changes


def object_differences(
    before: Sequence[Manifest], after: Sequence[Manifest]
) -> tuple[ObjectDifference, ...]:
    """Return the objects that differ, sorted by component, kind and name."""
    old, new = by_ref(before), by_ref(after)
    found = [
        _difference(old.get(ref), new.get(ref))
        for ref in {*old, *new}
        if ref not in old or ref not in new or not same(old[ref].body, new[ref].body)
    ]
    return tuple(sorted(found, key=_order))


def _difference(before: Manifest | None, after: Manifest | None) -> ObjectDifference:
    if before is None or after is None:
        return ObjectDifference(before=before, after=after)
    fields = tuple(field_changes(*masked_pair(before.body, after.body)))
    return ObjectDifference(before=before, after=after, fields=fields)


def _order(difference: ObjectDifference) -> tuple[str, str, str, str, str]:
    ref = difference.manifest.ref
    component = difference.manifest.origin.component
    return component, ref.kind, ref.name, ref.namespace, ref.group
