"""All rows in one table."""

from collections.abc import Iterable, Mapping
from functools import cache

from compiler.kinds import (
    batch,
    cluster,
    core,
    definitions,
    devices,
    jobs,
    jobset,
    kubeflow,
    kueue,
    lws,
    network,
    peculiar,
    ray,
    rbac,
    scaling,
    serving,
    storage,
    trainer,
    workloads,
)
from compiler.kinds.kind import Kind
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, group_of, text_at

_FAMILIES = (
    batch,
    cluster,
    core,
    definitions,
    devices,
    jobs,
    jobset,
    kubeflow,
    kueue,
    lws,
    network,
    peculiar,
    ray,
    rbac,
    scaling,
    serving,
    storage,
    trainer,
    workloads,
)


def table_of(rows: Iterable[Kind]) -> Mapping[tuple[str, str], Kind]:
    """Return rows by ``(group, kind)``, in that order.

    Raises:
        ValueError: Two rows are of one kind.
    """
    found: dict[tuple[str, str], Kind] = {}
    for row in rows:
        if found.setdefault((row.group, row.kind), row) is not row:
            raise ValueError(f"two rows of {row.group} {row.kind}")
    return dict(sorted(found.items()))


KINDS = table_of(row for family in _FAMILIES for row in family.ROWS)


def kind_of(ref: ObjectRef) -> Kind:
    """Return what is known of the kind of an object; the defaults where that is nothing."""
    return _kind(ref.group, ref.kind)


def kind_of_live(live: JsonObject) -> Kind:
    """Return what is known of the kind of a live object."""
    return _kind(group_of(text_at(live, "apiVersion")), text_at(live, "kind"))


@cache
def _kind(group: str, kind: str) -> Kind:
    return KINDS.get((group, kind)) or Kind(group=group, kind=kind)
