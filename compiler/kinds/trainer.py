"""Kubeflow's trainer, version 2."""

from collections.abc import Iterator

from compiler.kinds.jobset import pod_labels, set_of_jobs
from compiler.kinds.kind import Kind, Life, Reference
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, text_at

GROUP = "trainer.kubeflow.org"
_RUNTIME = "ClusterTrainingRuntime"


def _runtime(manifest: Manifest) -> Iterator[Reference]:
    runtime = mapping_at(manifest.body, "spec", "runtimeRef")
    group, kind = text_at(runtime, "apiGroup") or GROUP, text_at(runtime, "kind") or _RUNTIME
    namespace = "" if kind == _RUNTIME else manifest.ref.namespace
    yield Reference(ObjectRef(group, kind, namespace, text_at(runtime, "name")), "spec.runtimeRef")


# Source: trainer/pkg/apis/trainer/v1alpha1 of version 2.1. A TrainJob becomes a JobSet of its name.
ROWS = (
    Kind(
        group=GROUP,
        kind="TrainJob",
        life=Life.RUN,
        pod_labels=pod_labels,
        references=_runtime,
        readiness=set_of_jobs(done="Complete", jobs="jobsStatus"),
        is_training=True,
        suspend="spec.suspend",
        regretted_as=f"{GROUP}/v1alpha1",
    ),
    Kind(group=GROUP, kind=_RUNTIME, is_cluster_scoped=True),
)
