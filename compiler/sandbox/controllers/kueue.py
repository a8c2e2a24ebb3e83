"""Kueue, the controller that admits jobs by the quotas of queues."""

from compiler.model.json import JsonObject
from compiler.sandbox.catalogue import KUEUE as PROGRAM
from compiler.sandbox.controller import (
    MUTATING,
    VALIDATING,
    Addresses,
    CertificateSecret,
    Controller,
)
from compiler.sandbox.ports import LOOPBACK

_NAMESPACE = "kueue-system"
_SERVICE = "kueue-webhook-service"
_SECRET = "kueue-webhook-server-cert"  # noqa: S105  a name
# All that it knows but for AppWrappers and SparkApplications, whose controllers are not here.
# Those whose kinds are not in the cluster wait until they are.
_FRAMEWORKS = (
    "batch/job",
    "jobset.x-k8s.io/jobset",
    "kubeflow.org/jaxjob",
    "kubeflow.org/mpijob",
    "kubeflow.org/paddlejob",
    "kubeflow.org/pytorchjob",
    "kubeflow.org/tfjob",
    "kubeflow.org/xgboostjob",
    "leaderworkerset.x-k8s.io/leaderworkerset",
    "pod",
    "deployment",
    "statefulset",
    "ray.io/raycluster",
    "ray.io/rayjob",
    "ray.io/rayservice",
    "trainer.kubeflow.org/trainjob",
)
# As its installation does: what runs the cluster must not wait for it.
_NOT_OF_THE_SYSTEM: JsonObject = {
    "namespaceSelector": {
        "matchExpressions": [
            {
                "key": "kubernetes.io/metadata.name",
                "operator": "NotIn",
                "values": ["kube-system", _NAMESPACE],
            }
        ]
    }
}


def _configuration(addresses: Addresses) -> JsonObject:
    return {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "namespace": _NAMESPACE,
        "health": {"healthProbeBindAddress": addresses.health},
        "metrics": {"bindAddress": "0"},
        "webhook": {
            "port": addresses.webhook,
            "host": LOOPBACK,
            "certDir": str(addresses.certificates),
        },
        "leaderElection": {"leaderElect": False},
        # Without it, it insists on certificates below /etc.
        "internalCertManagement": {
            "enable": True,
            "webhookServiceName": _SERVICE,
            "webhookSecretName": _SECRET,
        },
        "integrations": {"frameworks": list(_FRAMEWORKS)},
    }


KUEUE = Controller(
    program=PROGRAM,
    words="Kueue: jobs with a queue wait until it admits them; the queues are yours to make",
    namespace=_NAMESPACE,
    # Its API for positions in queues is an API server of its own, which this one cannot reach.
    flags=lambda _: ("--feature-gates=VisibilityOnDemand=false", "--zap-log-level=info"),
    configuration=_configuration,
    webhook_names={
        MUTATING: "kueue-mutating-webhook-configuration",
        VALIDATING: "kueue-validating-webhook-configuration",
    },
    webhook_fields={"*": _NOT_OF_THE_SYSTEM},
    converts=("clusterqueues", "cohorts", "localqueues", "multikueueclusters", "workloads"),
    finds_kinds_late=True,  # at last every two minutes; till then such jobs stay suspended
    secret=CertificateSecret(name=_SECRET, authority="kueue-ca", service=_SERVICE),
)
