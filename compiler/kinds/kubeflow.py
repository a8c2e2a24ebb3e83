"""Kubeflow's training operator and Katib."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    explained,
    failed,
    failure,
    is_true,
    number,
    pending,
    unknown,
)
from compiler.kinds.kind import RESOURCES, TRAINING_RUN, Kind, Life, alone, exists
from compiler.kinds.pod_template import PodTemplate, count_of, pods_at
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

GROUP = "kubeflow.org"
VERSION = f"{GROUP}/v1"


def kubeflow_job(live: JsonObject) -> Readiness:
    """Ready while it trains, completed when it succeeded.

    Source: JobStatus of the training operator 1.9, shared by TFJob, PyTorchJob, MPIJob and others.
    """
    if is_true(live, "Failed"):
        return failure(live, "Failed")
    if is_true(live, "Succeeded"):
        return COMPLETED
    if is_true(live, "Suspended"):
        return pending("suspended")
    if is_true(live, "Restarting"):
        return pending(explained(live, "Restarting"))
    if is_true(live, "Running"):
        return _training(live)
    return pending(
        "created" if is_true(live, "Created") else "not seen by the training operator yet"
    )


def _training(live: JsonObject) -> Readiness:
    """It trains when all replicas run: the condition is true as soon as one does."""
    wanted = sum(pods.count for pods in _replicas(live))
    running, done = _counted(live, "active"), _counted(live, "succeeded")
    words = f"{running} of {wanted} replicas run{f', {done} done' if done else ''}"
    if running + done < wanted:
        return pending(words)
    return Readiness(reached=Goal.READY, message=f"training: {words}" if wanted else "training")


def _counted(live: JsonObject, field: str) -> int:
    counts = mapping_at(live, "status", "replicaStatuses").values()
    return sum(number(mapping_at(each), field) for each in counts)


def _replicas(body: JsonObject) -> Iterator[PodTemplate]:
    """Yield the pods of each replica type: ``spec.tfReplicaSpecs.Worker``."""
    for field, replicas in mapping_at(body, "spec").items():
        if field.endswith("ReplicaSpecs"):
            for role, settings in mapping_at(replicas).items():
                yield PodTemplate(
                    path=f"spec.{field}.{role}.template.spec",
                    spec=mapping_at(settings, "template", "spec"),
                    count=count_of(mapping_at(settings).get("replicas")),
                    count_field=f"spec.{field}.{role}.replicas",
                    role=role,
                )


def _pod_labels(live: JsonObject) -> JsonObject:
    return {"training.kubeflow.org/job-name": text_at(live, "metadata", "name")}


def experiment(live: JsonObject) -> Readiness:
    """Ready while trials run; its conditions are named as those of the training jobs.

    Source: katib/pkg/apis/controller of 0.19.
    """
    state = kubeflow_job(live)
    if state.has_failed or state.reached is Goal.COMPLETED or not is_true(live, "Running"):
        return state
    done, running = (number(live, "status", key) for key in ("trialsSucceeded", "trialsRunning"))
    wanted = number(live, "spec", "maxTrialCount")
    of = f" of {wanted}" if wanted else ""
    return Readiness(reached=Goal.READY, message=f"{done}{of} trials have succeeded, {running} run")


def server(live: JsonObject) -> Readiness:
    """A Notebook or a Tensorboard is ready when its one pod is.

    One that idles is stopped by its controller; waiting would not start it again.
    """
    if _STOPPED in mapping_at(live, "metadata", "annotations"):
        return Readiness(reached=Goal.READY, message="stopped")
    if not mapping_at(live, "status"):
        return unknown("no status yet")
    if number(live, "status", "readyReplicas") >= 1:
        return READY
    for state, what in mapping_at(live, "status", "containerState").items():
        words = (text_at(what, "reason"), text_at(what, "message"))
        return pending(": ".join(filter(None, (state, *words))))
    return pending("its pod is not ready")


def profile(live: JsonObject) -> Readiness:
    """Its conditions have a type and a message, but no status: the last one counts.

    Source: components/profile-controller/api/v1 of Kubeflow 1.10.
    """
    conditions = objects_at(live, "status", "conditions")
    if not conditions:
        return unknown("no status yet")
    last = conditions[-1]
    if text_at(last, "type") == "Successful":
        return COMPLETED
    return failed(text_at(last, "message") or text_at(last, "type"))


_STOPPED = "kubeflow-resource-stopped"
_JOBS = "JAXJob MPIJob MXJob PaddleJob PyTorchJob TFJob XGBoostJob"

ROWS = (
    *(
        Kind(
            group=GROUP,
            kind=kind,
            life=Life.RUN,
            pods=_replicas,
            pod_labels=_pod_labels,
            readiness=alone(kubeflow_job),
            run=TRAINING_RUN,
            amounts=RESOURCES,
            suspend="spec.runPolicy.suspend",
            time_to_live="spec.runPolicy.ttlSecondsAfterFinished",
            success_event=f"{kind}Succeeded",
            regretted_as=VERSION,
        )
        for kind in _JOBS.split()
    ),
    Kind(group=GROUP, kind="Notebook", pods=pods_at("spec.template.spec"), readiness=alone(server)),
    Kind(group=GROUP, kind="Profile", is_cluster_scoped=True, readiness=alone(profile)),
    Kind(group="tensorboard.kubeflow.org", kind="Tensorboard", readiness=alone(server)),
    Kind(group=GROUP, kind="PodDefault", readiness=exists),
    Kind(
        group=GROUP,
        kind="Experiment",
        life=Life.RUN,
        readiness=alone(experiment),
        run="search",
        again="goes on with other limits",  # Katib takes no other change
    ),
    Kind(group=GROUP, kind="Trial", life=Life.RUN, readiness=alone(kubeflow_job)),
)
