"""Tells why fields of a live object differ from the app: because of others, or of the app."""

from collections.abc import Iterable

from compiler.executor.writers import is_part, other_writers, writers_of
from compiler.model.change import FieldChange, ObjectChange
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.model.release import Release, ReleaseStatus
from compiler.model.secret import MASK, SECRET_FIELDS, looks_secret
from compiler.model.status import Deviation, FieldStatus
from compiler.stages.diff import by_ref, field_changes, value_below
from compiler.stages.release import hashed

_ORDER = " (order)"
_TEXTS = "stringData"  # no other field begins so


class Drift:
    """What the last release says, beside which live objects are held.

    Args:
        last: What the newest releases say of the whole environment; ``None`` when there is none,
            or when nobody may read it.
        compiled: The objects of the app, under the names that they have in the cluster.
    """

    def __init__(self, last: Release | None, compiled: Iterable[Manifest]) -> None:
        self._salt = last.salt if last else ""
        self._released = {by_ref(item): item for item in last.manifests} if last else {}
        self._is_done = last is not None and last.status is ReleaseStatus.SUCCEEDED
        self._compiled = {item.ref: item for item in compiled}

    def released(self, manifest: Manifest) -> Manifest | None:
        """Return an object as the last release has it."""
        return self._released.get(by_ref(manifest))

    def fields(self, change: ObjectChange) -> tuple[FieldStatus, ...]:
        """Return the fields of a live object that are not what the app says, sorted by path."""
        released = self.released(change.manifest)
        moved = self._moved(change, released)
        found = [self._field(item, change, released, moved) for item in change.fields]
        found += [_added(path, change.live) for path in change.leftover]
        return tuple(sorted(found, key=lambda item: item.path))

    def _field(
        self,
        item: FieldChange,
        change: ObjectChange,
        released: Manifest | None,
        moved: Iterable[str],
    ) -> FieldStatus:
        path = item.path.removesuffix(_ORDER)
        writers = writers_of(change.live, path)
        # What is not there belongs to nobody. We had written it if the apply came to its end.
        is_removed = item.before is None and not writers and self._is_done
        deviation = Deviation.UNKNOWN
        if released:
            deviation = _why(item, moved, is_written=bool(writers) or is_removed)
        is_removed &= deviation is Deviation.CHANGED
        return FieldStatus(
            path=item.path,
            deviation=deviation,
            live=item.before,
            desired=item.after,
            released=_value(released.body, path) if released else None,
            writers=other_writers(change.live) if is_removed else writers,
            is_drift=bool(writers) or is_removed,
            is_removed=is_removed,
        )

    def _moved(self, change: ObjectChange, released: Manifest | None) -> list[str]:
        """Return the paths at which the app says something else than the release."""
        compiled = self._compiled.get(change.manifest.ref)
        if released is None or compiled is None:
            return []
        desired = hashed(compiled.body, self._salt)
        return [as_kept(item.path) for item in field_changes(released.body, desired)]


def _why(item: FieldChange, moved: Iterable[str], *, is_written: bool) -> Deviation:
    """Return why a field differs that the last release has.

    Args:
        moved: The paths at which the app says something else than the release.
        is_written: Whether somebody else owns it.
    """
    path = item.path.removesuffix(_ORDER)
    if any(is_part(path, other.removesuffix(_ORDER)) for other in moved):
        return Deviation.UNAPPLIED
    return Deviation.CHANGED if is_written else Deviation.UNAPPLIED


def _added(path: str, live: JsonObject) -> FieldStatus:
    """Return a field that others added, whose value may be of any size."""
    writers = writers_of(live, path)
    return FieldStatus(path=path, deviation=Deviation.ADDED, writers=writers, is_drift=True)


def _value(body: JsonObject, path: str) -> JsonValue:
    """Return what a release says at a path; of a Secret it holds digests."""
    if not looks_secret(body):
        return value_below(body, path)
    is_there = any(value_below({"data": body.get(key)}, path) is not None for key in SECRET_FIELDS)
    return MASK if is_there else value_below(body, path) and MASK


def as_kept(path: str) -> str:
    """Return a path as the server has it: what a Secret has as stringData is data there."""
    return f"data{path.removeprefix(_TEXTS)}" if path.startswith(_TEXTS) else path
