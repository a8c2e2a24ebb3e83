"""Custom resources: Kubeflow's training jobs by their conditions, all others by common habits."""

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    conditions_of,
    explained,
    failed,
    is_true,
    pending,
)
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.outcome import Readiness

# Words for "done" and "it will not get better" in status.phase and status.state, in lower case.
_DONE = {"ready", "succeeded", "completed", "available", "running", "active", "healthy", "bound"}
_BROKEN = {"failed", "error", "aborted", "rejected"}
PATIENCE_S = 30.0  # some kinds have a status that no controller ever writes
_CONDITIONS = ("Ready", "Available", "Succeeded", "Complete", "Completed", "Healthy", "Running")


def kubeflow_job(live: JsonObject) -> Readiness:
    """Ready while it trains, completed when it succeeded.

    Source: JobStatus of the training operator 1.9, shared by TFJob, PyTorchJob, MPIJob and others.
    """
    if is_true(live, "Failed"):
        return failed(explained(live, "Failed"))
    if is_true(live, "Succeeded"):
        return COMPLETED
    if is_true(live, "Suspended"):
        is_asked_for = mapping_at(live, "spec", "runPolicy").get("suspend") is True
        return READY if is_asked_for else pending("suspended")
    if is_true(live, "Restarting"):
        return pending(explained(live, "Restarting"))
    if is_true(live, "Running"):
        return Readiness(reached=Goal.READY, message="training")
    return pending(
        "created" if is_true(live, "Created") else "not seen by the training operator yet"
    )


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
