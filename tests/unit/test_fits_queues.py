"""Copies of queues for a rehearsal: everything is named anew, and names what belongs to it."""

import pytest

from compiler.kinds.queues import QUEUE_LABEL
from compiler.model.app import Goal
from compiler.model.fit import Fit
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, value_at
from compiler.model.readiness import Readiness
from compiler.stages.fits.admission import admission_obstacle
from compiler.stages.fits.queues import Copies
from tests.factories import make_manifest

COPIES = Copies("copy")
QUEUE: JsonObject = {
    "apiVersion": "kueue.x-k8s.io/v1beta1",
    "kind": "ClusterQueue",
    "metadata": {"name": "team", "uid": "x", "labels": {"a": "b"}},
    "spec": {
        "cohort": "all",
        "namespaceSelector": {"matchLabels": {"team": "a"}},
        "admissionChecks": ["autoscaler"],
        "stopPolicy": "None",
        "resourceGroups": [
            {
                "coveredResources": ["cpu"],
                "flavors": [{"name": "plain", "resources": [{"name": "cpu", "nominalQuota": 2}]}],
            }
        ],
    },
    "status": {"pendingWorkloads": 3},
}


def test_a_cluster_queue_is_copied_with_its_quota_and_without_its_surroundings() -> None:
    assert COPIES.queue_object(QUEUE) == {
        "apiVersion": "kueue.x-k8s.io/v1beta1",
        "kind": "ClusterQueue",
        "metadata": {"name": "copy-team"},
        "spec": {
            "cohort": "copy-all",
            "namespaceSelector": {},
            "stopPolicy": "None",
            "resourceGroups": [
                {
                    "coveredResources": ["cpu"],
                    "flavors": [
                        {"name": "copy-plain", "resources": [{"name": "cpu", "nominalQuota": 2}]}
                    ],
                }
            ],
        },
    }


def test_a_queue_that_takes_no_namespace_still_takes_none() -> None:
    spec = {
        key: value for key, value in mapping_at(QUEUE, "spec").items() if key != "namespaceSelector"
    }
    copied = COPIES.queue_object({**QUEUE, "spec": spec})
    assert "namespaceSelector" not in mapping_at(copied, "spec")


def test_queues_of_one_name_in_two_namespaces_stay_two() -> None:
    queues = [
        make_manifest(
            "LocalQueue",
            "gpus",
            namespace=name,
            api_version="kueue.x-k8s.io/v1beta2",
            spec={"clusterQueue": "team"},
        )
        for name in ("a", "b")
    ]
    copied = [COPIES.queue_object(item.body) for item in queues]
    assert [item["metadata"] for item in copied] == [
        {"name": "a.gpus", "namespace": "copy"},
        {"name": "b.gpus", "namespace": "copy"},
    ]
    assert {value_at(item, "spec", "clusterQueue") for item in copied} == {"copy-team"}


def test_jobs_of_one_name_in_two_namespaces_are_two() -> None:
    jobs = [make_manifest("Job", "t" * 70, namespace=name, api_version="batch/v1") for name in "ab"]
    names = [value_at(COPIES.workload_of(job, {}), "metadata", "name") for job in jobs]
    assert names[0] != names[1]
    assert all(isinstance(name, str) and len(name) <= 63 for name in names)


def test_a_job_waits_as_kueue_would_let_it_wait() -> None:
    pod: JsonObject = {"containers": [{"name": "main", "image": "a:1"}]}
    replicas = {"Chief": {"replicas": 1}, "PS": {"replicas": 0}}
    job = make_manifest(
        "TFJob",
        "train",
        api_version="kubeflow.org/v1",
        spec={
            "tfReplicaSpecs": {
                name: {**item, "template": {"spec": pod}} for name, item in replicas.items()
            }
        },
    )
    labels: JsonObject = {QUEUE_LABEL: "gpus", "kueue.x-k8s.io/priority-class": "high"}
    mapping_at(job.body, "metadata")["labels"] = labels
    assert COPIES.workload_of(job, {"high": 9})["spec"] == {
        "queueName": "test.gpus",
        "podSets": [
            {"name": "chief", "count": 1, "template": {"spec": {"restartPolicy": "Never", **pod}}}
        ],
        "priority": 9,
    }


def training(workers: int, cpu: str) -> Manifest:
    def replicas(count: int) -> JsonObject:
        container: JsonObject = {"name": "tensorflow", "resources": {"requests": {"cpu": cpu}}}
        return {"replicas": count, "template": {"spec": {"containers": [container]}}}

    specs = {"Chief": replicas(1), "Worker": replicas(workers)}
    spec = {"tfReplicaSpecs": specs}
    return make_manifest("TFJob", "train", api_version="kubeflow.org/v1", spec=spec)


@pytest.mark.parametrize(
    ("workers", "cpu", "who", "asks"),
    [
        (20, "1", "worker", "spec.tfReplicaSpecs.Worker.replicas"),
        (20, "5", "worker", "spec.tfReplicaSpecs.Worker.template.spec.containers"),
        (1, "5", "worker", "spec.tfReplicaSpecs.Worker.template.spec.containers"),
        (20, "5", "chief", "spec.tfReplicaSpecs.Chief.template.spec.containers"),
    ],
)
def test_who_asks_for_too_much_of_a_queue_is_the_count_or_the_pod(
    workers: int, cpu: str, who: str, asks: str
) -> None:
    message = (
        f"couldn't assign flavors to pod set {who}: insufficient quota for cpu in flavor plain, "
        "previously considered podsets requests (1) + current podset request (20) > "
        "maximum capacity (4)"
    )
    state = Readiness(reached=Goal.PRESENT, has_failed=True, message=message)
    found = admission_obstacle(training(workers, cpu), state)
    assert found
    assert (found.fit, found.field) == (Fit.NEVER, asks)
