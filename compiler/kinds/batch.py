"""Runs of other systems: Argo's workflows, Spark's applications, Volcano's jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from compiler.kinds.conditions import (
    COMPLETED,
    RUNNING,
    failed,
    failure,
    is_true,
    number,
    pending,
)
from compiler.kinds.custom import Surroundings
from compiler.kinds.kind import TRAINING_RUN, Kind, Life, Progress, Rule, alone, exists, no_words
from compiler.kinds.pod_template import PodTemplate, count_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

_BROKEN = Readiness(reached=Goal.PRESENT, has_failed=True)
_DYNAMIC = ("spark.dynamicAllocation.enabled", "spark.streaming.dynamicAllocation.enabled")
_UNSEEN = "not seen by its controller yet"


def by_phase(
    path: str,
    phases: Mapping[str, Readiness],
    *,
    reason: str = "message",
    progress: Progress = no_words,
) -> Rule:
    """Return the rule of a kind whose status names its phase; other phases are on the way.

    Args:
        path: Where the phase stands, below ``status``.
        reason: The field beside it that says why.
        progress: Says how far the work is.
    """
    *place, name = path.split(".")

    def rule(live: JsonObject) -> Readiness:
        status = mapping_at(live, "status", *place)
        phase = text_at(status, name)
        state = phases.get(phase)
        if state is None:
            return pending(_joined(phase.lower() or _UNSEEN, progress(live)))
        if state.has_failed:
            return failed(_joined(phase, text_at(status, reason)))
        if state.reached is Goal.COMPLETED:
            return state
        return replace(state, message=_joined(state.message, progress(live)))

    return alone(rule)


def _joined(*words: str) -> str:
    return ": ".join(filter(None, words))


def _steps(live: JsonObject) -> str:
    done, _, all_steps = text_at(live, "status", "progress").partition("/")
    return f"{done} of {all_steps} steps are done" if all_steps else ""


def _tasks(live: JsonObject) -> str:
    tasks = objects_at(live, "spec", "tasks")
    wanted = sum(number(task, "replicas", default=1) for task in tasks)
    return f"{number(live, 'status', 'running')} of {wanted} pods run" if wanted else ""


def _volcano_labels(live: JsonObject) -> JsonObject:
    return {"volcano.sh/job-name": text_at(live, "metadata", "name")}


def _volcano_pods(body: JsonObject) -> Iterator[PodTemplate]:
    for index, task in enumerate(objects_at(body, "spec", "tasks")):
        path = f"spec.tasks[{text_at(task, 'name') or index}]"
        yield PodTemplate(
            path=f"{path}.template.spec",
            spec=mapping_at(task, "template", "spec"),
            count=count_of(task.get("replicas")),
            count_field=f"{path}.replicas",
            role=text_at(task, "name"),
        )


def _executors(live: JsonObject) -> tuple[int, int]:
    """Return how many executors run or have run, and how many are asked for."""
    states = mapping_at(live, "status", "executorState").values()
    settings = mapping_at(live, "spec", "sparkConf")
    is_dynamic = mapping_at(live, "spec", "dynamicAllocation").get("enabled") is True
    is_dynamic |= any(text_at(settings, key) == "true" for key in _DYNAMIC)
    wanted = 0 if is_dynamic else number(live, "spec", "executor", "instances")
    return sum(state in {"RUNNING", "COMPLETED"} for state in states), wanted


def _executor_words(live: JsonObject) -> str:
    running, wanted = _executors(live)
    return f"{running} of {wanted} executors run" if wanted else f"{running} executors run"


_SPARK = by_phase(
    "applicationState.state",
    {
        "COMPLETED": COMPLETED,
        "RUNNING": RUNNING,
        "FAILED": _BROKEN,
        "SUBMISSION_FAILED": pending("submission failed"),  # it may be tried again
    },
    reason="errorMessage",
    progress=_executor_words,
)


def spark_application(live: JsonObject, around: Surroundings) -> Readiness:
    """Ready when its driver and all executors run: the state speaks of the driver alone."""
    state = _SPARK(live, around)
    running, wanted = _executors(live)
    is_short = state.reached is Goal.READY and running < wanted
    return pending(state.message) if is_short else state


def cron_workflow(live: JsonObject) -> Readiness:
    """Ready as soon as it exists, unless its controller cannot make anything of it."""
    for trouble in ("SpecError", "SubmissionError"):
        if is_true(live, trouble):
            return failure(live, trouble)
    return COMPLETED


# Sources: argo-workflows/pkg/apis/workflow/v1alpha1 of 3.7, spark-operator/api/v1beta2 of 2.3,
# volcano.sh/apis/pkg/apis/batch/v1alpha1 of 1.13.
ROWS = (
    Kind(
        group="argoproj.io",
        kind="Workflow",
        life=Life.RUN,
        run="run",
        is_ready_when_over=True,  # as a Job: it has no other use than being done
        readiness=by_phase(
            "phase",
            {"Succeeded": COMPLETED, "Failed": _BROKEN, "Error": _BROKEN},
            progress=_steps,
        ),
    ),
    Kind(group="argoproj.io", kind="CronWorkflow", readiness=alone(cron_workflow)),
    *(
        Kind(
            group="argoproj.io",
            kind=kind,
            is_cluster_scoped=kind.startswith("Cluster"),
            readiness=exists,
        )
        for kind in ("ClusterWorkflowTemplate", "WorkflowTemplate")
    ),
    Kind(
        group="sparkoperator.k8s.io",
        kind="SparkApplication",
        life=Life.RUN,
        run="run",
        again="is submitted again",
        suspend="spec.suspend",
        readiness=spark_application,
    ),
    Kind(
        group="batch.volcano.sh",
        kind="Job",
        life=Life.RUN,
        pods=_volcano_pods,
        pod_labels=_volcano_labels,
        run=TRAINING_RUN,
        readiness=by_phase(
            "state.phase",
            {
                "Completed": COMPLETED,
                "Running": RUNNING,
                "Failed": _BROKEN,
                "Aborted": _BROKEN,
                "Terminated": _BROKEN,
            },
            progress=_tasks,
        ),
    ),
)
