"""Finds the objects that an object's own fields refer to."""

from collections.abc import Iterator
from typing import TypeAlias

from compiler.kinds.kind import Reference
from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.pods import pods_of
from compiler.kinds.queues import GROUP as KUEUE
from compiler.kinds.queues import PRIORITY_LABEL, QUEUE_LABEL
from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, once, text_at


def references_of(manifest: Manifest) -> list[Reference]:
    """Return every reference in the object's fields, each needed object once."""
    found: dict[ObjectRef, Reference] = {}
    for reference in all_references_of(manifest):
        found.setdefault(reference.needed, reference)
    return list(found.values())


@once
def all_references_of(manifest: Manifest) -> tuple[Reference, ...]:
    """Return every reference in the object's fields to another object."""
    ref = manifest.ref
    found = [item for each in pods_of(manifest) for item in _pod_references(each, ref.namespace)]
    found += _of_queue(manifest)
    found += kind_of(ref).references(manifest)
    return tuple(reference for reference in found if reference.needed != ref)


def _of_queue(manifest: Manifest) -> Iterator[Reference]:
    """Yield the queue that a job of any kind waits in, and the class of its priority there."""
    labels = manifest.labels
    queue = text_at(labels, QUEUE_LABEL)
    if queue:
        ref = ObjectRef(KUEUE, "LocalQueue", manifest.ref.namespace, queue)
        yield Reference(ref, f"metadata.labels[{QUEUE_LABEL}]")
    priority = text_at(labels, PRIORITY_LABEL)
    if priority:
        ref = ObjectRef(KUEUE, "WorkloadPriorityClass", "", priority)
        yield Reference(ref, f"metadata.labels[{PRIORITY_LABEL}]")


def _pod_references(pods: PodTemplate, namespace: str) -> Iterator[Reference]:
    for kind, name, field, optional, keys in (*_pod_sources(pods), *_sources_of_containers(pods)):
        if name:
            ref = ObjectRef("", kind, namespace, name)
            yield Reference(ref, field, is_optional=optional, keys=keys)
    pod, path = pods.spec, pods.path
    yield from _cluster_reference(
        pod, path, "priorityClassName", "scheduling.k8s.io", "PriorityClass"
    )
    yield from _cluster_reference(pod, path, "runtimeClassName", "node.k8s.io", "RuntimeClass")
    for index, claim in enumerate(objects_at(pod, "resourceClaims")):
        for kind, field in _DEVICE_CLAIMS.items():
            if text_at(claim, field):
                ref = ObjectRef("resource.k8s.io", kind, namespace, text_at(claim, field))
                yield Reference(ref, f"{path}.resourceClaims[{index}].{field}")


def _pod_sources(pods: PodTemplate) -> Iterator["_Source"]:
    pod, path = pods.spec, pods.path
    account = text_at(pod, "serviceAccountName")
    yield "ServiceAccount", account, f"{path}.serviceAccountName", False, ()
    for index, secret in enumerate(objects_at(pod, "imagePullSecrets")):
        yield "Secret", text_at(secret, "name"), f"{path}.imagePullSecrets[{index}]", False, ()
    for index, volume in enumerate(objects_at(pod, "volumes")):
        for kind, name, field, optional, keys in _volume_sources(volume):
            yield kind, name, f"{path}.volumes[{index}].{field}", optional, keys


def _sources_of_containers(pods: PodTemplate) -> Iterator["_Source"]:
    for list_name in ("initContainers", "containers"):
        for index, container in enumerate(objects_at(pods.spec, list_name)):
            place = pods.place_of(list_name, index, str(index))
            for kind, name, field, optional, keys in _container_sources(container):
                yield kind, name, f"{place}.{field}", optional, keys


_DEVICE_CLAIMS = {
    "ResourceClaim": "resourceClaimName",
    "ResourceClaimTemplate": "resourceClaimTemplateName",
}


def _cluster_reference(
    pod: JsonObject, path: str, field: str, group: str, kind: str
) -> Iterator[Reference]:
    name = text_at(pod, field)
    if name and not name.startswith("system-"):  # Kubernetes brings its own classes
        yield Reference(ObjectRef(group, kind, "", name), f"{path}.{field}")


# Kind, name, field, whether it is optional, and the keys that must be there.
_Source: TypeAlias = tuple[str, str, str, bool, tuple[str, ...]]


def _volume_sources(volume: JsonObject) -> Iterator[_Source]:
    claim = text_at(volume, "persistentVolumeClaim", "claimName")
    yield "PersistentVolumeClaim", claim, "persistentVolumeClaim.claimName", False, ()
    yield from _mounted(volume, "")
    for index, source in enumerate(objects_at(volume, "projected", "sources")):
        yield from _mounted(source, f"projected.sources[{index}].", name_field="name")


def _mounted(volume: JsonObject, prefix: str, name_field: str = "secretName") -> Iterator[_Source]:
    for kind, field, name in (("Secret", "secret", name_field), ("ConfigMap", "configMap", "name")):
        source = mapping_at(volume, field)
        keys = tuple(text_at(item, "key") for item in objects_at(source, "items"))
        yield kind, text_at(source, name), f"{prefix}{field}", _is_optional(source), keys


def _container_sources(container: JsonObject) -> Iterator[_Source]:
    for index, variable in enumerate(objects_at(container, "env")):
        for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            source = mapping_at(variable, "valueFrom", field)
            place = f"env[{index}].valueFrom.{field}"
            keys = (text_at(source, "key"),)
            yield kind, text_at(source, "name"), place, _is_optional(source), keys
    for index, item in enumerate(objects_at(container, "envFrom")):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            source = mapping_at(item, field)
            yield (
                kind,
                text_at(source, "name"),
                f"envFrom[{index}].{field}",
                _is_optional(source),
                (),
            )


def _is_optional(source: JsonObject) -> bool:
    return source.get("optional") is True
