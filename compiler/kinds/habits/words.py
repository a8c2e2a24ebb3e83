"""What the words mean that controllers write into a status."""

import enum
import re

from compiler.model.json import JsonObject
from compiler.model.manifest import text_at

# Words of phases and states, as `word_of` gives them.
DONE = {"completed", "complete", "succeeded", "success", "successful", "finished", "done"}
GOOD = {
    "accepted",
    "active",
    "applied",
    "atlatestknown",
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
    "operational",
    "provisioned",
    "ready",
    "reconciled",
    "resolved",
    "stable",
    "synced",
    "uptodate",
    "valid",
}
RESTS = {"hibernated", "paused"}  # nobody can wait for that to end; queues suspend
RUNNING = {"running", "started"}
BAD = {
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

# Only of parts: a whole with such a word may be on its way, in unknown words.
BAD_PART = {"health_err", "health_warn"}
BAD_PART_STARTS = ("error", "fail")
BAD_PART_ENDS = ("failed",)
PENDING_PART_ENDS = (
    "creating",
    "deleting",
    "deploying",
    "expanding",
    "initializing",
    "not_ready",
    "notready",
    "outofsync",
    "pending",
    "progressing",
    "provisioning",
    "reconciling",
    "restarting",
    "scaling",
    "terminating",
    "updating",
    "upgrading",
    "waiting",
    "warning",
)

_GOOD_PHRASE = re.compile(r".* (is|in) (a )?(healthy|ready)( state)?")


def word_of(phase: str, live: JsonObject) -> str:
    """Return a phase as one of the words above: ``ClusterRunning`` of a KafkaCluster runs."""
    if _GOOD_PHRASE.fullmatch(phase.lower()) and " not " not in phase.lower():
        return "healthy"
    word = phase.lower().replace("-", "_").replace(" ", "_")
    kind = text_at(live, "kind").lower()
    is_own = (length for length in range(3, len(word)) if kind.endswith(word[:length]))
    return word[max(is_own, default=0) :]


class Sort(enum.Enum):
    """What it means that a condition is true."""

    END = enum.auto()
    STANDS = enum.auto()
    ON_THE_WAY = enum.auto()
    WRONG = enum.auto()
    RUNNING = enum.auto()
    HAS_ENDED = enum.auto()
    NO_NEWS = enum.auto()


_CONDITIONS = {
    Sort.WRONG: {
        "Conflicted",
        "Degraded",
        "Denied",
        "Error",
        "ErrorOccurred",
        "Errored",
        "Failed",
        "Failure",
        "Invalid",
        "Stalled",
        "Unhealthy",
    },
    Sort.END: {"Complete", "Completed", "Finished", "Succeeded"},
    Sort.ON_THE_WAY: {
        "Creating",
        "Disrupting",
        "InProgress",
        "Paused",
        "Pending",
        "Progressing",
        "Reconciling",
        "Terminating",
        "Updating",
    },
    Sort.STANDS: {
        "Accepted",
        "Admitted",
        "Applied",
        "Available",
        "Compliant",
        "Deployed",
        "Discoverable",
        "Established",
        "Healthy",
        "Installed",
        "Programmed",
        "Provisioned",
        "Ready",
        "Reconciled",
        "ResolvedRefs",
        "Scheduled",
        "Synced",
        "Synchronized",
        "UpToDate",
        "Valid",
    },
    Sort.RUNNING: {"Running"},
}
_EXACT = {"Compliant"}  # SubscriptionCompliant says nothing of the rest of a policy
_NEGATIONS = ("Invalid", "Not", "Partially", "Un")


def sort_of(condition: str) -> Sort:
    """Return what a condition is about; ``InstallReady`` is about the same as ``Ready``."""
    for sort, words in _CONDITIONS.items():
        if condition in words:
            return sort
    if condition.startswith(_NEGATIONS) or _ends(condition, Sort.WRONG):
        return Sort.WRONG
    if _ends(condition, Sort.ON_THE_WAY):
        return Sort.ON_THE_WAY
    is_about_a_part = _ends(condition, Sort.STANDS) or _ends(condition, Sort.END)
    return Sort.STANDS if is_about_a_part else Sort.NO_NEWS


def _ends(condition: str, sort: Sort) -> bool:
    return condition.endswith(tuple(_CONDITIONS[sort] - _EXACT))
