"""Pods, and what keeps them running."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    STALE,
    conditions_of,
    explained,
    failed,
    failure,
    is_false,
    is_true,
    number,
    pending,
)
from compiler.kinds.habits.verdict import verdict
from compiler.kinds.immutable import below, spec_except
from compiler.kinds.kind import Kind, Reference, alone
from compiler.kinds.pod_template import pods_at
from compiler.model.json import JsonObject
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    mapping_at,
    objects_at,
    text_at,
)
from compiler.model.readiness import Readiness

_HOPELESS_WAITS = {"InvalidImageName", "CreateContainerConfigError", "CreateContainerError"}
# What a kubelet says, and containerd and registries through it, of what trying again does not mend.
# Source: kubernetes/pkg/kubelet/images/types.go, kubelet_pods.go: makeEnvironmentVariables.
_NEVER = {"InvalidImageName", "ErrImageNeverPull"}
_NO_SUCH_IMAGE = ("not found", "manifest unknown", "denied", "unauthorized")
_NO_SUCH_KEY = "couldn't find key"
_MOST_CRASHES = 5


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
    for field in ("available", "ready"):
        count = number(live, "status", f"{field}Replicas")
        if count < wanted:
            return pending(f"{count} of {wanted} replicas {field}")
    for condition in ("Available", "Progressing"):
        if is_false(live, condition):
            return pending(explained(live, condition) or f"not {condition}")
    return READY


def stateful_set(live: JsonObject) -> Readiness:
    """Ready when every replica is ready and, unless updates are manual, of the newest version."""
    wanted = number(live, "spec", "replicas", default=1)
    ready = number(live, "status", "readyReplicas")
    if ready < wanted:
        return pending(f"{ready} of {wanted} replicas ready")
    old = number(live, "status", "replicas") - wanted
    if old > 0:
        return pending(f"{old} replicas too many are still there")
    strategy = mapping_at(live, "spec", "updateStrategy")
    if text_at(strategy, "type") == "OnDelete":
        return READY
    status = mapping_at(live, "status")
    # Where nothing is updated, what is current is what is new.
    is_of_one = status.get("currentRevision") == status.get("updateRevision")
    newest = "current" if is_of_one and "updatedReplicas" not in status else "updated"
    partition = number(strategy, "rollingUpdate", "partition")
    updated = number(status, f"{newest}Replicas")
    if updated < wanted - partition:
        return pending(f"{updated} of {wanted - partition} replicas updated")
    return READY


def daemon_set(live: JsonObject) -> Readiness:
    """Ready when every node that should has an available pod, a new one unless that is manual."""
    if "desiredNumberScheduled" not in mapping_at(live, "status"):
        return pending("its controller has not counted the nodes yet")
    wanted = number(live, "status", "desiredNumberScheduled")
    updated = number(live, "status", "updatedNumberScheduled")
    is_manual = text_at(live, "spec", "updateStrategy", "type") == "OnDelete"
    if updated < wanted and not is_manual:
        return pending(f"{updated} of {wanted} pods updated")
    for field, word in (("numberAvailable", "available"), ("numberReady", "ready")):
        count = number(live, "status", field)
        if count < wanted:
            return pending(f"{count} of {wanted} pods {word}")
    return READY


def replica_set(live: JsonObject) -> Readiness:
    """Ready when every replica is available."""
    wanted = number(live, "spec", "replicas", default=1)
    if is_true(live, "ReplicaFailure"):
        return pending(explained(live, "ReplicaFailure"))
    for field in ("available", "ready"):
        count = number(live, "status", f"{field}Replicas")
        if count < wanted:
            return pending(f"{count} of {wanted} replicas {field}")
    return READY


def pod(live: JsonObject) -> Readiness:
    """Ready when its condition says so; one that is to end, as a Job, when it succeeded."""
    match text_at(live, "status", "phase"):
        case "Succeeded":
            return COMPLETED
        case "Failed":
            return failed(text_at(live, "status", "message") or "the pod failed")
        case _:
            pass
    if is_true(live, "Ready"):
        is_to_end = text_at(live, "spec", "restartPolicy") in {"Never", "OnFailure"}
        return pending("running") if is_to_end else READY
    return pending(pod_problem(live) or pod_delay(live))


def rollout(live: JsonObject) -> Readiness:
    """Ready by its status, unless that speaks of an older version of the workload it refers to.

    Source: argo-rollouts/pkg/apis/rollouts/v1alpha1, RolloutStatus, and utils/annotations.
    """
    seen = text_at(live, "status", "workloadObservedGeneration")
    newest = text_at(live, "metadata", "annotations", "rollout.argoproj.io/workload-generation")
    return pending(STALE) if newest and newest != seen else verdict(live)


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


def pod_deadlock(live: JsonObject, *, may_crash: bool) -> str:
    """Return why a pod will never run as it is, in its own words; empty when it still may.

    Args:
        may_crash: Whether somebody else decides when it has crashed often enough.
    """
    containers = [
        *objects_at(live, "status", "initContainerStatuses"),
        *objects_at(live, "status", "containerStatuses"),
    ]
    for container in containers:
        waiting = mapping_at(container, "state", "waiting")
        reason, message = text_at(waiting, "reason"), text_at(waiting, "message")
        crashes = number(container, "restartCount")
        is_dead = reason in _NEVER
        is_dead |= reason == "ImagePullBackOff" and any(word in message for word in _NO_SUCH_IMAGE)
        is_dead |= reason == "CreateContainerConfigError" and _NO_SUCH_KEY in message
        if reason == "CrashLoopBackOff" and crashes >= _MOST_CRASHES and not may_crash:
            message = f"it has crashed {crashes:g} times; {message}"
            is_dead = True
        if is_dead:
            words = (f"container {text_at(container, 'name')}", reason, message)
            return ": ".join(word for word in words if word)
    return ""


def pod_delay(live: JsonObject) -> str:
    """Return what a pod is at while it is not ready, where nothing is known to be wrong."""
    if is_true(live, "Ready") or text_at(live, "status", "phase") in ("Succeeded", "Failed"):
        return ""
    for key, what in (("initContainerStatuses", "init container"), ("containerStatuses", "")):
        for container in objects_at(live, "status", key):
            name = f"{what or 'container'} {text_at(container, 'name')}"
            waiting = mapping_at(container, "state", "waiting")
            if waiting:
                words = (name, text_at(waiting, "reason") or "waits", text_at(waiting, "message"))
                return ": ".join(word for word in words if word)
            if container.get("ready") is not True and "running" in mapping_at(container, "state"):
                restarts = number(container, "restartCount")
                again = f", started again {restarts} times" if restarts else ""
                return f"{name} runs, but is not {'done' if what else 'ready'}{again}"
    return explained(live, "Ready") or f"phase {text_at(live, 'status', 'phase') or 'unknown'}"


def _own_service(manifest: Manifest) -> Iterator[Reference]:
    name = text_at(manifest.body, "spec", "serviceName")
    if name:
        ref = ObjectRef("", "Service", manifest.ref.namespace, name)
        yield Reference(ref, "spec.serviceName")


_TEMPLATE = pods_at("spec.template.spec")
_REPLICAS = pods_at("spec.template.spec", "spec.replicas")

# Source of what is immutable, here and in the other modules: the validation of updates in
# kubernetes/pkg/apis/*/validation of Kubernetes 1.36.
ROWS = (
    Kind(
        group="apps",
        kind="DaemonSet",
        pods=_TEMPLATE,
        is_exact=True,
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
        is_exact=True,
        readiness=alone(replica_set),
        immutable=below("spec.selector"),
        order=52,
    ),
    Kind(group="extensions", kind="ReplicaSet", pods=_REPLICAS, order=52),
    Kind(
        group="apps",
        kind="Deployment",
        pods=_REPLICAS,
        is_exact=True,
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
        is_exact=True,
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
        group="argoproj.io",
        kind="Rollout",
        pods=_REPLICAS,
        readiness=alone(rollout),
        is_rolled=True,
        regretted_as="argoproj.io/v1alpha1",
    ),
)
