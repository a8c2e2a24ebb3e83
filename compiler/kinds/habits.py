"""Reads what a custom resource says of itself, where no row knows its kind.

The rules are kstatus' (Stalled, Reconciling, observedGeneration), and habits that most controllers
share. One good word proves nothing while another part of the status says otherwise, so each part is
heard, and the worst one counts.

Source: https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus
"""

import enum
import re
from collections.abc import Iterator

from compiler.kinds.conditions import COMPLETED, READY, STALE, failed, is_stale, pending, unknown
from compiler.model.app import Goal
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.outcome import Readiness

_FAILURES = ("Aborted", "DeadlineExceeded", "Error", "Failed")  # how reasons end
_HALF = {"Synced"}  # the controller has done its part, the thing itself may not be there
_NEGATIONS = ("Invalid", "Not", "Partially", "Un")
_PAST = ("history", "previous", "last", "timestamps")
_PART_WORDS = {
    "creating",
    "initializing",
    "notready",
    "pending",
    "progressing",
    "provisioning",
    "updating",
}
_FLAGS = {"available", "healthy", "ready", "readytouse"}
_FIELD_ENDS = ("compliant", "health", "phase", "state", "status", "stage")
_BAD_STARTS = ("error", "fail")
_PART_BAD_WORDS = {"health_err", "health_warn"}
_SHARE = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")
_ARRIVED = ("available", "complete", "success", "succeeded")  # how reasons of "Progressing" end

# Words of a phase, in lower case.
_FIELDS = ("phase", "state", "status", "health", "healthStatus", "currentState", "currentStatus")
_DONE_WORDS = {"completed", "complete", "succeeded", "success", "successful", "finished", "done"}
_GOOD_WORDS = {
    "accepted",
    "active",
    "applied",
    "available",
    "bound",
    "compliant",
    "connected",
    "created",
    "deployed",
    "enabled",
    "established",
    "exists",
    "green",
    "healthy",
    "initialized",
    "installed",
    "normal",
    "ok",
    "online",
    "provisioned",
    "ready",
    "reconciled",
    "resolved",
    "stable",
    "synced",
    "valid",
}
_RUNNING_WORDS = {"running", "started"}
_BAD_WORDS = {
    "aborted",
    "broken",
    "canceled",
    "cancelled",
    "crashed",
    "degraded",
    "error",
    "errored",
    "failed",
    "failure",
    "fatal",
    "invalid",
    "lost",
    "noncompliant",
    "red",
    "rejected",
    "stalled",
    "timeout",
    "unhealthy",
    "unschedulable",
}
_RUN_NAMES = ("Backup", "Build", "Experiment", "Job", "Restore", "Run", "Task", "Workflow")
_ERRORS = ("error", "errorMessage", "failureMessage", "failureReason", "lastError")
_COUNTS = {
    "replicas": (
        "availableReplicas",
        "readyReplicas",
        "updatedAvailableReplicas",
        "updatedReadyReplicas",
        "updatedReplicas",
    ),
    "desiredNumberScheduled": ("numberAvailable", "numberReady", "updatedNumberScheduled"),
    "expectedMachines": ("currentHealthy",),
}


def verdict(live: JsonObject) -> Readiness:
    """Return how far a custom resource has come by what its status says.

    A status that says nothing is no verdict, and never the end.
    """
    status = mapping_at(live, "status")
    if not status:
        return unknown("no status yet")
    if is_stale(live):
        return pending(STALE)
    whole = [
        *_of_conditions(live),
        *_of_phases(live, status),
        *_of_errors(status),
        *_of_counts(live, status),
    ]
    parts = [*_of_parts(live, status)]
    # A part may speak against the whole; for it, or in unknown words, only where that is silent.
    against = [part for part in parts if part.reached < Goal.READY and part.patience_s is None]
    heard = [*whole, *against] if whole else parts
    if not heard:
        return unknown("no verdict in its status yet")
    least = min(heard, key=lambda state: (not state.has_failed, state.reached))
    return READY if least.reached is Goal.COMPLETED and _has_open_end(live) else least


