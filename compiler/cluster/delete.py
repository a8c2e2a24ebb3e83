"""Removes an environment's objects in reverse order, and only its own."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compiler.cluster.api import ApiError
from compiler.cluster.cluster import Cluster
from compiler.cluster.failures import refusal
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.table import KINDS, kind_of_live
from compiler.model.app import Dialect
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at
from compiler.model.outcome import Deleted, Failed
from compiler.model.owner import Owner, is_of_ksonnet

MAX_NAMED = 3
_POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """How to delete.

    Attributes:
        timeout_s: How long an object may take to disappear.
        grace_period_s: How long pods may take to stop; ``None`` leaves it to each object.
    """

    timeout_s: float
    grace_period_s: int | None = None


def deletable(
    compiled: CompiledEnvironment, manifests: Sequence[Manifest], cluster: Cluster
) -> list[Deleted]:
    """Return what a delete would do to each live object, in the order in which it would be done."""
    found: list[Deleted] = []
    for manifest in reversed(manifests):
        live = cluster.read(manifest)
        if live is not None:
            kept = _kept_because(compiled, manifest, live, cluster)
            found.append(Deleted(ref=manifest.ref, kept_because=kept))
    return found


def delete_objects(
    compiled: CompiledEnvironment,
    manifests: Sequence[Manifest],
    cluster: Cluster,
    options: DeleteOptions,
) -> Iterator[Deleted | Failed]:
    """Delete wave by wave, last wave first; the next wave starts when this one is gone."""
    known = {manifest.ref: manifest for manifest in manifests}
    for wave in reversed(compiled.dag.waves):
        asked: list[Manifest] = []
        for ref in reversed(wave):
            if ref not in known:
                continue
            try:
                kept = _delete(compiled, known[ref], cluster, options)
            except ApiError as failure:
                yield Failed(ref=ref, finding=refusal(failure, known[ref]))
                return
            if kept is None:
                asked.append(known[ref])
            elif kept:
                yield Deleted(ref=ref, kept_because=kept)
        for outcome in _gone(asked, cluster, options.timeout_s):
            yield outcome
            if isinstance(outcome, Failed):
                return


def _delete(
    compiled: CompiledEnvironment, manifest: Manifest, cluster: Cluster, options: DeleteOptions
) -> str | None:
    """Ask for a deletion; return why the object is kept, ``""`` if there is none, else ``None``."""
    live = cluster.read(manifest)
    if live is None:
        return ""
    kept = _kept_because(compiled, manifest, live, cluster)
    if kept:
        return kept
    cluster.delete(manifest, live, options.grace_period_s)
    return None


def _kept_because(
    compiled: CompiledEnvironment, manifest: Manifest, live: JsonObject, cluster: Cluster
) -> str:
    """Return why a live object must stay; ``""`` when it may go."""
    is_ksonnet = compiled.environment.dialect is Dialect.KSONNET
    if not (is_ksonnet and is_of_ksonnet(live, manifest.origin.component)):
        foreign = _foreign(compiled, live)
        if foreign:
            return foreign
    return _still_used(compiled, manifest, cluster)


def _foreign(compiled: CompiledEnvironment, live: JsonObject) -> str:
    """Return who owns a live object, if it is not this environment."""
    owner = Owner.of(live)
    if owner == compiled.environment.owner:
        return ""
    if owner is None:
        return "kuplet did not make it"
    return f"it belongs to {owner}"


def _still_used(compiled: CompiledEnvironment, manifest: Manifest, cluster: Cluster) -> str:
    """Return what of others would be deleted together with an object.

    A Namespace takes all that lives in it along, a definition all objects of its kind.
    """
    if manifest.ref.kind == "Namespace":
        held = _held_by_namespace(manifest.ref.name, cluster)
    elif is_crd(manifest):
        held = _of_defined_kind(manifest, cluster)
    else:
        return ""
    others = [item for item in held if _foreign(compiled, item)]
    names = [f"{text_at(item, 'kind')}/{text_at(item, 'metadata', 'name')}" for item in others]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{', '.join(names[:MAX_NAMED])}{more} would go with it" if names else ""


def _held_by_namespace(name: str, cluster: Cluster) -> list[JsonObject]:
    """Return what lives in a namespace, but for what Kubernetes or a controller put there."""
    found = [
        item
        for kind in KINDS.values()
        if kind.regretted_as
        for item in cluster.list_objects(kind.regretted_as, kind.kind, name)
    ]
    return [
        item
        for item in found
        if not mapping_at(item, "metadata").get("ownerReferences")
        and text_at(item, "metadata", "name") not in kind_of_live(item).given
    ]


def _of_defined_kind(crd: Manifest, cluster: Cluster) -> list[JsonObject]:
    group, kind = crd_kind(crd)
    served = [item for item in objects_at(crd.body, "spec", "versions") if item.get("served")]
    if not served:
        return []
    return cluster.list_objects(f"{group}/{text_at(served[0], 'name')}", kind)


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
