"""Removes an environment's objects in reverse order, and only its own."""

import time
from collections.abc import Iterator, Sequence

from compiler.cluster.api import ApiError
from compiler.cluster.cluster import Cluster
from compiler.cluster.failures import refusal
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.kinds import is_crd
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at
from compiler.model.outcome import Deleted, Failed

_POLL_S = 0.2


def deletable(
    compiled: CompiledEnvironment, manifests: Sequence[Manifest], cluster: Cluster
) -> list[Deleted]:
    """Return what a delete would do to each live object, in the order in which it would be done."""
    found: list[Deleted] = []
    for manifest in reversed(manifests):
        live = cluster.read(manifest)
        if live is not None:
            found.append(Deleted(ref=manifest.ref, kept_because=_foreign(compiled, live)))
    return found


def delete_objects(
    compiled: CompiledEnvironment,
    manifests: Sequence[Manifest],
    cluster: Cluster,
    timeout_s: float,
) -> Iterator[Deleted | Failed]:
    """Delete wave by wave, last wave first; the next wave starts when this one is gone."""
    known = {manifest.ref: manifest for manifest in manifests}
    for wave in reversed(compiled.dag.waves):
        asked: list[Manifest] = []
        for ref in reversed(wave):
            if ref not in known:
                continue
            try:
                kept = _delete(compiled, known[ref], cluster)
            except ApiError as failure:
                yield Failed(ref=ref, finding=refusal(failure, known[ref]))
                return
            if kept is None:
                asked.append(known[ref])
            elif kept:
                yield Deleted(ref=ref, kept_because=kept)
        for outcome in _gone(asked, cluster, timeout_s):
            yield outcome
            if isinstance(outcome, Failed):
                return


def _delete(compiled: CompiledEnvironment, manifest: Manifest, cluster: Cluster) -> str | None:
    """Ask for a deletion; return why the object is kept, ``""`` if there is none, else ``None``."""
    live = cluster.read(manifest)
    if live is None:
        return ""
    kept = _foreign(compiled, live) or _still_used(manifest, cluster)
    if kept:
        return kept
    cluster.delete(manifest, live)
    return None


def _foreign(compiled: CompiledEnvironment, live: JsonObject) -> str:
    """Return who owns a live object, if it is not this environment."""
    labels = mapping_at(live, "metadata", "labels")
    environment = compiled.environment
    owner = (labels.get("kuplet.dev/app"), labels.get("kuplet.dev/environment"))
    if owner == (environment.app, environment.name):
        return ""
    if owner == (None, None):
        return "kuplet did not make it"
    return f'it belongs to environment "{owner[1]}" of app "{owner[0]}"'


def _still_used(manifest: Manifest, cluster: Cluster) -> str:
    """Return who still uses a definition: deleting it would delete their objects with it."""
    if not is_crd(manifest):
        return ""
    group, kind = (
        text_at(manifest.body, "spec", "group"),
        text_at(manifest.body, "spec", "names", "kind"),
    )
    served = [item for item in objects_at(manifest.body, "spec", "versions") if item.get("served")]
    if not served:
        return ""
    others = cluster.list_objects(f"{group}/{text_at(served[0], 'name')}", kind)
    return f"{len(others)} {kind} objects still exist" if others else ""


def _gone(
    asked: Sequence[Manifest], cluster: Cluster, timeout_s: float
) -> Iterator[Deleted | Failed]:
    """Yield each object as it disappears; finalizers may take their time."""
    left: dict[ObjectRef, Manifest] = {manifest.ref: manifest for manifest in asked}
    end = time.monotonic() + timeout_s
    while left:
        for ref, manifest in list(left.items()):
            live = cluster.read(manifest)
            if live is None:
                del left[ref]
                yield Deleted(ref=ref)
            elif time.monotonic() > end:
                yield Failed(ref=ref, finding=_stuck(manifest, live, timeout_s))
                return
        if left:
            time.sleep(_POLL_S)


def _stuck(manifest: Manifest, live: JsonObject, timeout_s: float) -> Finding:
    finalizers = mapping_at(live, "metadata").get("finalizers") or []
    names = ", ".join(str(name) for name in finalizers) if isinstance(finalizers, list) else ""
    return Finding(
        rule="delete-timeout",
        message=f"{manifest.ref.qualified} is still there after {timeout_s:g} s",
        object=str(manifest.ref),
        component=manifest.origin.component,
        notes=(f"finalizers: {names}",) if names else (),
        hint="see what its finalizers wait for, then run the command again",
    )
