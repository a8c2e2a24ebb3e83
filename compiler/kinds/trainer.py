"""Kubeflow's trainer, version 2."""

from collections.abc import Iterator

from compiler.kinds.immutable import below
from compiler.kinds.jobset import pod_labels, set_of_jobs
from compiler.kinds.kind import RESOURCES, TRAINING_RUN, Kind, Life, Reference, exists
from compiler.kinds.pod_template import PodTemplate, count_of
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at

GROUP = "trainer.kubeflow.org"
_METRICS = 3  # a run may report hundreds
_SEALED = ("activeDeadlineSeconds", "initializer", "managedBy", "runtimeRef", "trainer")
_RUNTIME = "ClusterTrainingRuntime"


def _runtime(manifest: Manifest) -> Iterator[Reference]:
    runtime = mapping_at(manifest.body, "spec", "runtimeRef")
    group, kind = text_at(runtime, "apiGroup") or GROUP, text_at(runtime, "kind") or _RUNTIME
    namespace = "" if kind == _RUNTIME else manifest.ref.namespace
    yield Reference(ObjectRef(group, kind, namespace, text_at(runtime, "name")), "spec.runtimeRef")


def _pods(body: JsonObject) -> Iterator[PodTemplate]:
    """Yield the nodes that train; their runtime has the rest of the pod."""
    trainer = mapping_at(body, "spec", "trainer")
    if trainer:
        resources = mapping_at(trainer, "resourcesPerNode")
        node: JsonObject = {**trainer, "name": "trainer", "resources": resources}
        yield PodTemplate(
            path="spec.trainer",
            spec={"containers": [node]},
            count=count_of(trainer.get("numNodes")),
            count_field="spec.trainer.numNodes",
            role="trainer",
            places={0: "spec.trainer"},
            resources="resourcesPerNode",
        )


def progress(live: JsonObject) -> str:
    """Return what the program reports of itself: percentage, time left, a few metrics."""
    status = mapping_at(live, "status", "trainerStatus")
    percentage, left_s = status.get("progressPercentage"), status.get("estimatedRemainingSeconds")
    metrics = objects_at(status, "metrics")[:_METRICS]
    words = [f"{percentage} %"] if isinstance(percentage, int) else []
    words += [f"about {_duration(left_s)} left"] if isinstance(left_s, int) else []
    words += [f"{text_at(item, 'name')} {text_at(item, 'value')}" for item in metrics]
    return ", ".join(words)


def _duration(seconds: int) -> str:
    """Return a time as people say it, in its two largest units."""
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


# Source: trainer/pkg/apis/trainer/v1alpha1 of version 2.3. A TrainJob becomes a JobSet of its name.
ROWS = (
    Kind(
        group=GROUP,
        kind="TrainJob",
        life=Life.RUN,
        pods=_pods,
        pod_labels=pod_labels,
        references=_runtime,
        readiness=set_of_jobs(done="Complete", jobs="jobsStatus", progress=progress),
        run=TRAINING_RUN,
        amounts=RESOURCES,
        immutable=below(*(f"spec.{field}" for field in _SEALED)),
        suspend="spec.suspend",
        regretted_as=f"{GROUP}/v1alpha1",
    ),
    Kind(group=GROUP, kind=_RUNTIME, is_cluster_scoped=True, readiness=exists, amounts=RESOURCES),
    Kind(group=GROUP, kind="TrainingRuntime", readiness=exists, amounts=RESOURCES),
)