def _has_open_end(live: JsonObject) -> bool:
    """Return whether it says that it will end, and has not."""
    ends = {text_at(item, "status") for item in _conditions(live) if _sort(item) is _Sort.END}
    return bool(ends) and "True" not in ends


class _Sort(enum.Enum):
    """What it means that a condition is true."""

    END = enum.auto()
    STANDS = enum.auto()
    ON_THE_WAY = enum.auto()
    WRONG = enum.auto()
    RUNNING = enum.auto()
    HAS_ENDED = enum.auto()
    NO_NEWS = enum.auto()


_WORDS_OF_CONDITIONS = {
    _Sort.WRONG: {
        "Conflicted",
        "Degraded",
        "Denied",
        "Error",
        "Errored",
        "Failed",
        "Failure",
        "Invalid",
        "Stalled",
        "Unhealthy",
    },
    _Sort.END: {"Complete", "Completed", "Finished", "Succeeded"},
    _Sort.ON_THE_WAY: {
        "Creating",
        "Pending",
        "Progressing",
        "Reconciling",
        "Terminating",
        "Updating",
    },
    _Sort.STANDS: {
        "Accepted",
        "Admitted",
        "Discoverable",
        "Synchronized",
        "Available",
        "Deployed",
        "Established",
        "Healthy",
        "Installed",
        "Programmed",
        "Provisioned",
        "Ready",
        "Reconciled",
        "Applied",
        "ResolvedRefs",
        "Scheduled",
        "Synced",
        "Valid",
    },
    _Sort.RUNNING: {"Running"},
}


def _sort(condition: JsonObject) -> _Sort:
    """Return what a condition is about; ``InstallReady`` is about the same as ``Ready``."""
    name = text_at(condition, "type")
    for sort, words in _WORDS_OF_CONDITIONS.items():
        if name in words:
            return sort
    if name.startswith(_NEGATIONS):
        return _Sort.WRONG
    if name.endswith(tuple(_WORDS_OF_CONDITIONS[_Sort.WRONG])):
        return _Sort.WRONG
    stands = _WORDS_OF_CONDITIONS[_Sort.STANDS] | _WORDS_OF_CONDITIONS[_Sort.END]
    return _Sort.STANDS if name.endswith(tuple(stands)) else _Sort.NO_NEWS


def _conditions(live: JsonObject) -> list[JsonObject]:
    return objects_at(live, "status", "conditions")


def _of_conditions(live: JsonObject) -> Iterator[Readiness]:
    sorts = {_sort(item) for item in _conditions(live)}
    if any(_sort(item) is _Sort.END and _is_true(item) for item in _conditions(live)):
        sorts.add(_Sort.HAS_ENDED)
    for item in _conditions(live):
        match _sort(item):
            case _Sort.WRONG if _is_true(item):
                yield failed(_words(item))
            case _Sort.END | _Sort.STANDS:
                yield from _of_goal(live, item, sorts)
            case _Sort.ON_THE_WAY:
                yield from _of_way(item)
            case _Sort.RUNNING if _is_true(item):
                yield from _of_running(live, item, sorts)
            case _:
                pass


def _of_goal(live: JsonObject, item: JsonObject, sorts: set[_Sort]) -> Iterator[Readiness]:
    """Yield what a condition says that is to become true, and is all there is to it then."""
    if _is_true(item):
        if text_at(item, "reason").endswith(_FAILURES):
            yield failed(_words(item))
        elif text_at(item, "type") not in _HALF or not _is_claimed(live):
            yield COMPLETED
        return
    others = {_Sort.STANDS, _Sort.RUNNING} if _sort(item) is _Sort.END else {_Sort.HAS_ENDED}
    if not sorts & others:
        yield pending(_words(item))


def _of_way(item: JsonObject) -> Iterator[Readiness]:
    reason = text_at(item, "reason")
    if reason.endswith(_FAILURES):
        yield failed(_words(item))
    elif text_at(item, "status") != "False" and not reason.lower().endswith(_ARRIVED):
        yield pending(_words(item))


def _of_running(live: JsonObject, item: JsonObject, sorts: set[_Sort]) -> Iterator[Readiness]:
    if text_at(item, "reason") == text_at(item, "type"):  # what runs is the reconciliation
        yield pending(_words(item))
    elif not sorts & {_Sort.STANDS, _Sort.HAS_ENDED}:
        yield _running(live)


