"""Finds the rule for an object and asks it."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from compiler.kinds.custom import custom_resource, kubeflow_job
from compiler.kinds.definitions import api_service, crd, namespace, webhooks
from compiler.kinds.jobs import job
from compiler.kinds.storage import volume_claim
from compiler.kinds.workloads import (
    daemon_set,
    deployment,
    pod,
    replica_set,
    stateful_set,
)
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import group_of, mapping_at, text_at
from compiler.model.outcome import Readiness

Rule: TypeAlias = Callable[[JsonObject], Readiness]

_RULES: Mapping[tuple[str, str], Rule] = {
    ("", "Namespace"): namespace,
    ("", "Pod"): pod,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): crd,
    ("apiregistration.k8s.io", "APIService"): api_service,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): webhooks,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): webhooks,
    ("apps", "DaemonSet"): daemon_set,
    ("apps", "Deployment"): deployment,
    ("apps", "ReplicaSet"): replica_set,
    ("apps", "StatefulSet"): stateful_set,
    ("batch", "Job"): job,
}


class Surroundings(Protocol):
    """What a rule may ask about the cluster around an object."""

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return another object, or ``None`` when it does not exist."""

    def has_status(self, api_version: str, kind: str) -> bool:
        """Return whether objects of this kind have a status that a controller writes."""


def readiness_of(live: JsonObject, around: Surroundings) -> Readiness:
    """Return how far a live object has come."""
    group, kind = group_of(text_at(live, "apiVersion")), text_at(live, "kind")
    if mapping_at(live, "metadata").get("deletionTimestamp"):
        return Readiness(reached=Goal.PRESENT, message="is being deleted")
    if not _is_observed(live):
        return Readiness(reached=Goal.PRESENT, message="its controller has not seen the change yet")
    if (group, kind) == ("", "PersistentVolumeClaim"):
        return volume_claim(live, around.read_cluster_scoped)
    if group == "kubeflow.org":
        return kubeflow_job(live)
    rule = _RULES.get((group, kind))
    if rule:
        return rule(live)
    is_built_in = "." not in group or group.endswith(".k8s.io")
    if is_built_in or not around.has_status(text_at(live, "apiVersion"), kind):
        return Readiness(reached=Goal.COMPLETED)
    return custom_resource(live)


def _is_observed(live: JsonObject) -> bool:
    """Return whether the status speaks of the newest spec; most, but not all, kinds say so."""
    observed = mapping_at(live, "status").get("observedGeneration")
    return observed is None or observed == mapping_at(live, "metadata").get("generation")
