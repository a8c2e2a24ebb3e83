"""Finds the objects that an object's own fields refer to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from compiler.model.json import JsonObject, JsonValue
from compiler.model.kinds import pod_templates
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    group_of,
    mapping_at,
    objects_at,
    text_at,
)

RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Reference:
    """An object names another one.

    Attributes:
        field: The path that holds the name.
        is_optional: Whether the naming object works without it.
    """

    needed: ObjectRef
    field: str
    is_optional: bool = False


Finder: TypeAlias = Callable[[Manifest], Iterator[Reference]]


def references_of(manifest: Manifest) -> list[Reference]:
    """Return every reference in the object's fields, each needed object once."""
    found: dict[ObjectRef, Reference] = {}
    for path, pod in pod_templates(manifest):
        for reference in _pod_references(pod, path, manifest.ref.namespace):
            found.setdefault(reference.needed, reference)
    finder = _FINDERS.get((manifest.ref.group, manifest.ref.kind))
    for reference in finder(manifest) if finder else ():
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


def _binding(manifest: Manifest) -> Iterator[Reference]:
    namespace = manifest.ref.namespace
    role = mapping_at(manifest.body, "roleRef")
    kind, name = text_at(role, "kind"), text_at(role, "name")
    if kind and name:
        place = namespace if kind == "Role" else ""
        is_built_in = kind == "ClusterRole" and name in _BUILT_IN_CLUSTER_ROLES
        yield Reference(ObjectRef(RBAC, kind, place, name), "roleRef", is_optional=is_built_in)
    for index, subject in enumerate(objects_at(manifest.body, "subjects")):
        if text_at(subject, "kind") == "ServiceAccount":
            place = text_at(subject, "namespace") or namespace
            ref = ObjectRef("", "ServiceAccount", place, text_at(subject, "name"))
            yield Reference(ref, f"subjects[{index}]")


_BUILT_IN_CLUSTER_ROLES = {"admin", "cluster-admin", "edit", "view"}


def _stateful_set(manifest: Manifest) -> Iterator[Reference]:
    name = text_at(manifest.body, "spec", "serviceName")
    if name:
        ref = ObjectRef("", "Service", manifest.ref.namespace, name)
        yield Reference(ref, "spec.serviceName")


def _autoscaler(manifest: Manifest) -> Iterator[Reference]:
    target = mapping_at(manifest.body, "spec", "scaleTargetRef")
    group, kind = group_of(text_at(target, "apiVersion")), text_at(target, "kind")
    ref = ObjectRef(group, kind, manifest.ref.namespace, text_at(target, "name"))
    yield Reference(ref, "spec.scaleTargetRef")


def _ingress(manifest: Manifest) -> Iterator[Reference]:
    backends: list[JsonValue] = [mapping_at(manifest.body, "spec", "defaultBackend")]
    for rule in objects_at(manifest.body, "spec", "rules"):
        backends += [mapping_at(path, "backend") for path in objects_at(rule, "http", "paths")]
    for backend in backends:
        name = text_at(backend, "service", "name")
        if name:
            ref = ObjectRef("", "Service", manifest.ref.namespace, name)
            yield Reference(ref, "spec.rules.http.paths.backend")
    for index, tls in enumerate(objects_at(manifest.body, "spec", "tls")):
        if text_at(tls, "secretName"):
            ref = ObjectRef("", "Secret", manifest.ref.namespace, text_at(tls, "secretName"))
            yield Reference(ref, f"spec.tls[{index}].secretName", is_optional=True)


def webhook_services(manifest: Manifest) -> Iterator[ObjectRef]:
    """Yield the Services behind the webhooks that an object configures."""
    if manifest.ref.group == "admissionregistration.k8s.io":
        for webhook in objects_at(manifest.body, "webhooks"):
            service = mapping_at(webhook, "clientConfig", "service")
            if service:
                namespace, name = text_at(service, "namespace"), text_at(service, "name")
                yield ObjectRef("", "Service", namespace, name)


def _webhooks(manifest: Manifest) -> Iterator[Reference]:
    for service in webhook_services(manifest):
        yield Reference(service, "webhooks.clientConfig.service")


def _claim(manifest: Manifest) -> Iterator[Reference]:
    name = text_at(manifest.body, "spec", "storageClassName")
    if name:
        ref = ObjectRef("storage.k8s.io", "StorageClass", "", name)
        yield Reference(ref, "spec.storageClassName", is_optional=True)


_FINDERS: Mapping[tuple[str, str], Finder] = {
    (RBAC, "RoleBinding"): _binding,
    (RBAC, "ClusterRoleBinding"): _binding,
    ("apps", "StatefulSet"): _stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _webhooks,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _webhooks,
    ("", "PersistentVolumeClaim"): _claim,
}
