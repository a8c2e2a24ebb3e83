"""API versions that Kubernetes no longer serves, and in what they differ from the current ones.

The OpenAPI data at hand knows only what Kubernetes serves today. An old version is therefore its
successor plus the fields that were lost on the way; fields that came later are available too.

A field is written as what it holds: ``""`` a value, ``"[]"`` a list, ``"{}"`` a map, ``"Type"`` a
part, ``"[Type]"`` a list of parts; a type of another version has its full id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Fields = Mapping[str, Mapping[str, str]]


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


_ROLLBACK = {
    "DeploymentSpec": {"rollbackTo": "RollbackConfig"},
    "DeploymentRollback": {"name": "", "rollbackTo": "RollbackConfig", "updatedAnnotations": "{}"},
    "RollbackConfig": {"revision": ""},
}
_INGRESS = {  # a backend was a name and a port, and the default backend had a shorter name
    "IngressBackend": {"serviceName": "", "servicePort": ""},
    "IngressSpec": {"backend": "IngressBackend"},
}
_ID_RANGES = {"rule": "", "ranges": "[IDRange]"}
_POD_SECURITY_POLICY = {  # gone without a successor
    "PodSecurityPolicy": {"metadata": "meta.v1.ObjectMeta", "spec": "PodSecurityPolicySpec"},
    "PodSecurityPolicySpec": {
        **dict.fromkeys(("allowPrivilegeEscalation", "defaultAllowPrivilegeEscalation"), ""),
        **dict.fromkeys(("hostIPC", "hostNetwork", "hostPID"), ""),
        **dict.fromkeys(("privileged", "readOnlyRootFilesystem"), ""),
        **dict.fromkeys(("allowedCapabilities", "defaultAddCapabilities"), "[]"),
        **dict.fromkeys(("allowedProcMountTypes", "allowedUnsafeSysctls"), "[]"),
        **dict.fromkeys(("forbiddenSysctls", "requiredDropCapabilities", "volumes"), "[]"),
        "allowedCSIDrivers": "[AllowedCSIDriver]",
        "allowedFlexVolumes": "[AllowedFlexVolume]",
        "allowedHostPaths": "[AllowedHostPath]",
        "fsGroup": "FSGroupStrategyOptions",
        "hostPorts": "[HostPortRange]",
        "runAsGroup": "RunAsGroupStrategyOptions",
        "runAsUser": "RunAsUserStrategyOptions",
        "seLinux": "SELinuxStrategyOptions",
        "supplementalGroups": "SupplementalGroupsStrategyOptions",
    },
    "AllowedCSIDriver": {"name": ""},
    "AllowedFlexVolume": {"driver": ""},
    "AllowedHostPath": {"pathPrefix": "", "readOnly": ""},
    "FSGroupStrategyOptions": _ID_RANGES,
    "HostPortRange": {"max": "", "min": ""},
    "IDRange": {"max": "", "min": ""},
    "RunAsGroupStrategyOptions": _ID_RANGES,
    "RunAsUserStrategyOptions": _ID_RANGES,
    "SELinuxStrategyOptions": {"rule": "", "seLinuxOptions": "core.v1.SELinuxOptions"},
    "SupplementalGroupsStrategyOptions": _ID_RANGES,
}
_AVERAGES = {"targetAverageValue": "", "targetValue": ""}
_METRICS = {  # a target was a field, not an object
    "ExternalMetricSource": {
        "metricName": "",
        "metricSelector": "meta.v1.LabelSelector",
        **_AVERAGES,
    },
    "ObjectMetricSource": {
        "averageValue": "",
        "metricName": "",
        "selector": "meta.v1.LabelSelector",
        "target": "CrossVersionObjectReference",
        "targetValue": "",
    },
    "PodsMetricSource": {
        "metricName": "",
        "selector": "meta.v1.LabelSelector",
        "targetAverageValue": "",
    },
    "ResourceMetricSource": {"targetAverageUtilization": "", "targetAverageValue": ""},
}
_CUSTOM_RESOURCES = {  # what each version of a kind now has, all of them shared
    "CustomResourceDefinitionSpec": {
        "additionalPrinterColumns": "[CustomResourceColumnDefinition]",
        "subresources": "CustomResourceSubresources",
        "validation": "CustomResourceValidation",
        "version": "",
    },
    "CustomResourceColumnDefinition": {"JSONPath": ""},
    "CustomResourceConversion": {
        "conversionReviewVersions": "[]",
        "webhookClientConfig": "WebhookClientConfig",
    },
}
_POD_PRESET = {  # gone without a successor
    "PodPreset": {"metadata": "meta.v1.ObjectMeta", "spec": "PodPresetSpec"},
    "PodPresetSpec": {
        "env": "[core.v1.EnvVar]",
        "envFrom": "[core.v1.EnvFromSource]",
        "selector": "meta.v1.LabelSelector",
        "volumeMounts": "[core.v1.VolumeMount]",
        "volumes": "[core.v1.Volume]",
    },
}

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
        bases=("apiextensions.v1",), kinds=("CustomResourceDefinition",), fields=_CUSTOM_RESOURCES
    ),
    "apiregistration.k8s.io/v1beta1": OldVersion(
        bases=("apiregistration.v1",), kinds=("APIService",)
    ),
    "apps/v1beta1": OldVersion(
        bases=("apps.v1",),
        kinds=("ControllerRevision", "Deployment", "DeploymentRollback", "StatefulSet", _SCALE),
        fields=_ROLLBACK,
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
        bases=("autoscaling.v2",), kinds=("HorizontalPodAutoscaler",), fields=_METRICS
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
            **_ROLLBACK,
            **_INGRESS,
            **_POD_SECURITY_POLICY,
            "DaemonSetSpec": {"templateGeneration": ""},
        },
    ),
    "networking.k8s.io/v1beta1": OldVersion(
        bases=("networking.v1",), kinds=("Ingress", "IngressClass"), fields=_INGRESS
    ),
    "node.k8s.io/v1beta1": OldVersion(bases=("node.v1",), kinds=("RuntimeClass",)),
    "policy/v1beta1": OldVersion(
        bases=("policy.v1",),
        kinds=("Eviction", "PodDisruptionBudget", "PodSecurityPolicy"),
        fields=_POD_SECURITY_POLICY,
    ),
    "rbac.authorization.k8s.io/v1alpha1": _RBAC,
    "rbac.authorization.k8s.io/v1beta1": _RBAC,
    "scheduling.k8s.io/v1alpha1": _PRIORITY_CLASS,
    "scheduling.k8s.io/v1beta1": _PRIORITY_CLASS,
    "settings.k8s.io/v1alpha1": OldVersion(bases=(), kinds=("PodPreset",), fields=_POD_PRESET),
    "storage.k8s.io/v1beta1": OldVersion(
        bases=("storage.v1",), kinds=("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")
    ),
}

# What definitions that are still there have lost.
LOST_FIELDS: Fields = {
    "core.v1.EventSeries": {"state": ""},
    "events.v1.EventSeries": {"state": ""},
    "meta.v1.Initializer": {"name": ""},
    "meta.v1.Initializers": {"pending": "[Initializer]"},
    "meta.v1.ObjectMeta": {"clusterName": "", "initializers": "Initializers"},
}
