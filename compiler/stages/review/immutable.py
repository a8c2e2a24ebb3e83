"""Fields that Kubernetes does not let anybody change in an object that exists."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from compiler.model.change import FieldChange
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, ObjectRef, value_at
from compiler.model.review import ObjectDifference
from compiler.stages.review.rules import listed, raised

_Test: TypeAlias = Callable[[Manifest, FieldChange], bool]


def _below(*prefixes: str) -> _Test:
    return lambda _, change: _is_below(change.path, prefixes)


def _spec_except(*prefixes: str) -> _Test:
    return lambda _, change: (
        _is_below(change.path, ("spec",)) and not _is_below(change.path, prefixes)
    )


def _is_below(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in prefixes)


def _cluster_ip(manifest: Manifest, change: FieldChange) -> bool:
    """A Service keeps its address where none is asked for, and has none as ExternalName."""
    is_named = value_at(manifest.body, "spec", "type") == "ExternalName"
    return change.path == "spec.clusterIP" and bool(change.after) and not is_named


def _sealed(manifest: Manifest, change: FieldChange) -> bool:
    is_type = manifest.ref.kind == "Secret" and change.path == "type"
    is_sealed = manifest.body.get("immutable") is True
    return is_type or (is_sealed and _is_below(change.path, ("data", "stringData", "binaryData")))


# Source: the validation of updates in kubernetes/pkg/apis/*/validation of Kubernetes 1.36.
_IMMUTABLE: Mapping[tuple[str, str], _Test] = {
    ("apps", "Deployment"): _below("spec.selector"),
    ("apps", "ReplicaSet"): _below("spec.selector"),
    ("apps", "DaemonSet"): _below("spec.selector"),
    ("apps", "StatefulSet"): _spec_except(
        "spec.minReadySeconds",
        "spec.ordinals",
        "spec.persistentVolumeClaimRetentionPolicy",
        "spec.replicas",
        "spec.revisionHistoryLimit",
        "spec.template",
        "spec.updateStrategy",
    ),
    ("batch", "Job"): _below(
        "spec.completionMode",
        "spec.podFailurePolicy",
        "spec.selector",
        "spec.template",
    ),
    ("", "PersistentVolumeClaim"): _spec_except(
        "spec.resources.requests", "spec.volumeAttributesClassName"
    ),
    ("", "ConfigMap"): _sealed,
    ("", "Secret"): _sealed,
    ("", "Service"): _cluster_ip,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _below("roleRef"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _below("roleRef"),
    ("scheduling.k8s.io", "PriorityClass"): _below("value", "preemptionPolicy"),
    ("storage.k8s.io", "StorageClass"): _below(
        "parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"
    ),
}


def recreations(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for an object that the API server refuses to change."""
    before, ref = difference.before, difference.manifest.ref
    test = _IMMUTABLE.get((ref.group, ref.kind))
    if before is None or difference.after is None or test is None:
        return
    is_sealed = before.body.get("immutable") is True
    judged = before if is_sealed else difference.after
    paths = [item.path for item in difference.fields if test(judged, item)]
    if paths:
        message = f"{ref} must be deleted first, because this cannot change: {listed(paths)}"
        hint = f"give it another name, or delete it: kubectl delete {_words(ref)}"
        yield raised(rule="review-recreate", message=message, field=paths[0], hint=hint)


def _words(ref: ObjectRef) -> str:
    """Return an object as kubectl takes it."""
    namespace = f" --namespace {ref.namespace}" if ref.namespace else ""
    return f"{ref.kind.lower()} {ref.name}{namespace}"
