"""Says what an earlier release is brought back to: its objects, but for what cannot go back."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.kinds.definitions import is_crd
from compiler.kinds.kind import Life
from compiler.kinds.table import kind_of
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    Origin,
    by_ref,
    list_at,
    mapping_at,
    objects_at,
    text_at,
)
from compiler.model.owner import component_of
from compiler.model.release import Release, ReleaseVerb
from compiler.model.secret import SECRET_FIELDS, digest_of, is_secret
from compiler.stages.diff import generated_keys
from compiler.stages.quantity import parse_quantity

Live = Mapping[ObjectRef, JsonObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a rollback brings back.

    Attributes:
        manifests: The objects as they shall be; a run stays as it is now, or stays gone.
        untouched: Those of them that are not written.
        findings: What cannot go back, and why.
    """

    manifests: tuple[Manifest, ...]
    untouched: frozenset[ObjectRef]
    findings: tuple[Finding, ...]


def rollback_target(releases: Sequence[Release], revision: int = 0) -> Release | None:
    """Return the release to go back to, ``None`` when there is none.

    Without a revision that is the newest before the last one that was applied whole and says
    something else; after a rollback that stopped half-way it is where that one was going.

    Args:
        releases: The newest first.
    """
    if revision:
        return next((item for item in releases if item.revision == revision), None)
    if not releases:
        return None
    newest = releases[0]
    if newest.rollback_of and not newest.stands:
        return rollback_target(releases, newest.rollback_of)
    below = newest.rollback_of or newest.revision
    digest = "" if newest.verb is ReleaseVerb.DELETE else newest.digest
    earlier = (item for item in releases if item.revision < below and item.stands)
    return next((item for item in earlier if item.digest != digest), None)


def restored(target: Release, newest: Release, live: Live) -> Restored:
    """Return what going back to a release brings back.

    Args:
        target: What it says of the whole environment.
        newest: What the newest release says of it.
        live: The objects that exist.
    """
    now = by_ref(newest.manifests)
    found: list[_Item] = []
    for recorded in target.manifests:
        origin = Origin(component=component_of(recorded.body), file=f"release {target.revision}")
        item = replace(recorded, origin=origin)
        there, current = live.get(item.ref), now.get(item.ref)
        if kind_of(item.ref).life is Life.RUN:
            found.append(_run(item, there, current))
        elif is_secret(item.body):
            found.append(_secret(item, there, target.salt))
        elif there and is_crd(item):
            found.append(_definition(item, there, current))
        elif there and item.ref.kind == "PersistentVolumeClaim":
            found.append(_claim(item, there))
        else:
            found.append(_Item(item))
    manifests = tuple(item.manifest for item in found if item.manifest)
    written = {item.manifest.ref for item in found if item.manifest and item.is_written}
    return Restored(
        manifests=manifests,
        untouched=frozenset(item.ref for item in manifests if item.ref not in written),
        findings=tuple(item.finding for item in found if item.finding),
    )


def moved_image(image: str, before: str, after: str, revision: int) -> Finding:
    """Return the warning for a tag that means another image than when the release ran."""
    return Finding(
        rule="rollback-image",
        severity=Severity.WARNING,
        message=f"{image} is another image by now: release {revision} ran {before}, new pods get"
        f" {after}",
        hint="write the image with its digest, which kuplet promote does, and apply",
    )


def unseen_images(images: Sequence[str], reason: str) -> Finding:
    """Return the note on images whose registries do not say what their tags mean."""
    return Finding(
        rule="rollback-image",
        severity=Severity.NOTE,
        message=f"whether {', '.join(images)} still means the same could not be seen: {reason}",
    )


def rolled_back(newest: Release) -> Finding:
    """Return the error for an apply of what a rollback has taken back."""
    return Finding(
        rule="rolled-back",
        message=f"{newest.environment} was rolled back to release {newest.rollback_of}"
        f" (by {newest.user}, {newest.started}), and the files say something else on purpose",
        hint="mend the files and review them; to apply them: --forward",
    )


def noted(newest: Release | None) -> list[Finding]:
    """Return the note on an environment whose files and cluster differ on purpose, if they do."""
    if newest is None or newest.verb is not ReleaseVerb.ROLLBACK:
        return []
    return [replace(rolled_back(newest), severity=Severity.NOTE)]


