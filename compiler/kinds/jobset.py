"""Sets of Jobs that belong together."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    failure,
    is_true,
    number,
    pending,
)
from compiler.kinds.immutable import below
from compiler.kinds.kind import RESOURCES, TRAINING_RUN, Kind, Life, Progress, Rule, alone, no_words
from compiler.kinds.pod_template import PodTemplate, count_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at, value_at
from compiler.model.readiness import Readiness

_SEALED = ("failurePolicy", "managedBy", "network", "startupPolicy", "successPolicy")
GROUP = "jobset.x-k8s.io"


def _wanted(live: JsonObject, counts: JsonObject) -> int:
    """Return how many jobs of one sort there are to be; of a TrainJob nobody says that."""
    sorts = objects_at(live, "spec", "replicatedJobs")
    own = [item for item in sorts if text_at(item, "name") == text_at(counts, "name")]
    return number(own[0], "replicas", default=1) if own else 1


def _started(counts: JsonObject) -> int:
    """Return how many jobs of one sort run, or have run."""
    return number(counts, "ready") + number(counts, "succeeded")


def set_of_jobs(*, done: str, jobs: str, progress: Progress = no_words) -> Rule:
    """Return the rule of a kind that counts its Jobs: ready while some run, completed when done.

    Args:
        done: The condition of success.
        jobs: The field of the status with the counts.
        progress: Says how far the work is.
    """

    def rule(live: JsonObject) -> Readiness:
        if is_true(live, "Failed"):
            return failure(live, "Failed")
        if is_true(live, done):
            return COMPLETED
        if is_true(live, "Suspended"):
            return pending("suspended")
        counts = [
            (text_at(item, "name"), _started(item), max(_wanted(live, item), 1))
            for item in objects_at(live, "status", jobs)
        ]
        if not any(started for _, started, _ in counts):
            return pending("none of its jobs runs yet")
        shown = ", ".join(f"{name} {started} of {wanted}" for name, started, wanted in counts)
        # They are Jobs, each of many pods: a Job "node" of a TrainJob may hold all of its nodes.
        shown = f"jobs that run: {shown}"
        if any(started < wanted for _, started, wanted in counts):
            return pending(shown)
        words = progress(live)
        return Readiness(reached=Goal.READY, message=f"running: {words}" if words else shown)

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


# Source: jobset/api/jobset/v1alpha2 of version 0.12.
ROWS = (
    Kind(
        group=GROUP,
        kind="JobSet",
        life=Life.RUN,
        pods=_pods,
        pod_labels=pod_labels,
        readiness=set_of_jobs(done="Completed", jobs="replicatedJobsStatus"),
        run=TRAINING_RUN,
        amounts=RESOURCES,
        immutable=below(*(f"spec.{field}" for field in _SEALED)),
        suspend="spec.suspend",
        time_to_live="spec.ttlSecondsAfterFinished",
        success_event="AllJobsCompleted",
        regretted_as=f"{GROUP}/v1alpha2",
    ),
)
