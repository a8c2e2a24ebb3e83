"""Jobs and what starts them."""

from compiler.kinds.conditions import (
    COMPLETED,
    failure,
    is_true,
    number,
    pending,
)
from compiler.kinds.immutable import below
from compiler.kinds.kind import Kind, Life, alone
from compiler.kinds.pod_template import pods_at
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.readiness import Readiness


def job(live: JsonObject) -> Readiness:
    """A Job has no other use than being done: it is ready when it is complete."""
    if is_true(live, "Complete"):
        return COMPLETED
    if is_true(live, "Failed"):
        return failure(live, "Failed")
    wanted = number(live, "spec", "completions", default=1)
    return pending(f"{number(live, 'status', 'succeeded')} of {wanted} pods succeeded")


def cron_job(live: JsonObject) -> Readiness:
    """Ready as soon as it exists, unless its last run is known to have failed."""
    status = mapping_at(live, "status")
    started, succeeded = text_at(status, "lastScheduleTime"), text_at(status, "lastSuccessfulTime")
    if succeeded and succeeded < started and not status.get("active"):
        return pending(f"its run of {started} has not succeeded")
    return COMPLETED


ROWS = (
    Kind(
        group="batch",
        kind="Job",
        life=Life.RUN,
        pods=pods_at("spec.template.spec", "spec.parallelism"),
        is_exact=True,
        readiness=alone(job),
        is_ready_when_over=True,
        immutable=below(
            "spec.completionMode", "spec.podFailurePolicy", "spec.selector", "spec.template"
        ),
        suspend="spec.suspend",
        time_to_live="spec.ttlSecondsAfterFinished",
        success_event="Completed",
        regretted_as="batch/v1",
        order=55,
    ),
    Kind(
        group="batch",
        kind="CronJob",
        pods=pods_at("spec.jobTemplate.spec.template.spec", "spec.jobTemplate.spec.parallelism"),
        is_exact=True,
        readiness=alone(cron_job),
        regretted_as="batch/v1",
        order=56,
    ),
)
