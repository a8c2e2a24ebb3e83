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


def _has_started(live: JsonObject, counts: JsonObject) -> bool:
    """Return whether all jobs of one sort run or have run; of a TrainJob nobody says how many."""
    sorts = objects_at(live, "spec", "replicatedJobs")
    own = [item for item in sorts if text_at(item, "name") == text_at(counts, "name")]
    wanted = number({"sort": own[0]}, "sort", "replicas", default=1) if own else 1
    return number(counts, "ready") + number(counts, "succeeded") >= max(wanted, 1)


def set_of_jobs(*, done: str, jobs: str) -> Rule:
    """Return the rule of a kind that counts its Jobs: ready while some run, completed when done.

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
        found = objects_at(live, "status", jobs)
        waiting = [text_at(item, "name") for item in found if not _has_started(live, item)]
        if found and not waiting:
            return RUNNING
        if len(waiting) == len(found):
            return pending("none of its jobs runs yet")
        return pending(f"not started: {', '.join(waiting)}")

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
        suspend="spec.suspend",
        time_to_live="spec.ttlSecondsAfterFinished",
        success_event="AllJobsCompleted",
        regretted_as=f"{GROUP}/v1alpha2",
    ),
)
