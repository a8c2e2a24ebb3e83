"""Fields that Kubernetes has dropped or moved, by definition.

A field is written as what it holds: ``""`` a value, ``"[]"`` a list, ``"{}"`` a map, ``"Type"`` a
part, ``"[Type]"`` a list of parts; a type of another version has its full id.
"""

from collections.abc import Mapping

Fields = Mapping[str, Mapping[str, str]]

ROLLBACK: Fields = {
    "DeploymentSpec": {"rollbackTo": "RollbackConfig"},
    "DeploymentRollback": {"name": "", "rollbackTo": "RollbackConfig", "updatedAnnotations": "{}"},
    "RollbackConfig": {"revision": ""},
}
INGRESS: Fields = {  # a backend was a name and a port, and the default backend had a shorter name
    "IngressBackend": {"serviceName": "", "servicePort": ""},
    "IngressSpec": {"backend": "IngressBackend"},
}
_ID_RANGES = {"rule": "", "ranges": "[IDRange]"}
POD_SECURITY_POLICY: Fields = {  # gone without a successor
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
METRICS: Fields = {  # a target was a field, not an object
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
CUSTOM_RESOURCES: Fields = {  # what each version of a kind now has, all of them shared
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
POD_PRESET: Fields = {  # gone without a successor
    "PodPreset": {"metadata": "meta.v1.ObjectMeta", "spec": "PodPresetSpec"},
    "PodPresetSpec": {
        "env": "[core.v1.EnvVar]",
        "envFrom": "[core.v1.EnvFromSource]",
        "selector": "meta.v1.LabelSelector",
        "volumeMounts": "[core.v1.VolumeMount]",
        "volumes": "[core.v1.Volume]",
    },
}

# What definitions that are still there have lost.
LOST_FIELDS: Fields = {
    "core.v1.EventSeries": {"state": ""},
    "events.v1.EventSeries": {"state": ""},
    "meta.v1.Initializer": {"name": ""},
    "meta.v1.Initializers": {"pending": "[Initializer]"},
    "meta.v1.ObjectMeta": {"clusterName": "", "initializers": "Initializers"},
}
