"""Pods, what keeps them running, and what scales that."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    conditions_of,
    explained,
    failed,
    failure,
    is_true,
    number,
    pending,
    unknown,
)
from compiler.kinds.immutable import below, spec_except
from compiler.kinds.kind import Kind, Reference, alone
from compiler.kinds.pod_template import pods_at
from compiler.model.json import JsonObject
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    group_of,
    mapping_at,
    objects_at,
    text_at,
)
from compiler.model.outcome import Readiness

_HOPELESS_WAITS = {"InvalidImageName", "CreateContainerConfigError", "CreateContainerError"}


def deployment(live: JsonObject) -> Readiness:
    """Ready when every replica is of the newest version and available."""
    wanted = number(live, "spec", "replicas", default=1)
    progressing = conditions_of(live).get("Progressing", {})
    if text_at(progressing, "reason") == "ProgressDeadlineExceeded":
        return failure(live, "Progressing")
    updated = number(live, "status", "updatedReplicas")
    if updated < wanted:
        return pending(f"{updated} of {wanted} replicas updated")
    old = number(live, "status", "replicas") - updated
    if old > 0:
        return pending(f"{old} old replicas are still there")
    available = number(live, "status", "availableReplicas")
    if available < wanted:
        return pending(f"{available} of {wanted} replicas available")
    return READY


def stateful_set(live: JsonObject) -> Readiness:
    """Ready when every replica is ready and, unless updates are manual, of the newest version."""
    wanted = number(live, "spec", "replicas", default=1)
    ready = number(live, "status", "readyReplicas")
    if ready < wanted:
        return pending(f"{ready} of {wanted} replicas ready")
    strategy = mapping_at(live, "spec", "updateStrategy")
    if text_at(strategy, "type") == "OnDelete":
        return READY
    partition = number(strategy, "rollingUpdate", "partition")
    updated = number(live, "status", "updatedReplicas")
    if updated < wanted - partition:
        return pending(f"{updated} of {wanted - partition} replicas updated")
    return READY


def daemon_set(live: JsonObject) -> Readiness:
    """Ready when every node that should run a pod has a new one that is available."""
    if "desiredNumberScheduled" not in mapping_at(live, "status"):
        return pending("its controller has not counted the nodes yet")
    wanted = number(live, "status", "desiredNumberScheduled")
    updated = number(live, "status", "updatedNumberScheduled")
    available = number(live, "status", "numberAvailable")
    if updated < wanted:
        return pending(f"{updated} of {wanted} pods updated")
    return READY if available >= wanted else pending(f"{available} of {wanted} pods available")


def replica_set(live: JsonObject) -> Readiness:
    """Ready when every replica is available."""
    wanted = number(live, "spec", "replicas", default=1)
    available = number(live, "status", "availableReplicas")
    if is_true(live, "ReplicaFailure"):
        return pending(explained(live, "ReplicaFailure"))
    return READY if available >= wanted else pending(f"{available} of {wanted} replicas available")


def pod(live: JsonObject) -> Readiness:
    """Ready when its condition says so; completed when it succeeded."""
    match text_at(live, "status", "phase"):
        case "Succeeded":
            return COMPLETED
        case "Failed":
            return failed(text_at(live, "status", "message") or "the pod failed")
        case _:
            pass
    if is_true(live, "Ready"):
        return READY
    problem = pod_problem(live)
    return pending(problem or f"phase {text_at(live, 'status', 'phase') or 'unknown'}")


def autoscaler(live: JsonObject) -> Readiness:
    """Ready when it can scale and knows its numbers; without a metrics server it never does."""
    for name in ("AbleToScale", "ScalingActive"):
        found = conditions_of(live).get(name, {})
        is_off = text_at(found, "reason") == "ScalingDisabled"  # somebody scaled to zero
        if text_at(found, "status") != "True" and not is_off:
            return unknown(explained(live, name) or "it has scaled nothing yet")
    return READY


def disruption_budget(live: JsonObject) -> Readiness:
    """Ready when its controller knows the pods that it protects, be they enough or not."""
    found = conditions_of(live).get("DisruptionAllowed", {})
    if not found:
        return unknown("its controller has not counted the pods yet")
    is_known = text_at(found, "status") == "True" or text_at(found, "reason") == "InsufficientPods"
    return READY if is_known else pending(explained(live, "DisruptionAllowed"))


def scaled_object(live: JsonObject) -> Readiness:
    """Ready when KEDA says so, and does not make do with the number of its fallback."""
    if is_true(live, "Fallback"):
        return failure(live, "Fallback")
    if is_true(live, "Ready"):
        return READY
    return unknown(explained(live, "Ready") or "KEDA has not seen it yet")


def pod_problem(live: JsonObject) -> str:
    """Return why a pod does not run, in its own words; empty when nothing is wrong."""
    if text_at(conditions_of(live).get("PodScheduled", {}), "status") == "False":
        return explained(live, "PodScheduled")
    containers = [
        *objects_at(live, "status", "initContainerStatuses"),
        *objects_at(live, "status", "containerStatuses"),
    ]
    for container in containers:
        waiting = mapping_at(container, "state", "waiting")
        reason = text_at(waiting, "reason")
        if reason.endswith(("BackOff", "Error")) or reason in _HOPELESS_WAITS:
            words = (f"container {text_at(container, 'name')}", reason, text_at(waiting, "message"))
            return ": ".join(word for word in words if word)
        ended = mapping_at(container, "state", "terminated")
        if ended and number(ended, "exitCode") != 0:
            code = number(ended, "exitCode")
            reason = text_at(ended, "reason") or "Error"
            return f"container {text_at(container, 'name')}: {reason}, exit code {code}"
    return ""


def _own_service(manifest: Manifest) -> Iterator[Reference]:
    name = text_at(manifest.body, "spec", "serviceName")
    if name:
        ref = ObjectRef("", "Service", manifest.ref.namespace, name)
        yield Reference(ref, "spec.serviceName")


def _scaled(manifest: Manifest) -> Iterator[Reference]:
    target = mapping_at(manifest.body, "spec", "scaleTargetRef")
    group, kind = group_of(text_at(target, "apiVersion")), text_at(target, "kind")
    ref = ObjectRef(group, kind, manifest.ref.namespace, text_at(target, "name"))
    yield Reference(ref, "spec.scaleTargetRef")


_TEMPLATE = pods_at("spec.template.spec")
_REPLICAS = pods_at("spec.template.spec", "spec.replicas")

# Source of what is immutable, here and in the other modules: the validation of updates in
# kubernetes/pkg/apis/*/validation of Kubernetes 1.36.
ROWS = (
    Kind(
        group="apps",
        kind="DaemonSet",
        pods=_TEMPLATE,
        readiness=alone(daemon_set),
        immutable=below("spec.selector"),
        is_rolled=True,
        regretted_as="apps/v1",
        order=50,
    ),
    Kind(group="extensions", kind="DaemonSet", pods=_TEMPLATE, order=50),
    Kind(
        group="",
        kind="Pod",
        pods=pods_at("spec"),
        readiness=alone(pod),
        regretted_as="v1",
        order=51,
    ),
    Kind(
        group="apps",
        kind="ReplicaSet",
        pods=_REPLICAS,
        readiness=alone(replica_set),
        immutable=below("spec.selector"),
        order=52,
    ),
    Kind(group="extensions", kind="ReplicaSet", pods=_REPLICAS, order=52),
    Kind(
        group="apps",
        kind="Deployment",
        pods=_REPLICAS,
        readiness=alone(deployment),
        immutable=below("spec.selector"),
        is_rolled=True,
        regretted_as="apps/v1",
        order=53,
    ),
    Kind(group="extensions", kind="Deployment", pods=_REPLICAS, order=53),
    Kind(
        group="apps",
        kind="StatefulSet",
        pods=_REPLICAS,
        references=_own_service,
        readiness=alone(stateful_set),
        immutable=spec_except(
            "spec.minReadySeconds",
            "spec.ordinals",
            "spec.persistentVolumeClaimRetentionPolicy",
            "spec.replicas",
            "spec.revisionHistoryLimit",
            "spec.template",
            "spec.updateStrategy",
        ),
        is_rolled=True,
        regretted_as="apps/v1",
        order=54,
    ),
    Kind(group="", kind="ReplicationController", pods=_REPLICAS),
    Kind(
        group="autoscaling",
        kind="HorizontalPodAutoscaler",
        references=_scaled,
        readiness=alone(autoscaler),
    ),
    Kind(
        group="policy",
        kind="PodDisruptionBudget",
        readiness=alone(disruption_budget),
        order=5,
    ),
    Kind(group="keda.sh", kind="ScaledObject", references=_scaled, readiness=alone(scaled_object)),
)