@dataclass(frozen=True, slots=True)
class _Item:
    """What becomes of one object of the release; without a manifest it stays gone."""

    manifest: Manifest | None
    finding: Finding | None = None
    is_written: bool = True


def _stays(item: Manifest, words: str) -> Finding:
    return Finding(
        rule="rollback-kept",
        severity=Severity.WARNING,
        message=f"{item.ref} {words}",
        object=str(item.ref),
        component=item.origin.component,
    )


def _run(item: Manifest, live: JsonObject | None, current: Manifest | None) -> _Item:
    if live is None:
        return _Item(None, _stays(item, "is gone, and a rollback runs nothing again"))
    if current is None or same(current.body, item.body):
        return _Item(item, is_written=False)
    finding = _stays(item, "is another run by now, and stays that")
    return _Item(replace(item, body=current.body), finding, is_written=False)


def _secret(item: Manifest, live: JsonObject | None, salt: str) -> _Item:
    """Return a Secret with the values that the cluster has; the record holds digests of them."""
    recorded = {field: mapping_at(item.body, field) for field in SECRET_FIELDS}
    keys = {key for values in recorded.values() for key in values}
    if live is None:
        if keys <= generated_keys(item.body).keys():
            return _Item(item)
        hint = "apply the files of that time instead: kuplet history says which commit"
        message = f"{item.ref} is gone, and no record holds its values"
        return _Item(item, Finding(rule="rollback-secret", message=message, hint=hint))
    data = mapping_at(live, "data")
    kept = replace(item, body=_with_values(item.body, recorded, data))
    differs = sorted(
        key
        for field, values in recorded.items()
        for key, digest in values.items()
        if digest_of(_as_in(field, data.get(key)), salt) != digest
    )
    if not differs:
        return _Item(kept)
    return _Item(kept, _stays(item, f"keeps the values that it has now: {', '.join(differs)}"))


def _with_values(
    body: JsonObject, recorded: Mapping[str, JsonObject], data: JsonObject
) -> JsonObject:
    """Return a Secret with live values in the fields in which it was recorded."""
    values: dict[str, JsonObject] = {
        field: {key: _as_in(field, data[key]) for key in recorded[field] if key in data}
        for field in recorded
        if field in body
    }
    if not all(map(_is_text, values.get("stringData", {}).values())):  # it is binary by now
        merged = {key: data[key] for field in values.values() for key in field}
        values = {"data": merged}
    return {key: value for key, value in body.items() if key not in SECRET_FIELDS} | values


def _is_text(value: JsonValue) -> bool:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_in(field: str, value: JsonValue) -> JsonValue:
    """Return a value of a live Secret as a field of a manifest has it."""
    if field == "data" or not isinstance(value, str):
        return value
    return base64.b64decode(value).decode(errors="surrogateescape")


def _definition(item: Manifest, live: JsonObject, current: Manifest | None) -> _Item:
    """Return a definition, unless objects are stored in a version that it does not have."""
    had = {text_at(version, "name") for version in objects_at(item.body, "spec", "versions")}
    stored = (str(name) for name in list_at(live, "status", "storedVersions"))
    lost = ", ".join(name for name in stored if name not in had)
    if not lost:
        return _Item(item)
    finding = _stays(item, f"stays as it is: objects are stored as {lost}")
    return _Item(current or item, finding, is_written=False)


def _claim(item: Manifest, live: JsonObject) -> _Item:
    """Return a volume claim that is at least as large as it is: volumes do not shrink."""
    path = ("spec", "resources", "requests")
    has, had = (mapping_at(body, *path).get("storage") for body in (live, item.body))
    size, smaller = parse_quantity(has), parse_quantity(had)
    if size is None or smaller is None or smaller >= size:
        return _Item(item)
    spec = mapping_at(item.body, "spec")
    resources = mapping_at(spec, "resources")
    requests = {**mapping_at(resources, "requests"), "storage": has}
    body = {**item.body, "spec": {**spec, "resources": {**resources, "requests": requests}}}
    words = f"stays at {has}: a volume does not shrink to {had}"
    return _Item(replace(item, body=body), _stays(item, words))
