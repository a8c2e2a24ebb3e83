"""What is believed of a kind without a row of its own: common habits of custom resources."""

from typing import Protocol

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    RUNNING,
    conditions_of,
    explained,
    failed,
    failure,
    is_true,
    pending,
)
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import group_of, mapping_at, text_at
from compiler.model.outcome import Readiness

# Words of status.phase and status.state, in lower case: it is done or stands, it goes on, it will
# not get better.
_DONE = {"ready", "succeeded", "completed", "available", "healthy", "bound"}
_RUNNING = {"running", "active"}
_BROKEN = {"failed", "error", "aborted", "rejected"}
_ENDS = ("Succeeded", "Complete", "Completed")
_STANDS = ("Ready", "Available", "Healthy")
# The groups with a dot in the OpenAPI documents of all Kubernetes versions that kuplet has. Others
# end in .k8s.io too, and are those of custom resources: Gateway API, snapshots of volumes.
_BUILT_IN = frozenset(
    f"{name}.k8s.io"
    for name in (
        *("admission", "admissionregistration", "apiextensions", "apiregistration"),
        *("authentication", "authorization", "rbac.authorization", "certificates"),
        *("coordination", "discovery", "events", "flowcontrol.apiserver", "imagepolicy"),
        *("internal.apiserver", "lifecycle", "networking", "node", "resource", "scheduling"),
        *("storage", "storagemigration"),
    )
)
PATIENCE_S = 30.0  # some kinds have a status that no controller ever writes, or no verdict in it


class Surroundings(Protocol):
    """What a rule may ask about the cluster around an object."""

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return another object, or ``None`` when it does not exist."""

    def has_status(self, api_version: str, kind: str) -> bool:
        """Return whether objects of this kind have a status that a controller writes."""


def is_built_in(group: str) -> bool:
    """Return whether a group is one of Kubernetes' own: definitions of others need a dot."""
    return "." not in group or group in _BUILT_IN


def by_habit(live: JsonObject, around: Surroundings) -> Readiness:
    """Kubernetes' own kinds, and custom resources without status, are done when they exist."""
    api_version, kind = text_at(live, "apiVersion"), text_at(live, "kind")
    if is_built_in(group_of(api_version)) or not around.has_status(api_version, kind):
        return COMPLETED
    return custom_resource(live)


def custom_resource(live: JsonObject) -> Readiness:
    """Ready by condition or phase; a status that says neither is no verdict, and never the end."""
    status = mapping_at(live, "status")
    if not status:
        return _unknown("no status yet")
    for name in ("Failed", "Stalled"):
        if is_true(live, name):
            return failure(live, name)
    return _by_condition(live) or _by_phase(status) or _unknown("no verdict in its status yet")


def _unknown(message: str) -> Readiness:
    return Readiness(reached=Goal.PRESENT, message=message, patience_s=PATIENCE_S)


def _by_condition(live: JsonObject) -> Readiness | None:
    """Return what the conditions say; whatever has an end is not completed before it."""
    known = conditions_of(live)
    ends = [name for name in _ENDS if name in known]
    stands = [name for name in _STANDS if name in known]
    if any(is_true(live, name) for name in ends):
        return COMPLETED
    if stands and is_true(live, stands[0]):
        return READY if ends else COMPLETED
    if not stands and is_true(live, "Running"):
        return RUNNING
    untrue = [*stands, *ends, *(["Running"] if "Running" in known else [])]
    return pending(explained(live, untrue[0]) or f"not {untrue[0]}") if untrue else None


def _by_phase(status: JsonObject) -> Readiness | None:
    phase = (text_at(status, "phase") or text_at(status, "state")).lower()
    if phase in _BROKEN:
        return failed(text_at(status, "message") or f"phase {phase}")
    if phase in _RUNNING:
        return RUNNING
    if phase in _DONE:
        return COMPLETED
    return pending(f"phase {phase}") if phase else None
