"""Kubeflow's training operator and Katib."""

from collections.abc import Iterator

from compiler.kinds.conditions import COMPLETED, explained, failure, is_true, pending
from compiler.kinds.kind import Kind, Life, alone
from compiler.kinds.pod_template import PodTemplate, count_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.outcome import Readiness

GROUP = "kubeflow.org"
VERSION = f"{GROUP}/v1"


def kubeflow_job(live: JsonObject) -> Readiness:
    """Ready while it trains, completed when it succeeded.

    Source: JobStatus of the training operator 1.9, shared by TFJob, PyTorchJob, MPIJob and others.
    Katib's conditions have the same names.
    """
    if is_true(live, "Failed"):
        return failure(live, "Failed")
    if is_true(live, "Succeeded"):
        return COMPLETED
    if is_true(live, "Suspended"):
        is_asked_for = mapping_at(live, "spec", "runPolicy").get("suspend") is True
        return Readiness(reached=Goal.READY) if is_asked_for else pending("suspended")
    if is_true(live, "Restarting"):
        return pending(explained(live, "Restarting"))
    if is_true(live, "Running"):
        return Readiness(reached=Goal.READY, message="training")
    return pending(
        "created" if is_true(live, "Created") else "not seen by the training operator yet"
    )


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
            is_training=True,
            time_to_live="spec.runPolicy.ttlSecondsAfterFinished",
            success_event=f"{kind}Succeeded",
            regretted_as=VERSION,
        )
        for kind in _JOBS.split()
    ),
    *(
        Kind(group=GROUP, kind=kind, life=Life.RUN, readiness=alone(kubeflow_job))
        for kind in ("Experiment", "Trial")
    ),
)
