"""API versions that Kubernetes no longer serves, and in what they differ from the current ones.

The OpenAPI data at hand knows only what Kubernetes serves today. An old version is therefore its
successor plus the fields that were lost on the way; fields that came later are available too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.formats.klib.old_fields import (
    CUSTOM_RESOURCES,
    INGRESS,
    METRICS,
    POD_PRESET,
    POD_SECURITY_POLICY,
    ROLLBACK,
    Fields,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldVersion:
    """An API version that is gone.

    Attributes:
        bases: The current versions that its kinds moved to.
        kinds: Its kinds; one that no base defines has its full id.
        fields: Fields that its successor has not, or not so, by definition.
    """

    bases: tuple[str, ...]
    kinds: tuple[str, ...]
    fields: Fields = field(default_factory=dict)


_SCALE = "autoscaling.v1.Scale"
_RBAC = OldVersion(
    bases=("rbac.v1",), kinds=("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
)
_CRON_JOB = OldVersion(bases=("batch.v1",), kinds=("CronJob",))
_PRIORITY_CLASS = OldVersion(bases=("scheduling.v1",), kinds=("PriorityClass",))

OLD_VERSIONS: Mapping[str, OldVersion] = {
    "admissionregistration.k8s.io/v1beta1": OldVersion(
        bases=("admissionregistration.v1",),
        kinds=("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
    ),
    "apiextensions.k8s.io/v1beta1": OldVersion(
        bases=("apiextensions.v1",), kinds=("CustomResourceDefinition",), fields=CUSTOM_RESOURCES
    ),
    "apiregistration.k8s.io/v1beta1": OldVersion(
        bases=("apiregistration.v1",), kinds=("APIService",)
    ),
    "apps/v1beta1": OldVersion(
        bases=("apps.v1",),
        kinds=("ControllerRevision", "Deployment", "DeploymentRollback", "StatefulSet", _SCALE),
        fields=ROLLBACK,
    ),
    "apps/v1beta2": OldVersion(
        bases=("apps.v1",),
        kinds=(
            "ControllerRevision",
            "DaemonSet",
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
            _SCALE,
        ),
    ),
    "authentication.k8s.io/v1beta1": OldVersion(
        bases=("authentication.v1",), kinds=("TokenReview",)
    ),
    "authorization.k8s.io/v1beta1": OldVersion(
        bases=("authorization.v1",),
        kinds=(
            "LocalSubjectAccessReview",
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ),
        fields={"SubjectAccessReviewSpec": {"group": "[]"}},
    ),
    "autoscaling/v2beta1": OldVersion(
        bases=("autoscaling.v2",), kinds=("HorizontalPodAutoscaler",), fields=METRICS
    ),
    "autoscaling/v2beta2": OldVersion(
        bases=("autoscaling.v2",), kinds=("HorizontalPodAutoscaler",)
    ),
    "batch/v1beta1": _CRON_JOB,
    "batch/v2alpha1": _CRON_JOB,
    "certificates.k8s.io/v1beta1": OldVersion(
        bases=("certificates.v1",), kinds=("CertificateSigningRequest",)
    ),
    "coordination.k8s.io/v1beta1": OldVersion(bases=("coordination.v1",), kinds=("Lease",)),
    "events.k8s.io/v1beta1": OldVersion(bases=("events.v1",), kinds=("Event",)),
    "extensions/v1beta1": OldVersion(
        bases=("apps.v1", "networking.v1"),
        kinds=(
            *("DaemonSet", "Deployment", "DeploymentRollback", "Ingress", "NetworkPolicy"),
            *("PodSecurityPolicy", "ReplicaSet", _SCALE),
        ),
        fields={
            **ROLLBACK,
            **INGRESS,
            **POD_SECURITY_POLICY,
            "DaemonSetSpec": {"templateGeneration": ""},
        },
    ),
    "networking.k8s.io/v1beta1": OldVersion(
        bases=("networking.v1",), kinds=("Ingress", "IngressClass"), fields=INGRESS
    ),
    "node.k8s.io/v1beta1": OldVersion(bases=("node.v1",), kinds=("RuntimeClass",)),
    "policy/v1beta1": OldVersion(
        bases=("policy.v1",),
        kinds=("Eviction", "PodDisruptionBudget", "PodSecurityPolicy"),
        fields=POD_SECURITY_POLICY,
    ),
    "rbac.authorization.k8s.io/v1alpha1": _RBAC,
    "rbac.authorization.k8s.io/v1beta1": _RBAC,
    "scheduling.k8s.io/v1alpha1": _PRIORITY_CLASS,
    "scheduling.k8s.io/v1beta1": _PRIORITY_CLASS,
    "settings.k8s.io/v1alpha1": OldVersion(bases=(), kinds=("PodPreset",), fields=POD_PRESET),
    "storage.k8s.io/v1beta1": OldVersion(
        bases=("storage.v1",), kinds=("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")
    ),
}
