"""Shows how an environment stands: a table of components, and what is not as it should be."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from compiler.cli.report.findings import finding_json
from compiler.cli.report.languages import styled
from compiler.cli.report.table import table, terminal_width
from compiler.executor.remarks import value_words
from compiler.model.conflict import Writer
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.release import Release, ReleaseStatus, ReleaseVerb
from compiler.model.status import (
    Deviation,
    EnvironmentStatus,
    FieldStatus,
    ObjectState,
    ObjectStatus,
)
from compiler.stages.words import counted

_COLUMNS = ("component", "state", "ready", "app", "drift", "why")
_WELL = (ObjectState.READY, ObjectState.COMPLETED)
_COLORS = {ObjectState.FAILED: "red", ObjectState.MISSING: "red"}
_VERBS = {
    ReleaseVerb.APPLY: "applied",
    ReleaseVerb.DELETE: "deleted",
    ReleaseVerb.ROLLBACK: "rolled back",
}


def status_text(status: EnvironmentStatus) -> str:
    """Return the table and the lines below it."""
    return "\n".join(_lines(status))


def _lines(status: EnvironmentStatus) -> Iterator[str]:
    yield f"{status.environment} of app {status.app}, {status.destination}"
    yield _release_line(status)
    rows = [_row(name, objects) for name, objects in _by_component(status.objects).items()]
    yield table(_COLUMNS, rows, terminal_width()) if rows else "no objects"
    for item in status.objects:
        if item.has_left or not (item.is_well or _is_in_table(item)):
            yield from object_lines(item)


def _is_in_table(item: ObjectStatus) -> bool:
    """Return whether the table says all: what is not there yet, what findings say is not seen."""
    is_new = item.state is ObjectState.MISSING and item.is_released is False
    return is_new or item.state is ObjectState.UNSEEN


def _release_line(status: EnvironmentStatus) -> str:
    release = status.release
    if release is None:
        return "no release" if status.is_fully_seen else "which release is the last is not known"
    how = release.status.value
    if release.status is ReleaseStatus.PENDING:
        how = "not at its end: its apply still runs, or was interrupted"
    if release.status is ReleaseStatus.RUNNING:
        only = "".join(f" -c {name}" for name in release.components)
        how = f"left to go on; to finish it: kuplet apply {release.environment}{only} --resume"
    what = _VERBS[release.verb]
    return f"release {release.revision}, {what} by {release.user}, {release.started}: {how}"


def _by_component(objects: Sequence[ObjectStatus]) -> dict[str, list[ObjectStatus]]:
    found: dict[str, list[ObjectStatus]] = {}
    for item in objects:
        found.setdefault(item.component, []).append(item)
    return found


def _without(
    fields: Iterable[FieldStatus], known: Collection[FieldStatus]
) -> tuple[FieldStatus, ...]:
    return tuple(field for field in fields if field not in known)


def _row(name: str, objects: Sequence[ObjectStatus]) -> tuple[str, ...]:
    own = [item for item in objects if not item.has_left]
    left = [item for item in objects if item.is_going]
    ready = sum(item.state in _WELL for item in own)
    worst = min(own, key=lambda item: list(ObjectState).index(item.state), default=None)
    drift = sum(field.is_drift for item in own for field in item.fields)
    return (
        name or "(namespace)",
        worst.state.value if worst else "left the app",
        f"{ready} of {len(own)}" if own else "",
        _app_words(own, left),
        counted(drift, "field") if drift else "",
        worst.message if worst else "",
    )


def _app_words(own: Sequence[ObjectStatus], left: Sequence[ObjectStatus]) -> str:
    """Return how what the app says differs from what was applied."""
    unapplied = sum(
        item.is_released is False
        or any(field.deviation is Deviation.UNAPPLIED for field in item.fields)
        for item in own
    )
    words = [f"{unapplied} not applied"] if unapplied else []
    words += [f"{len(left)} to remove"] if left else []
    if any(item.is_released is None for item in own):
        return "unknown"
    return ", ".join(words) or "as released"


def object_lines(item: ObjectStatus) -> Iterator[str]:
    """Yield what there is to say of an object that is not as it should be, or has left the app."""
    head = f"{item.component}: {item.manifest.ref.qualified}"
    if item.has_left:
        stays = f"stays: {item.note}" if item.note else "stays"
        words = "the next apply removes it" if item.is_going else stays
        yield f"{head} left the app, {words}"
        return
    color = "green" if item.state in _WELL else _COLORS.get(item.state, "yellow")
    state = styled(item.state.value, fg=color)
    yield f"{head}: {f'{state}, {item.message}' if item.message else state}"
    if item.note:
        yield f"  {item.note}"
    if any(field.cause is None and field.desired is not None for field in item.fields):
        yield f"  from {_source(item.manifest)}"
    for field in item.fields:
        yield from _field_lines(field)


def _field_lines(field: FieldStatus) -> Iterator[str]:
    live, desired = value_words(field.live), value_words(field.desired)
    match field.deviation:
        case Deviation.ADDED:
            yield f"  + {field.path}: added, and no apply removes it"
        case Deviation.CHANGED if field.is_removed:
            yield f"  - {field.path}: removed; the app says {desired}"
        case Deviation.CHANGED:
            yield f"  ~ {field.path}: {live}; the app says {desired}"
        case Deviation.UNAPPLIED:
            released = f", released {value_words(field.released)}" if field.is_drift else ""
            yield f"  > {field.path}: {live}{released}; not applied:"
            yield f"      {desired}"
        case Deviation.UNKNOWN:
            yield f"  ? {field.path}: {live}; the app says {desired}"
    if field.writers:
        who = "who did it is not recorded; others have written into the object:"
        yield f"      {who if field.is_removed else 'by'} {', '.join(map(_who, field.writers))}"
    if field.cause:
        yield f"      from {field.cause.parameter}, {field.cause.span.place}"


def _who(writer: Writer) -> str:
    part = f" ({writer.subresource})" if writer.subresource else ""
    return f"{writer.manager}{part}{f', {writer.time}' if writer.time else ''}"


def change_lines(
    before: Mapping[ObjectRef, ObjectStatus], status: EnvironmentStatus
) -> Iterator[str]:
    """Yield what is new of objects since they were shown last."""
    for item in status.objects:
        known = before.get(item.manifest.ref)
        if known == item:
            continue
        fields = known.fields if known else ()
        yield from object_lines(replace(item, fields=_without(item.fields, fields)))
        for field in _without(fields, item.fields):
            if field.path not in {each.path for each in item.fields}:
                yield f"  = {field.path}: as the app says again"
    there = {item.manifest.ref for item in status.objects}
    for ref, item in before.items():
        if ref not in there:
            yield f"{item.component}: {ref.qualified} is gone"


def summary_line(status: EnvironmentStatus) -> str:
    """Return the verdict in one line."""
    unseen = sum(item.state is ObjectState.UNSEEN for item in status.objects)
    if not status.is_well:
        count = sum(not item.is_well for item in status.objects) - unseen
        tail = f", {unseen} not seen" if unseen else ""
        return f"{counted(count, 'object')} of {len(status.objects)} not as they should be{tail}"
    if not status.is_fully_seen:
        return "nothing is known to be wrong, but not everything could be seen"
    return f"all is as it should be: {counted(len(status.objects), 'object')}"


def status_document(status: EnvironmentStatus) -> JsonObject:
    """Return it as a document; schemas/status.schema.json describes it."""
    return {
        "apiVersion": "kuplet.dev/v1",
        "kind": "Status",
        "app": status.app,
        "environment": status.environment,
        "destination": status.destination,
        "well": status.is_well,
        "fullySeen": status.is_fully_seen,
        "release": _release_json(status.release) if status.release else None,
        "objects": [_object_json(item) for item in status.objects],
        "findings": [finding_json(item) for item in status.findings],
    }


def _release_json(release: Release) -> JsonObject:
    return {
        "revision": release.revision,
        "verb": release.verb.value,
        "status": release.status.value,
        "user": release.user,
        "started": release.started,
        "finished": release.finished,
        "commit": release.source.commit,
    }


def _object_json(item: ObjectStatus) -> JsonObject:
    ref = item.manifest.ref
    return {
        "apiVersion": item.manifest.api_version,
        "kind": ref.kind,
        "namespace": ref.namespace,
        "name": ref.name,
        "component": item.component,
        "source": _source(item.manifest),
        "state": item.state.value,
        "message": item.message,
        "well": item.is_well,
        "released": item.is_released,
        "left": item.has_left,
        "going": item.is_going,
        "note": item.note,
        "fields": [_field_json(field) for field in item.fields],
    }


def _source(manifest: Manifest) -> str:
    origin = manifest.origin
    return origin.span.place if origin.span else f"{origin.file} ({origin.path})"


def _field_json(field: FieldStatus) -> JsonObject:
    cause = field.cause
    return {
        "path": field.path,
        "deviation": field.deviation.value,
        "drift": field.is_drift,
        "live": field.live,
        "desired": field.desired,
        "released": field.released,
        "removed": field.is_removed,
        "writers": [
            {"manager": item.manager, "time": item.time, "subresource": item.subresource}
            for item in field.writers
        ],
        "parameter": {"name": str(cause.parameter), "place": cause.span.place} if cause else None,
    }
