"""What a review says of training jobs, model servers and queues."""

import pytest

from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.review.objects import object_differences
from compiler.stages.review.queues import queues
from compiler.stages.review.resources import totals
from compiler.stages.review.rules import ObjectRule
from compiler.stages.review.workloads import replicas, restarts, training_runs
from tests.factories import make_manifest

GPU = "nvidia.com/gpu"


def judge(rule: ObjectRule, before: Manifest, after: Manifest) -> list[Finding]:
    return [item for each in object_differences([before], [after]) for item in rule(each)]


def said(rule: ObjectRule, before: Manifest, after: Manifest) -> list[str]:
    return [finding.message for finding in judge(rule, before, after)]


def template(image: str = "a:1", gpus: int = 2) -> JsonObject:
    resources: JsonObject = {"limits": {GPU: gpus}}
    return {"spec": {"containers": [{"name": "main", "image": image, "resources": resources}]}}


def ray(image: str = "a:1") -> JsonObject:
    group: JsonObject = {"replicas": 3, "numOfHosts": 2, "template": template(image)}
    return {"headGroupSpec": {"template": template(gpus=0)}, "workerGroupSpecs": [group]}


def train_job(image: str = "a:1", nodes: int = 4) -> Manifest:
    trainer: JsonObject = {
        "image": image,
        "numNodes": nodes,
        "resourcesPerNode": {"limits": {GPU: 2}},
    }
    api = "trainer.kubeflow.org/v1alpha1"
    return make_manifest("TrainJob", "run", api_version=api, spec={"trainer": trainer})


def job_set(image: str = "a:1") -> Manifest:
    job: JsonObject = {"spec": {"parallelism": 4, "template": template(image)}}
    spec: JsonObject = {"replicatedJobs": [{"name": "w", "replicas": 2, "template": job}]}
    return make_manifest("JobSet", "run", api_version="jobset.x-k8s.io/v1alpha2", spec=spec)


def lws(image: str = "a:1", replicas: int = 2) -> Manifest:
    groups: JsonObject = {"size": 4, "workerTemplate": template(image)}
    spec: JsonObject = {"replicas": replicas, "leaderWorkerTemplate": groups}
    api = "leaderworkerset.x-k8s.io/v1"
    return make_manifest("LeaderWorkerSet", "run", api_version=api, spec=spec)


def server(image: str = "a:1", replicas: int = 3) -> Manifest:
    model: JsonObject = {"image": image, "resources": {"limits": {GPU: 1}}}
    spec: JsonObject = {"predictor": {"minReplicas": replicas, "model": model}}
    api = "serving.kserve.io/v1beta1"
    return make_manifest("InferenceService", "run", api_version=api, spec=spec)


def llm(image: str = "a:1") -> Manifest:
    spec: JsonObject = {
        "replicas": 2,
        "parallelism": {"pipeline": 3},
        **{role: template(image)["spec"] for role in ("template", "worker")},
    }
    api = "serving.kserve.io/v1alpha2"
    return make_manifest("LLMInferenceService", "run", api_version=api, spec=spec)


def ray_object(kind: str, field: str, image: str = "a:1") -> Manifest:
    return make_manifest(kind, "run", api_version="ray.io/v1", spec={field: ray(image)})


def volcano(image: str = "a:1") -> Manifest:
    spec: JsonObject = {"tasks": [{"name": "w", "replicas": 3, "template": template(image)}]}
    return make_manifest("Job", "run", api_version="batch.volcano.sh/v1alpha1", spec=spec)


@pytest.mark.parametrize(
    ("manifest", "gpus"),
    [
        (ray_object("RayJob", "rayClusterSpec"), 12),
        (ray_object("RayService", "rayClusterConfig"), 12),
        (train_job(), 8),
        (job_set(), 16),
        (lws(), 16),
        (server(), 3),
        (llm(), 12),
        (volcano(), 6),
    ],
    ids=lambda item: getattr(getattr(item, "ref", None), "kind", str(item)),
)
def test_devices_are_counted_times_all_replicas(manifest: Manifest, gpus: int) -> None:
    assert totals([], [manifest])[GPU].after == gpus


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            lws(),
            lws("a:2"),
            "LeaderWorkerSet/run restarts, group after group: containers[main].image",
        ),
        (server(), server("a:2"), "InferenceService/run restarts, pod after pod: model.image"),
        (llm(), llm("a:2"), "LLMInferenceService/run restarts, pod after pod: containers[main]"),
        (
            ray_object("RayService", "rayClusterConfig"),
            ray_object("RayService", "rayClusterConfig", "a:2"),
            "RayService/run restarts, a second cluster takes over: containers[main].image",
        ),
    ],
    ids=lambda item: getattr(getattr(item, "ref", None), "kind", ""),
)
def test_changed_pods_of_servers_restart(before: Manifest, after: Manifest, message: str) -> None:
    (found,) = said(restarts, before, after)
    assert found.startswith(message)


