"""Deployments, StatefulSets, DaemonSets, ReplicaSets and Pods."""

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    conditions_of,
    explained,
    failed,
    is_true,
    number,
    pending,
)
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.outcome import Readiness

_HOPELESS_WAITS = {"InvalidImageName", "CreateContainerConfigError", "CreateContainerError"}


def deployment(live: JsonObject) -> Readiness:
    """Ready when every replica is of the newest version and available."""
    wanted = number(live, "spec", "replicas", default=1)
    progressing = conditions_of(live).get("Progressing", {})
    if text_at(progressing, "reason") == "ProgressDeadlineExceeded":
        return failed(explained(live, "Progressing"))
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
