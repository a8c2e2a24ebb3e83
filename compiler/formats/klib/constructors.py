"""The constructors that ksonnet wrote by hand; every other kind and type has a bare ``new()``.

A constructor only calls builders. Calls of one mixin are chained, in alphabetical order; the
mixins are added up in the order of their paths, so that of two builders of one name the object
carries that of the last mixin: ``deployment.new(…).withLabels(…)`` labels the pods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

NOTHING = "''"
_APP_LABEL = "{ app: 'name' }"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a constructor: its name, the builder that takes it, its default in Jsonnet."""

    name: str
    builder: str
    default: str = NOTHING


_NAMED = (Parameter("name", "mixin.metadata.withName"),)
_NAME = Parameter("name", "withName")
_REPLICAS = Parameter("replicas", "mixin.spec.withReplicas", "1")
_WORKLOAD = (
    *_NAMED,
    _REPLICAS,
    Parameter("containers", "mixin.spec.template.spec.withContainers"),
)
_POD_LABELS = Parameter("podLabels", "mixin.spec.template.metadata.withLabels", _APP_LABEL)
_DEPLOYMENT = {"new": (*_WORKLOAD, _POD_LABELS)}
_STATEFUL_SET = {
    "new": (
        *_WORKLOAD,
        Parameter("volumeClaims", "mixin.spec.withVolumeClaimTemplates"),
        _POD_LABELS,
    )
}
_PORT = (Parameter("port", "withPort"), Parameter("targetPort", "withTargetPort"))
_TYPE = Parameter("type", "withType", "'Opaque'")

CONSTRUCTORS: Mapping[str, Mapping[str, tuple[Parameter, ...]]] = {
    "apps.v1.Deployment": _DEPLOYMENT,
    "apps.v1.StatefulSet": _STATEFUL_SET,
    "apps.v1beta1.DeploymentRollback": {"new": (_NAME,)},
    "extensions.v1beta1.DeploymentRollback": {"new": (_NAME,)},
    "authentication.v1.TokenReview": {"new": (Parameter("token", "mixin.spec.withToken"),)},
    "autoscaling.v1.Scale": {"new": (_REPLICAS,)},
    "core.v1.ConfigMap": {"new": (*_NAMED, Parameter("data", "withData"))},
    "core.v1.Container": {"new": (_NAME, Parameter("image", "withImage"))},
    "core.v1.ContainerPort": {
        "new": (Parameter("containerPort", "withContainerPort"),),
        "newNamed": (Parameter("containerPort", "withContainerPort"), _NAME),
    },
    "core.v1.EnvVar": {
        "new": (_NAME, Parameter("value", "withValue")),
        "fromSecretRef": (
            _NAME,
            Parameter("secretRefName", "mixin.valueFrom.secretKeyRef.withName"),
            Parameter("secretRefKey", "mixin.valueFrom.secretKeyRef.withKey"),
        ),
        "fromFieldPath": (_NAME, Parameter("fieldPath", "mixin.valueFrom.fieldRef.withFieldPath")),
    },
    "core.v1.KeyToPath": {"new": (Parameter("key", "withKey"), Parameter("path", "withPath"))},
    "core.v1.Namespace": {"new": _NAMED},
    "core.v1.Secret": {
        "new": (*_NAMED, Parameter("data", "withData"), _TYPE),
        "fromString": (*_NAMED, Parameter("stringData", "withStringData"), _TYPE),
    },
    "core.v1.Service": {
        "new": (
            *_NAMED,
            Parameter("selector", "mixin.spec.withSelector"),
            Parameter("ports", "mixin.spec.withPorts"),
        )
    },
    "core.v1.ServiceAccount": {"new": _NAMED},
    "core.v1.ServicePort": {"new": _PORT, "newNamed": (_NAME, *_PORT)},
    "core.v1.Volume": {
        "fromConfigMap": (
            _NAME,
            Parameter("configMapName", "mixin.configMap.withName"),
            Parameter("configMapItems", "mixin.configMap.withItems"),
        ),
        "fromEmptyDir": (_NAME, Parameter("emptyDir", "mixin.emptyDir.mixinInstance", "{}")),
        "fromHostPath": (_NAME, Parameter("hostPath", "mixin.hostPath.withPath")),
        "fromPersistentVolumeClaim": (
            _NAME,
            Parameter("claimName", "mixin.persistentVolumeClaim.withClaimName"),
        ),
        "fromSecret": (_NAME, Parameter("secretName", "mixin.secret.withSecretName")),
    },
    "core.v1.VolumeMount": {
        "new": (
            _NAME,
            Parameter("mountPath", "withMountPath"),
            Parameter("readOnly", "withReadOnly", "false"),
        )
    },
}


def constructor(name: str, parameters: tuple[Parameter, ...]) -> str:
    """Return the Jsonnet function of a constructor; ``header`` is what every object begins with."""
    signature = ", ".join(f"{item.name}={item.default}" for item in parameters)
    calls = sorted((*item.builder.rpartition(".")[::2], item.name) for item in parameters)
    mixins = (
        ".".join(
            ("self", *filter(None, [path]), *(f"{setter}({value})" for _, setter, value in group))
        )
        for path, group in groupby(calls, key=lambda call: call[0])
    )
    return f"{name}({signature}):: {' + '.join(('header', *mixins))}"
