"""Kueue: a job with a queue is suspended until it is admitted, whoever wrote that.

Sources: kueue/apis/kueue/v1beta2/workload_types.go, pkg/scheduler/scheduler.go and
pkg/scheduler/flavorassigner of Kueue 0.19. Its clear reasons stand behind a feature gate; without
it they are all "Pending" or "Inadmissible", and only the message tells them apart.
"""

from collections.abc import Iterable

from compiler.kinds.conditions import conditions_of, explained, failed, is_true
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

GROUP = "kueue.x-k8s.io"
MANAGER = "kueue"  # of the fields that it writes
VERSIONS = (f"{GROUP}/v1beta2", f"{GROUP}/v1beta1")
WORKLOAD, PRIORITY_CLASS = "Workload", "WorkloadPriorityClass"
FLAVOR = "ResourceFlavor"
QUEUE_KINDS = (FLAVOR, "Cohort", "ClusterQueue", "LocalQueue")  # each names those before
QUEUE_LABEL = f"{GROUP}/queue-name"
PRIORITY_LABEL = f"{GROUP}/priority-class"
FEWER_PODS = f"{GROUP}/job-min-parallelism"  # annotation of a Job that may be admitted in part
_RESERVED = "QuotaReserved"
_NEVER = {"ExceedsMaxQuota", "Misconfigured", "NoMatchingFlavor"}
_UNCLEAR = {"Inadmissible", "Pending"}
# Of the message about one set of pods: all its flavors are tried, and one of them may only be full.
_FULL = ("more needed", "skipping flavor")
_IMPOSSIBLE = (
    "> maximum capacity",
    "doesn't exist",
    "doesn't match ClusterQueue selector",
    "doesn't match node affinity",
    "not found",
    "resources didn't satisfy LimitRange constraints",
    "resources validation failed",
    "terminating or missing",
    "unavailable in ClusterQueue",
    "untolerated taint",
)
_PODS = "couldn't assign flavors to pod set "


def queue_of(body: JsonObject) -> str:
    """Return the LocalQueue that an object waits in; empty when it names none."""
    return text_at(body, "metadata", "labels", QUEUE_LABEL)


def queued(live: JsonObject, said: str = "") -> Readiness:
    """Return that an object waits for its queue to admit it."""
    words = f'queued in "{queue_of(live)}"'
    return Readiness(
        reached=Goal.PRESENT, is_queued=True, message=f"{words}{said}" if said else words
    )


def is_waiting(workload: JsonObject) -> bool:
    """Return whether a Workload has still to be admitted."""
    return not is_true(workload, "Admitted") and not is_true(workload, "Finished")


def admission(
    live: JsonObject, workload: JsonObject, all_workloads: Iterable[JsonObject]
) -> Readiness:
    """Return how an object waits, as its Workload says; failed when waiting will not help.

    Args:
        all_workloads: Those of the namespace, among which it has its place.
    """
    queue = queue_of(live)
    if mapping_at(workload, "spec").get("active") is False:
        return failed(
            f'taken out of queue "{queue}": {explained(workload, "Evicted")}'.rstrip(": ")
        )
    if is_true(workload, _RESERVED):
        return queued(live, _checks(workload))
    reason = text_at(conditions_of(workload).get(_RESERVED, {}), "reason")
    message = text_at(conditions_of(workload).get(_RESERVED, {}), "message")
    if reason in _NEVER or (reason in _UNCLEAR and _is_impossible(message)):
        return failed(f'queue "{queue}" will never admit it: {message}')
    evicted = text_at(conditions_of(workload).get("Evicted", {}), "reason")
    again = f", evicted ({evicted})" if evicted else ""
    place = f" ({_place(workload, all_workloads)}){again}"
    return queued(live, f"{place}: {message}" if message else place)


def _is_impossible(message: str) -> bool:
    """Return whether one set of pods finds no place however long it waits."""
    return any(
        any(words in part for words in _IMPOSSIBLE) and not any(words in part for words in _FULL)
        for part in message.split(_PODS)
    )


def _checks(workload: JsonObject) -> str:
    waiting = [
        ": ".join(filter(None, (text_at(item, "name"), text_at(item, "message"))))
        for item in objects_at(workload, "status", "admissionChecks")
        if text_at(item, "state") != "Ready"
    ]
    return f", has its quota, waits for {'; '.join(waiting)}" if waiting else ", about to start"


def _place(workload: JsonObject, all_workloads: Iterable[JsonObject]) -> str:
    """Return the place among those of the same queue: the higher priority, then the older one."""
    queue = text_at(workload, "spec", "queueName")
    waiting = sorted(
        _rank(item)
        for item in all_workloads
        if text_at(item, "spec", "queueName") == queue
        and is_waiting(item)
        and not is_true(item, _RESERVED)
        and mapping_at(item, "spec").get("active") is not False
    )
    own = _rank(workload)
    return f"{waiting.index(own) + 1} of {len(waiting)}" if own in waiting else "its turn is near"


def _rank(workload: JsonObject) -> tuple[int, str, str]:
    priority = mapping_at(workload, "spec").get("priority")
    metadata = mapping_at(workload, "metadata")
    return (
        -priority if isinstance(priority, int) else 0,
        text_at(metadata, "creationTimestamp"),
        text_at(metadata, "name"),
    )
