"""Ray's clusters and jobs."""

from collections.abc import Iterator

from compiler.kinds.conditions import COMPLETED, RUNNING, failed, pending
from compiler.kinds.kind import Kind, Life, alone
from compiler.kinds.pod_template import PodFinder, PodTemplate, count_of
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.outcome import Readiness

GROUP = "ray.io"
VERSION = f"{GROUP}/v1"
_WAITING = {"Retrying", "Suspended", "Suspending"}  # whatever became of the job before


def ray_job(live: JsonObject) -> Readiness:
    """Ready while it runs, completed when it succeeded.

    The operator says what becomes of the cluster, Ray what becomes of the program in it; the second
    is only worth something while the first goes on.
    """
    status = mapping_at(live, "status")
    deployment, job = text_at(status, "jobDeploymentStatus"), text_at(status, "jobStatus")
    if deployment in _WAITING:
        return pending(deployment.lower())
    has_ended = job in {"FAILED", "STOPPED"}
    if deployment in {"Failed", "ValidationFailed"} or (has_ended and deployment == "Complete"):
        words = (text_at(status, "reason") or job or deployment, text_at(status, "message"))
        return failed(": ".join(word for word in words if word))
    if job == "SUCCEEDED":
        return COMPLETED
    if job == "RUNNING":
        return RUNNING
    if has_ended:  # the operator has not said yet whether it is tried again
        return pending(job.lower())
    return pending((job or deployment).lower() or "not seen by Ray's operator yet")


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


def _labels_of_cluster(live: JsonObject) -> JsonObject:
    return {"ray.io/cluster": text_at(live, "metadata", "name")}


def _labels_of_job(live: JsonObject) -> JsonObject:
    """A job's cluster has a name of its own, as soon as there is one."""
    name = text_at(live, "status", "rayClusterName")
    return {"ray.io/cluster": name} if name else {}


# Source: kuberay/ray-operator/apis/ray/v1 of version 1.5.
ROWS = (
    Kind(
        group=GROUP,
        kind="RayCluster",
        pods=_pods_below("spec"),
        pod_labels=_labels_of_cluster,
        suspend="spec.suspend",
        regretted_as=VERSION,
    ),
    Kind(
        group=GROUP,
        kind="RayJob",
        life=Life.RUN,
        pods=_pods_below("spec", "rayClusterSpec"),
        pod_labels=_labels_of_job,
        readiness=alone(ray_job),
        is_training=True,
        suspend="spec.suspend",
        regretted_as=VERSION,
    ),
)
