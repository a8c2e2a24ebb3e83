"""Ray's clusters, jobs and services."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    conditions_of,
    explained,
    failed,
    failure,
    is_true,
    number,
    pending,
)
from compiler.kinds.kind import RESOURCES, TRAINING_RUN, Kind, Life, Reference, alone, exists
from compiler.kinds.pod_template import PodFinder, PodTemplate, count_of
from compiler.kinds.queues import queue_of, queued
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

GROUP = "ray.io"
VERSION = f"{GROUP}/v1"
_GAVE_UP = {"InitializingTimeout", "ValidationFailed"}
_UNSEEN = "not seen by Ray's operator yet"
_WAITING = {"Retrying", "Suspended", "Suspending"}  # whatever became of the job before


def ray_job(live: JsonObject) -> Readiness:
    """Ready while it runs, completed when it succeeded.

    The operator says what becomes of the cluster, Ray what becomes of the program in it; the second
    is only worth something while the first goes on.
    """
    status = mapping_at(live, "status")
    deployment, job = text_at(status, "jobDeploymentStatus"), text_at(status, "jobStatus")
    if deployment.startswith("Suspend") and queue_of(live):
        return queued(live)
    if deployment in _WAITING:
        return pending(deployment.lower())
    has_ended = job in {"FAILED", "STOPPED"}
    if deployment in {"Failed", "ValidationFailed"} or (has_ended and deployment == "Complete"):
        words = (text_at(status, "reason") or job or deployment, text_at(status, "message"))
        return failed(": ".join(word for word in words if word))
    if job == "SUCCEEDED":
        return COMPLETED
    if has_ended:  # the operator has not said yet whether it is tried again
        return pending(job.lower())
    workers, has_all = _workers(mapping_at(status, "rayClusterStatus"))
    said = ": ".join(filter(None, ((job or deployment).lower() or _UNSEEN, workers)))
    if job == "RUNNING" and has_all:
        return Readiness(reached=Goal.READY, message=said)
    return pending(said)


def _workers(cluster: JsonObject) -> tuple[str, bool]:
    """Return how many workers of a cluster are ready, and whether these are all."""
    wanted = number(cluster, "desiredWorkerReplicas")
    ready = number(cluster, "readyWorkerReplicas")
    return f"{ready} of {wanted} workers ready" if wanted else "", ready >= wanted


def ray_cluster(live: JsonObject) -> Readiness:
    """Ready when its head and all workers that it wants now are.

    What it says of itself, ``state`` and ``RayClusterProvisioned``, stays true when pods go.
    """
    status = mapping_at(live, "status")
    state = text_at(status, "state")
    is_asked_to_wait = mapping_at(live, "spec").get("suspend") is True
    if is_asked_to_wait or state == "suspended" or is_true(live, "RayClusterSuspended"):
        return queued(live) if queue_of(live) else pending("suspended")
    if state == "failed":
        return failed(text_at(status, "reason") or "state failed")
    for trouble in ("ReplicaFailure", "RayClusterSuspending"):
        if is_true(live, trouble):  # it is tried again
            return pending(explained(live, trouble) or trouble)
    words, has_all = _workers(status)
    if not has_all:
        return pending(words)
    if text_at(conditions_of(live).get("HeadPodReady", {}), "status") == "False":
        return pending(explained(live, "HeadPodReady") or "its head is not ready")
    if state == "ready" or is_true(live, "RayClusterProvisioned"):
        return Readiness(reached=Goal.READY, message=words)
    return pending(explained(live, "RayClusterProvisioned") or state or _UNSEEN)


def ray_service(live: JsonObject) -> Readiness:
    """Ready when it serves, all its applications run, and no other version is on its way."""
    status = mapping_at(live, "status")
    ready = conditions_of(live).get("Ready", {})
    if text_at(ready, "reason") in _GAVE_UP and text_at(ready, "status") == "False":
        return failure(live, "Ready")
    coming, found = (
        mapping_at(status, which, "applicationStatuses")
        for which in ("pendingServiceStatus", "activeServiceStatus")
    )
    for name, each in (*coming.items(), *found.items()):
        if text_at(each, "status") == "DEPLOY_FAILED":
            return failed(f"application {name}: {text_at(each, 'message') or 'DEPLOY_FAILED'}")
    applications = {name: text_at(each, "status") for name, each in found.items()}
    for change in ("UpgradeInProgress", "RollbackInProgress"):
        if is_true(live, change):
            return pending(explained(live, change) or change)
    late = [f"{name} {state}" for name, state in applications.items() if state != "RUNNING"]
    if late:
        return pending(f"applications: {', '.join(late)}")
    if is_true(live, "Ready") or (not ready and text_at(status, "serviceStatus") == "Running"):
        count = len(applications)
        return Readiness(reached=Goal.READY, message=f"{count} of {count} applications run")
    return pending(explained(live, "Ready") or text_at(status, "serviceStatus") or _UNSEEN)


def _pods_below(*path: str) -> PodFinder:
    """Return a finder of the pods of the cluster that is described at a path."""

    def found(body: JsonObject) -> Iterator[PodTemplate]:
        cluster, place = mapping_at(body, *path), ".".join(path)
        head = mapping_at(cluster, "headGroupSpec", "template", "spec")
        yield PodTemplate(path=f"{place}.headGroupSpec.template.spec", spec=head, role="head")
        for index, group in enumerate(objects_at(cluster, "workerGroupSpecs")):
            role = text_at(group, "groupName")
            workers = f"{place}.workerGroupSpecs[{index}]"  # groups have no field "name"
            hosts = count_of(group.get("numOfHosts"))
            yield PodTemplate(
                path=f"{workers}.template.spec",
                spec=mapping_at(group, "template", "spec"),
                count=count_of(group.get("replicas"), default=0) * hosts,
                count_field=f"{workers}.replicas",
                role=role,
            )

    return found


def _pods_of_job(body: JsonObject) -> Iterator[PodTemplate]:
    yield from _pods_below("spec", "rayClusterSpec")(body)
    path = "spec.submitterPodTemplate.spec"
    yield PodTemplate(path=path, spec=mapping_at(body, *path.split(".")), role="submitter")


def _selected_cluster(manifest: Manifest) -> Iterator[Reference]:
    name = text_at(manifest.body, "spec", "clusterSelector", "ray.io/cluster")
    if name:
        ref = ObjectRef(GROUP, "RayCluster", manifest.ref.namespace, name)
        yield Reference(ref, "spec.clusterSelector")


def _labels_of_cluster(live: JsonObject) -> JsonObject:
    return {"ray.io/cluster": text_at(live, "metadata", "name")}


def _labels_of_job(live: JsonObject) -> JsonObject:
    """A job's cluster has a name of its own, as soon as there is one."""
    name = text_at(live, "status", "rayClusterName")
    return {"ray.io/cluster": name} if name else {}


