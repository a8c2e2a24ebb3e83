"""Leaves the number of replicas to whoever scales a workload.

Server-side apply resets a field that its only owner sends no longer, and for replicas that is 1. So
as long as nobody else owns the number, it is sent as it is; from then on it is not sent any more.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from compiler.executor.port import FIELD_MANAGER, ApiError, ClusterPort
from compiler.kinds.scaling import SCALE_TARGET
from compiler.kinds.table import kind_of
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    manifest_of,
    mapping_at,
    objects_at,
    text_at,
    value_at,
)

REPLICAS = "spec.replicas"
_AUTOSCALER = "HorizontalPodAutoscaler"
_VERSIONS = ("autoscaling/v2", "autoscaling/v1")


def scalers_of(cluster: ClusterPort, compiled: Sequence[Manifest]) -> dict[ObjectRef, str]:
    """Return who scales which workloads: autoscalers of the app, and live ones.

    One that has left the app scales until it is removed, which comes last. KEDA's are seen by the
    autoscalers that it makes. Whoever may not look sees those of the app.
    """
    found = dict(_targets(compiled))
    spaces = {item.ref.namespace for item in compiled if may_be_scaled(item)}
    version = next((item for item in _VERSIONS if cluster.serves(item, _AUTOSCALER)), "")
    for namespace in sorted(spaces) if version else ():
        with suppress(ApiError):
            live = cluster.list_objects(version, _AUTOSCALER, namespace)
            found = dict(_targets([manifest_of(item) for item in live])) | found
    return found


def _targets(manifests: Sequence[Manifest]) -> Iterator[tuple[ObjectRef, str]]:
    for item in manifests:
        for reference in kind_of(item.ref).references(item):
            if reference.field == SCALE_TARGET:
                yield reference.needed, str(item.ref)


def may_be_scaled(manifest: Manifest) -> bool:
    """Return whether an autoscaler could be about an object."""
    is_asked = value_at(manifest.body, *REPLICAS.split(".")) is not None
    return is_asked or kind_of(manifest.ref).is_rolled


def left_to_scaler(manifest: Manifest, live: JsonObject) -> Manifest:
    """Return a manifest with the replicas that are sent so that the live object keeps its own."""
    spec = mapping_at(manifest.body, "spec")
    rest = {key: value for key, value in spec.items() if key != "replicas"}
    now = value_at(live, "spec", "replicas")
    managers = {
        text_at(item, "manager")
        for item in objects_at(live, "metadata", "managedFields")
        if value_at(item, "fieldsV1", "f:spec", "f:replicas") is not None
    }
    if managers == {FIELD_MANAGER}:
        rest["replicas"] = now
    if "spec" not in manifest.body and not rest:
        return manifest
    return replace(manifest, body={**manifest.body, "spec": rest})


def scaled_otherwise(manifest: Manifest, live: JsonObject, scaler: str) -> list[Finding]:
    """Return a note where the app says another number than its autoscaler has chosen."""
    asked, now = (value_at(body, "spec", "replicas") for body in (manifest.body, live))
    if asked is None or same(asked, now):
        return []
    origin = manifest.origin
    return [
        Finding(
            rule="autoscaler-decides",
            severity=Severity.NOTE,
            message=f"{manifest.ref.qualified}: {REPLICAS} stays {_words(now)}: {scaler} scales it;"
            f" the app's {_words(asked)} is only what it starts with",
            object=str(manifest.ref),
            component=origin.component,
            field=REPLICAS,
            notes=(origin.note,),
        )
    ]


def _words(value: JsonValue) -> str:
    return "1" if value is None else str(value)
