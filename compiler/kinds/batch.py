"""Runs of other systems: Argo's workflows, Spark's applications, Volcano's jobs."""

from collections.abc import Mapping

from compiler.kinds.conditions import COMPLETED, RUNNING, failed, pending
from compiler.kinds.kind import Kind, Life, Rule, alone
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.outcome import Readiness

_UNSEEN = "not seen by its controller yet"


def by_phase(path: str, phases: Mapping[str, Readiness], *, reason: str = "message") -> Rule:
    """Return the rule of a kind whose status names its phase; other phases are on the way.

    Args:
        path: Where the phase stands, below ``status``.
        reason: The field beside it that says why.
    """
    *place, name = path.split(".")

    def rule(live: JsonObject) -> Readiness:
        status = mapping_at(live, "status", *place)
        phase = text_at(status, name)
        state = phases.get(phase)
        if state is None:
            return pending(phase.lower() or _UNSEEN)
        words = text_at(status, reason)
        if state.has_failed:
            return failed(": ".join(filter(None, (phase, words))))
        return state

    return alone(rule)


_BROKEN = Readiness(reached=Goal.PRESENT, has_failed=True)

# Sources: argo-workflows/pkg/apis/workflow/v1alpha1 of 3.7, spark-operator/api/v1beta2 of 2.3,
# volcano.sh/apis/pkg/apis/batch/v1alpha1 of 1.13.
ROWS = (
    Kind(
        group="argoproj.io",
        kind="Workflow",
        life=Life.RUN,
        # As a Job: it has no other use than being done.
        readiness=by_phase("phase", {"Succeeded": COMPLETED, "Failed": _BROKEN, "Error": _BROKEN}),
    ),
    Kind(
        group="sparkoperator.k8s.io",
        kind="SparkApplication",
        life=Life.RUN,
        readiness=by_phase(
            "applicationState.state",
            {
                "COMPLETED": COMPLETED,
                "RUNNING": RUNNING,
                "FAILED": _BROKEN,
                "SUBMISSION_FAILED": pending("submission failed"),  # it may be tried again
            },
            reason="errorMessage",
        ),
    ),
    Kind(
        group="batch.volcano.sh",
        kind="Job",
        life=Life.RUN,
        readiness=by_phase(
            "state.phase",
            {
                "Completed": COMPLETED,
                "Running": RUNNING,
                "Failed": _BROKEN,
                "Aborted": _BROKEN,
                "Terminated": _BROKEN,
            },
        ),
    ),
)