def _labels_of_service(live: JsonObject) -> JsonObject:
    for which in ("pendingServiceStatus", "activeServiceStatus"):
        name = text_at(live, "status", which, "rayClusterName")
        if name:
            return {"ray.io/cluster": name}
    return {}


# Source: kuberay/ray-operator/apis/ray/v1 and controllers/ray of version 1.6.
ROWS = (
    Kind(
        group=GROUP,
        kind="RayCluster",
        pods=_pods_below("spec"),
        pod_labels=_labels_of_cluster,
        readiness=alone(ray_cluster),
        suspend="spec.suspend",
        amounts=RESOURCES,
        regretted_as=VERSION,
    ),
    Kind(
        group=GROUP,
        kind="RayService",
        pods=_pods_below("spec", "rayClusterConfig"),
        pod_labels=_labels_of_service,
        readiness=alone(ray_service),
        is_rolled=True,
        manner="a second cluster takes over",
        suspend="spec.rayClusterConfig.suspend",
        amounts=RESOURCES,
        regretted_as=VERSION,
    ),
    Kind(
        group=GROUP,
        kind="RayCronJob",
        pods=_pods_below("spec", "jobTemplate", "rayClusterSpec"),
        readiness=exists,
        amounts=RESOURCES,
        regretted_as=VERSION,
    ),
    Kind(
        group=GROUP,
        kind="RayJob",
        life=Life.RUN,
        pods=_pods_of_job,
        pod_labels=_labels_of_job,
        references=_selected_cluster,
        readiness=alone(ray_job),
        run=TRAINING_RUN,
        rewritten_by="kuberay-operator",  # to add its finalizer
        suspend="spec.suspend",
        amounts=RESOURCES,
        regretted_as=VERSION,
    ),
)