def test_more_replicas_restart_nothing() -> None:
    assert said(restarts, server(), server(replicas=5)) == []
    assert said(restarts, lws(), lws(replicas=5)) == []
    assert said(replicas, server(), server(replicas=5)) == [
        "InferenceService/run predictor: 3 → 5 pods"
    ]
    assert said(replicas, train_job(), train_job(nodes=8)) == ["TrainJob/run trainer: 4 → 8 pods"]


@pytest.mark.parametrize(
    ("kind", "version", "message"),
    [
        ("Workflow", "argoproj.io/v1alpha1", "needs a new run: spec.a"),
        ("SparkApplication", "sparkoperator.k8s.io/v1beta2", "is submitted again: spec.a"),
        ("Experiment", "kubeflow.org/v1beta1", "goes on with other limits: spec.a"),
    ],
)
def test_runs_that_are_no_trainings_are_told_too(kind: str, version: str, message: str) -> None:
    before, after = (
        make_manifest(kind, "run", api_version=version, spec={"a": value}) for value in (1, 2)
    )
    assert said(training_runs, before, after) == [f"{kind}/run {message}"]


@pytest.mark.parametrize("make", [train_job, job_set, volcano])
def test_a_changed_training_needs_a_new_run(make: type) -> None:
    (found,) = said(training_runs, make("a:1"), make("a:2"))
    assert "needs a new training run" in found


def labelled(**labels: JsonValue) -> Manifest:
    found = job_set()
    found.body["metadata"] = {
        "name": "run",
        "labels": {
            f"kueue.x-k8s.io/{key.replace('_', '-')}": value for key, value in labels.items()
        },
    }
    return found


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            labelled(queue_name="a"),
            labelled(queue_name="b"),
            'JobSet/run waits in queue "b", no longer in "a"',
        ),
        (labelled(), labelled(queue_name="b"), 'JobSet/run waits in queue "b" before it starts'),
        (
            labelled(queue_name="a"),
            labelled(),
            'JobSet/run waits in no queue any more: it starts without the quota of "a"',
        ),
        (
            labelled(queue_name="a"),
            labelled(queue_name="a", priority_class="high"),
            'JobSet/run: priority in its queue none → "high"',
        ),
    ],
)
def test_another_queue_is_said(before: Manifest, after: Manifest, message: str) -> None:
    (finding,) = judge(queues, before, after)
    assert (finding.rule, finding.message) == ("review-queue", message)


def cluster_queue(gpus: int | None, **spec: JsonValue) -> Manifest:
    resource: JsonObject = {"name": GPU, "nominalQuota": gpus}
    flavors: JsonValue = [{"name": "a100", "resources": [resource]}] if gpus is not None else []
    api = "kueue.x-k8s.io/v1beta2"
    spec = {"resourceGroups": [{"flavors": flavors}], **spec}
    return make_manifest("ClusterQueue", "team", api_version=api, namespace="", spec=spec)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            cluster_queue(8),
            cluster_queue(4),
            "ClusterQueue/team: quota of nvidia.com/gpu in flavor a100 8 → 4",
        ),
        (
            cluster_queue(8),
            cluster_queue(None),
            "ClusterQueue/team: quota of nvidia.com/gpu in flavor a100 8 → 0",
        ),
        (
            cluster_queue(8),
            cluster_queue(8, stopPolicy="Hold"),
            "ClusterQueue/team: stopPolicy none → Hold",
        ),
    ],
)
def test_another_quota_is_said(before: Manifest, after: Manifest, message: str) -> None:
    assert said(queues, before, after) == [message]
