"""What is believed of a kind without a row of its own: common habits of custom resources."""

from typing import Protocol

from compiler.kinds.conditions import COMPLETED, conditions_of, explained, failed, is_true, pending
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import group_of, mapping_at, text_at
from compiler.model.outcome import Readiness

# Words for "done" and "it will not get better" in status.phase and status.state, in lower case.
_DONE = {"ready", "succeeded", "completed", "available", "running", "active", "healthy", "bound"}
_BROKEN = {"failed", "error", "aborted", "rejected"}
PATIENCE_S = 30.0  # some kinds have a status that no controller ever writes
_CONDITIONS = ("Ready", "Available", "Succeeded", "Complete", "Completed", "Healthy", "Running")


class Surroundings(Protocol):
    """What a rule may ask about the cluster around an object."""

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return another object, or ``None`` when it does not exist."""

    def has_status(self, api_version: str, kind: str) -> bool:
        """Return whether objects of this kind have a status that a controller writes."""


def is_built_in(group: str) -> bool:
    """Return whether a group is one of Kubernetes' own: theirs have no dot, or end like this."""
    return "." not in group or group.endswith(".k8s.io")


def by_habit(live: JsonObject, around: Surroundings) -> Readiness:
    """Kubernetes' own kinds, and custom resources without status, are done when they exist."""
    api_version, kind = text_at(live, "apiVersion"), text_at(live, "kind")
    if is_built_in(group_of(api_version)) or not around.has_status(api_version, kind):
        return COMPLETED
    return custom_resource(live)


def custom_resource(live: JsonObject) -> Readiness:
    """Ready by condition or phase; a resource without any status is not ready yet."""
    status = mapping_at(live, "status")
    if not status:
        return Readiness(reached=Goal.PRESENT, message="no status yet", patience_s=PATIENCE_S)
    if is_true(live, "Stalled"):
        return failed(explained(live, "Stalled"))
    known = conditions_of(live)
    for name in _CONDITIONS:
        if name in known:
            return (
                COMPLETED
                if is_true(live, name)
                else pending(explained(live, name) or f"not {name}")
            )
    phase = (text_at(status, "phase") or text_at(status, "state")).lower()
    if phase in _BROKEN:
        return failed(text_at(status, "message") or f"phase {phase}")
    return COMPLETED if not phase or phase in _DONE else pending(f"phase {phase}")
