"""Sets of Jobs that belong together."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    RUNNING,
    failure,
    is_true,
    number,
    pending,
)
from compiler.kinds.kind import Kind, Life, Rule, alone
from compiler.kinds.pod_template import PodTemplate, count_of
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at, value_at
from compiler.model.outcome import Readiness

GROUP = "jobset.x-k8s.io"


def set_of_jobs(*, done: str, jobs: str) -> Rule:
    """Return the rule of a kind that counts its Jobs: ready while some run, completed when done.

    A suspended one is not ready, whoever asked for that: queues suspend what has to wait.

    Args:
        done: The condition of success.
        jobs: The field of the status with the counts.
    """

    def rule(live: JsonObject) -> Readiness:
        if is_true(live, "Failed"):
            return failure(live, "Failed")
        if is_true(live, done):
            return COMPLETED
        if is_true(live, "Suspended"):
            return pending("suspended")
        if any(number(item, "ready") for item in objects_at(live, "status", jobs)):
            return RUNNING
        return pending("none of its jobs runs yet")

    return alone(rule)


def pod_labels(live: JsonObject) -> JsonObject:
    """Return the label of the pods in a set."""
    return {"jobset.sigs.k8s.io/jobset-name": text_at(live, "metadata", "name")}


def _pods(body: JsonObject) -> Iterator[PodTemplate]:
    for item in objects_at(body, "spec", "replicatedJobs"):
        role = text_at(item, "name")
        path = f"spec.replicatedJobs[{role}]"
        job = mapping_at(item, "template", "spec")
        yield PodTemplate(
            path=f"{path}.template.spec.template.spec",
            spec=mapping_at(job, "template", "spec"),
            count=count_of(item.get("replicas")) * count_of(value_at(job, "parallelism")),
            count_field=f"{path}.replicas",
            role=role,
        )


# Source: jobset/api/jobset/v1alpha2 of version 0.10.
ROWS = (
    Kind(
        group=GROUP,
        kind="JobSet",
        life=Life.RUN,
        pods=_pods,
        pod_labels=pod_labels,
        readiness=set_of_jobs(done="Completed", jobs="replicatedJobsStatus"),
        time_to_live="spec.ttlSecondsAfterFinished",
        success_event="AllJobsCompleted",
        regretted_as=f"{GROUP}/v1alpha2",
    ),
)
