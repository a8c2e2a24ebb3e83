"""Finds the objects that an object's own fields refer to."""

from collections.abc import Iterator
from typing import TypeAlias

from compiler.kinds.kind import Reference
from compiler.kinds.pods import pods_of
from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at


def references_of(manifest: Manifest) -> list[Reference]:
    """Return every reference in the object's fields, each needed object once."""
    found: dict[ObjectRef, Reference] = {}
    for pods in pods_of(manifest):
        for reference in _pod_references(pods.spec, pods.path, manifest.ref.namespace):
            found.setdefault(reference.needed, reference)
    for reference in kind_of(manifest.ref).references(manifest):
        found.setdefault(reference.needed, reference)
    found.pop(manifest.ref, None)
    return list(found.values())


def _pod_references(pod: JsonObject, path: str, namespace: str) -> Iterator[Reference]:
    def named(kind: str, name: str, field: str, *, optional: bool = False) -> Iterator[Reference]:
        if name:
            ref = ObjectRef("", kind, namespace, name)
            yield Reference(ref, f"{path}.{field}", is_optional=optional)

    yield from named("ServiceAccount", text_at(pod, "serviceAccountName"), "serviceAccountName")
    for index, secret in enumerate(objects_at(pod, "imagePullSecrets")):
        yield from named("Secret", text_at(secret, "name"), f"imagePullSecrets[{index}]")
    yield from _cluster_reference(
        pod, path, "priorityClassName", "scheduling.k8s.io", "PriorityClass"
    )
    yield from _cluster_reference(pod, path, "runtimeClassName", "node.k8s.io", "RuntimeClass")
    for index, volume in enumerate(objects_at(pod, "volumes")):
        for kind, name, field, optional in _volume_sources(volume):
            yield from named(kind, name, f"volumes[{index}].{field}", optional=optional)
    for list_name in ("initContainers", "containers"):
        for index, container in enumerate(objects_at(pod, list_name)):
            for kind, name, field, optional in _container_sources(container):
                place = f"{list_name}[{index}].{field}"
                yield from named(kind, name, place, optional=optional)


def _cluster_reference(
    pod: JsonObject, path: str, field: str, group: str, kind: str
) -> Iterator[Reference]:
    name = text_at(pod, field)
    if name and not name.startswith("system-"):  # Kubernetes brings its own classes
        yield Reference(ObjectRef(group, kind, "", name), f"{path}.{field}")


_Source: TypeAlias = tuple[str, str, str, bool]  # kind, name, field, optional


def _volume_sources(volume: JsonObject) -> Iterator[_Source]:
    claim = text_at(volume, "persistentVolumeClaim", "claimName")
    yield "PersistentVolumeClaim", claim, "persistentVolumeClaim.claimName", False
    yield from _mounted(volume, "")
    for index, source in enumerate(objects_at(volume, "projected", "sources")):
        yield from _mounted(source, f"projected.sources[{index}].", name_field="name")


def _mounted(volume: JsonObject, prefix: str, name_field: str = "secretName") -> Iterator[_Source]:
    secret, config = mapping_at(volume, "secret"), mapping_at(volume, "configMap")
    yield "Secret", text_at(secret, name_field), f"{prefix}secret", secret.get("optional") is True
    yield "ConfigMap", text_at(config, "name"), f"{prefix}configMap", config.get("optional") is True


def _container_sources(container: JsonObject) -> Iterator[_Source]:
    for index, variable in enumerate(objects_at(container, "env")):
        for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            source = mapping_at(variable, "valueFrom", field)
            place = f"env[{index}].valueFrom.{field}"
            yield kind, text_at(source, "name"), place, source.get("optional") is True
    for index, item in enumerate(objects_at(container, "envFrom")):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            source = mapping_at(item, field)
            place = f"envFrom[{index}].{field}"
            yield kind, text_at(source, "name"), place, source.get("optional") is True