def _is_true(item: JsonObject) -> bool:
    return text_at(item, "status") == "True"


def _words(item: JsonObject) -> str:
    said = (text_at(item, "reason"), text_at(item, "message"))
    return ": ".join(filter(None, said)) or f"not {text_at(item, 'type')}"


def _is_claimed(live: JsonObject) -> bool:
    """Return whether it stands for something outside, as Crossplane's resources do."""
    group = text_at(live, "apiVersion").partition("/")[0]
    return group.endswith((".crossplane.io", ".upbound.io"))


def _of_phases(live: JsonObject, status: JsonObject) -> Iterator[Readiness]:
    for field in _FIELDS:
        phase = status.get(field)
        if not isinstance(phase, str) or not phase:
            continue
        word = _word(phase)
        if word in _BAD_WORDS:
            yield failed(text_at(status, "message") or f"{field} {phase}")
        elif word in _DONE_WORDS or word in _GOOD_WORDS:
            yield COMPLETED
        elif word in _RUNNING_WORDS:
            yield _running(live)
        else:
            yield pending(f"{field} {phase}")


def _word(phase: str) -> str:
    return phase.lower().replace("-", "_").replace(" ", "_")


def _of_parts(live: JsonObject, value: JsonValue, place: str = "") -> Iterator[Readiness]:
    """Yield what parts of a status say; what is past is no news."""
    if isinstance(value, list):
        for item in value:
            yield from _of_parts(live, item, place)
    if not isinstance(value, dict):
        return
    if place and "conditions" in value:
        metadata, status = live.get("metadata"), {"conditions": value["conditions"]}
        part: JsonObject = {"kind": live.get("kind"), "metadata": metadata, "status": status}
        if is_stale(part):
            yield pending(f"{place}: {STALE}")
        yield from _of_conditions(part)
    for key, item in value.items():
        if key == "conditions" or any(word in key.lower() for word in _PAST):
            continue
        if isinstance(item, list | dict):
            yield from _of_parts(live, item, f"{place}.{key}" if place else key)
        elif place or key not in _FIELDS:
            words = f"{place}: {key} {item}" if place else f"{key} {item}"
            yield from _of_part(live, key, item, words)


def _of_part(live: JsonObject, key: str, value: JsonValue, words: str) -> Iterator[Readiness]:
    name = key.lower()
    if isinstance(value, bool) and name in _FLAGS:
        yield READY if value else pending(words)
    share = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if share and "ready" in name and int(share[1]) < int(share[2]):
        yield pending(words)
    if not isinstance(value, str) or not name.endswith(_FIELD_ENDS):
        return
    word = _word(value)
    if word in _BAD_WORDS | _PART_BAD_WORDS or word.startswith(_BAD_STARTS):
        yield failed(words)
    elif word in _PART_WORDS:
        yield pending(words)
    elif word in _RUNNING_WORDS:
        yield _running(live)
    else:
        yield READY if word in _DONE_WORDS | _GOOD_WORDS else unknown(words)


def _running(live: JsonObject) -> Readiness:
    """A thing that stands is there when it runs; a run is only on its way."""
    is_run = text_at(live, "kind").endswith(_RUN_NAMES)
    return pending("running") if is_run else Readiness(reached=Goal.READY, message="running")


def _of_errors(status: JsonObject) -> Iterator[Readiness]:
    for field in _ERRORS:
        if text_at(status, field):
            yield failed(text_at(status, field))


def _of_counts(live: JsonObject, status: JsonObject) -> Iterator[Readiness]:
    """Yield what the counts say of a kind that scales."""
    spec = mapping_at(live, "spec")
    for wanted_field, fields in _COUNTS.items():
        wanted = _count(spec.get(wanted_field))
        wanted = _count(status.get(wanted_field)) if wanted is None else wanted
        known = {name: count for name in fields if (count := _count(status.get(name))) is not None}
        if wanted is None or not known:
            continue
        few = {name: count for name, count in known.items() if count < wanted}
        if few:
            yield pending(", ".join(f"{count} of {wanted} {name}" for name, count in few.items()))
        else:
            yield READY


def _count(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
