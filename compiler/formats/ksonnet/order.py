"""The order in which ``ks show`` printed objects."""

from collections.abc import Iterable

from compiler.model.manifest import Manifest

# fmt: off
_KINDS = (
    "Namespace", "ResourceQuota", "LimitRange", "PodSecurityPolicy", "Secret", "ConfigMap",
    "StorageClass", "PersistentVolume", "PersistentVolumeClaim", "ServiceAccount",
    "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
    "Service", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment",
    "StatefulSet", "Job", "CronJob", "Ingress", "APIService",
)
# fmt: on
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


def in_ksonnet_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Sort by namespace, kind (unknown kinds last, by name), API version and name."""
    return sorted(manifests, key=_key)


def _key(manifest: Manifest) -> tuple[str, int, str, str, str]:
    ref = manifest.ref
    rank = _RANKS.get(ref.kind, len(_KINDS))
    return ref.namespace, rank, ref.kind, manifest.api_version, ref.name
