"""API versions that Kubernetes removed or deprecates, with what replaces them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retirement:
    """The end of an API version.

    Attributes:
        deprecated: First Kubernetes version that warns.
        removed: First Kubernetes version that no longer serves it; empty when not decided.
        replacement: The ``apiVersion`` to use; empty when there is none.
    """

    replacement: str
    deprecated: str
    removed: str


def _all(kinds: str, replacement: str, deprecated: str, removed: str) -> dict[str, Retirement]:
    return {kind: Retirement(replacement, deprecated, removed) for kind in kinds.split()}


# Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
RETIREMENTS: dict[str, dict[str, Retirement]] = {
    "extensions/v1beta1": {
        **_all("DaemonSet Deployment ReplicaSet", "apps/v1", "1.9", "1.16"),
        **_all("NetworkPolicy", "networking.k8s.io/v1", "1.9", "1.16"),
        **_all("PodSecurityPolicy", "policy/v1beta1", "1.10", "1.16"),
        **_all("Ingress", "networking.k8s.io/v1", "1.14", "1.22"),
    },
    "apps/v1beta1": _all("Deployment StatefulSet", "apps/v1", "1.9", "1.16"),
    "apps/v1beta2": _all("DaemonSet Deployment ReplicaSet StatefulSet", "apps/v1", "1.9", "1.16"),
    "admissionregistration.k8s.io/v1beta1": _all(
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1",
        "1.16",
        "1.22",
    ),
    "apiextensions.k8s.io/v1beta1": _all(
        "CustomResourceDefinition", "apiextensions.k8s.io/v1", "1.16", "1.22"
    ),
    "apiregistration.k8s.io/v1beta1": _all(
        "APIService", "apiregistration.k8s.io/v1", "1.10", "1.22"
    ),
    "rbac.authorization.k8s.io/v1alpha1": _all(
        "ClusterRole ClusterRoleBinding Role RoleBinding",
        "rbac.authorization.k8s.io/v1",
        "1.17",
        "1.22",
    ),
    "rbac.authorization.k8s.io/v1beta1": _all(
        "ClusterRole ClusterRoleBinding Role RoleBinding",
        "rbac.authorization.k8s.io/v1",
        "1.17",
        "1.22",
    ),
    "certificates.k8s.io/v1beta1": _all(
        "CertificateSigningRequest", "certificates.k8s.io/v1", "1.19", "1.22"
    ),
    "coordination.k8s.io/v1beta1": _all("Lease", "coordination.k8s.io/v1", "1.19", "1.22"),
    "networking.k8s.io/v1beta1": _all(
        "Ingress IngressClass", "networking.k8s.io/v1", "1.19", "1.22"
    ),
    "scheduling.k8s.io/v1beta1": _all("PriorityClass", "scheduling.k8s.io/v1", "1.14", "1.22"),
    "storage.k8s.io/v1beta1": {
        **_all(
            "CSIDriver CSINode StorageClass VolumeAttachment", "storage.k8s.io/v1", "1.19", "1.22"
        ),
        **_all("CSIStorageCapacity", "storage.k8s.io/v1", "1.24", "1.27"),
    },
    "batch/v1beta1": _all("CronJob", "batch/v1", "1.21", "1.25"),
    "discovery.k8s.io/v1beta1": _all("EndpointSlice", "discovery.k8s.io/v1", "1.21", "1.25"),
    "events.k8s.io/v1beta1": _all("Event", "events.k8s.io/v1", "1.19", "1.25"),
    "autoscaling/v2beta1": _all("HorizontalPodAutoscaler", "autoscaling/v2", "1.22", "1.25"),
    "autoscaling/v2beta2": _all("HorizontalPodAutoscaler", "autoscaling/v2", "1.23", "1.26"),
    "policy/v1beta1": {
        **_all("PodDisruptionBudget", "policy/v1", "1.21", "1.25"),
        **_all("PodSecurityPolicy", "", "1.21", "1.25"),
    },
    "node.k8s.io/v1beta1": _all("RuntimeClass", "node.k8s.io/v1", "1.22", "1.25"),
    "flowcontrol.apiserver.k8s.io/v1beta1": _all(
        "FlowSchema PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io/v1", "1.23", "1.26"
    ),
    "flowcontrol.apiserver.k8s.io/v1beta2": _all(
        "FlowSchema PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io/v1", "1.26", "1.29"
    ),
    "flowcontrol.apiserver.k8s.io/v1beta3": _all(
        "FlowSchema PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io/v1", "1.29", "1.32"
    ),
    "v1": _all("Endpoints", "discovery.k8s.io/v1", "1.33", ""),
}


# What `--convert` rewrites, by the API version that replaces the old one. What is not here cannot
# be rewritten without knowing more than the object says: an admission webhook, for example, would
# have to speak a new protocol.
REWRITABLE: frozenset[tuple[str, str]] = frozenset(
    (api_version, kind)
    for api_version, kinds in {
        "apps/v1": "DaemonSet Deployment ReplicaSet StatefulSet",
        "apiextensions.k8s.io/v1": "CustomResourceDefinition",
        "apiregistration.k8s.io/v1": "APIService",
        "autoscaling/v2": "HorizontalPodAutoscaler",
        "batch/v1": "CronJob",
        "coordination.k8s.io/v1": "Lease",
        "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
        "node.k8s.io/v1": "RuntimeClass",
        "policy/v1": "PodDisruptionBudget",
        "rbac.authorization.k8s.io/v1": "ClusterRole ClusterRoleBinding Role RoleBinding",
        "scheduling.k8s.io/v1": "PriorityClass",
        "storage.k8s.io/v1": "StorageClass",
    }.items()
    for kind in kinds.split()
)


def retirement_of(api_version: str, kind: str) -> Retirement | None:
    """Return the end of an API version for a kind, if it is decided."""
    return RETIREMENTS.get(api_version, {}).get(kind)


def can_convert(api_version: str, kind: str) -> bool:
    """Return whether `--convert` rewrites a kind of this API version."""
    retirement = retirement_of(api_version, kind)
    return retirement is not None and (retirement.replacement, kind) in REWRITABLE


def replacement_hint(api_version: str, kind: str) -> str:
    """Say what to do about an API version that is gone; empty when it is not known to be."""
    retirement = retirement_of(api_version, kind)
    if retirement is None:
        return ""
    if not retirement.replacement:
        return "there is no replacement"
    by_itself = can_convert(api_version, kind)
    return f"use {retirement.replacement}" + ("; --convert rewrites it" if by_itself else "")


def is_at_least(version: str, other: str) -> bool:
    """Return whether ``version`` is ``other`` or newer; an empty ``other`` is never reached."""
    return bool(other) and _numbers(version) >= _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
