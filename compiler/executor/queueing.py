"""Asks Kueue how an object waits in its queue."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from compiler.errors import ExternalError
from compiler.executor.diagnose import pods_of
from compiler.executor.port import ApiError, ClusterPort
from compiler.kinds.conditions import failed, is_true
from compiler.kinds.kind import Rules
from compiler.kinds.queues import (
    FEWER_PODS,
    FLAVOR,
    VERSIONS,
    WORKLOAD,
    admission,
    is_waiting,
    queue_of,
)
from compiler.kinds.readiness import readiness_of
from compiler.kinds.table import kind_of, kind_of_live
from compiler.model.app import Goal
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at, value_at
from compiler.model.readiness import Readiness

Addition: TypeAlias = tuple[str, str, JsonValue]  # field of pods, key in a map, value or item


def how_far(
    cluster: ClusterPort, live: JsonObject, rules: Rules, asked: JsonObject, *, is_settled: bool
) -> Readiness:
    """Return how far a live object has come, and how it waits if it waits in a queue.

    Args:
        rules: Those of the app for kinds of its own.
        asked: Its manifest.
        is_settled: Whether Kueue must have seen the queue that was perhaps made with the object.
    """
    state = readiness_of(live, cluster, rules, asked)
    return in_queue(cluster, live, state, is_settled=is_settled)


def in_queue(
    cluster: ClusterPort, live: JsonObject, state: Readiness, *, is_settled: bool
) -> Readiness:
    """Return what the queue says of an object that waits in one; of others what is known already.

    Args:
        state: How far the object itself says that it has come.
        is_settled: Whether Kueue must have seen the queue that was perhaps made with the object.
    """
    has_gated_pods = bool(queue_of(live)) and not kind_of_live(live).suspend
    if not state.is_queued and (not has_gated_pods or state.reached >= Goal.READY):
        return state
    try:
        found = _asked(cluster, live, state)
    except ExternalError:  # who may not read Workloads knows only that it waits
        return state
    if found.has_failed and not is_settled:
        return replace(found, has_failed=False, is_queued=True)
    return found


def left_to_queue(manifest: Manifest, merged: JsonObject) -> Manifest:
    """Return a manifest without the field by which its queue, if it has one, holds it back.

    Args:
        merged: What the server makes of it: a default queue is only seen there.
    """
    kind = kind_of(manifest.ref)
    place = kind.suspend.split(".")
    if not kind.suspend or value_at(manifest.body, *place) is None:
        return manifest
    if not queue_of(manifest.body) and not queue_of(merged):
        return manifest
    return replace(manifest, body=_without(manifest.body, place))


def _without(body: JsonObject, place: Sequence[str]) -> JsonObject:
    first, *rest = place
    if not rest:
        return {key: value for key, value in body.items() if key != first}
    return {**body, first: _without(mapping_at(body, first), rest)}


def admitted_with(cluster: ClusterPort, live: JsonObject) -> list[Addition] | None:
    """Return what an object's queue adds to its pods while it is admitted, besides its own keys.

    ``None`` stands for what nobody may read.
    """
    version, namespace = _version(cluster), text_at(live, "metadata", "namespace")
    try:
        workloads = cluster.list_objects(version, WORKLOAD, namespace)
        own = [item for item in workloads if _is_of(item, [live]) and is_true(item, "Admitted")]
        names = {name for item in own for name in _flavors(item)}
        read = cluster.read_cluster_scoped
        flavors = [mapping_at(read(version, FLAVOR, name), "spec") for name in sorted(names)]
    except ApiError:
        return None
    return [*_of_flavors(flavors), *_of_admissions(live, own)]


def _flavors(workload: JsonObject) -> Iterator[str]:
    for item in objects_at(workload, "status", "admission", "podSetAssignments"):
        yield from map(str, mapping_at(item, "flavors").values())


def _of_flavors(specs: Iterable[JsonObject]) -> Iterator[Addition]:
    for spec in specs:
        for name, value in mapping_at(spec, "nodeLabels").items():
            yield "nodeSelector", name, value
        for toleration in objects_at(spec, "tolerations"):
            yield "tolerations", "", toleration


def _of_admissions(live: JsonObject, workloads: Iterable[JsonObject]) -> Iterator[Addition]:
    """Yield what admission checks add, and how many pods are admitted where they may be fewer."""
    for workload in workloads:
        for check in objects_at(workload, "status", "admissionChecks"):
            for update in objects_at(check, "podSetUpdates"):
                for field in ("annotations", "labels", "nodeSelector"):
                    for name, value in mapping_at(update, field).items():
                        yield field, name, value
                for toleration in objects_at(update, "tolerations"):
                    yield "tolerations", "", toleration
        if text_at(live, "metadata", "annotations", FEWER_PODS):
            for item in objects_at(workload, "status", "admission", "podSetAssignments"):
                yield "parallelism", "", item.get("count")
                yield "completions", "", item.get("count")


def suspended_in_vain(manifest: Manifest, written: Manifest) -> list[Finding]:
    """Return a warning where the app holds a job back, but its queue decides that."""
    place = kind_of(manifest.ref).suspend
    if written is manifest or value_at(manifest.body, *place.split(".")) is not True:
        return []
    message = f"{manifest.ref} sets {place}, but its queue decides when it starts: not applied"
    return [
        Finding(
            rule="queue-decides",
            severity=Severity.WARNING,
            message=message,
            object=str(manifest.ref),
            component=manifest.origin.component,
            notes=(manifest.origin.note,),
            hint="take it out of the queue to hold it back, or set spec.active of its Workload",
        )
    ]


def _version(cluster: ClusterPort) -> str:
    return next((item for item in VERSIONS if cluster.serves(item, WORKLOAD)), "")


def _asked(cluster: ClusterPort, live: JsonObject, state: Readiness) -> Readiness:
    version = _version(cluster)
    if not version:
        return failed(f"{state.message}, but the cluster has no Kueue that could admit it")
    workloads = cluster.list_objects(version, WORKLOAD, text_at(live, "metadata", "namespace"))
    owners = [live] if state.is_queued else [live, *pods_of(cluster, live)]
    waiting = [item for item in workloads if is_waiting(item) and _is_of(item, owners)]
    return admission(live, waiting[0], workloads) if waiting else state


def _is_of(workload: JsonObject, owners: Sequence[JsonObject]) -> bool:
    uids = {text_at(item, "metadata", "uid") for item in owners}
    references = objects_at(workload, "metadata", "ownerReferences")
    return any(text_at(item, "uid") in uids for item in references)
