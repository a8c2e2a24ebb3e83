"""KubeRay, KServe and LeaderWorkerSet: what each makes of its objects."""

from collections.abc import Iterator

import pytest

from compiler.sandbox import Sandbox
from tests.sandbox.cluster import Cluster, Manifest, no_progress, wait_until

pytestmark = pytest.mark.cluster

ADDONS = ("kuberay", "kserve", "lws")


@pytest.fixture(scope="module")
def serving(sandbox: Sandbox) -> Iterator[Cluster]:
    sandbox.start(no_progress, add=ADDONS)
    yield Cluster(sandbox)
    sandbox.start(no_progress, remove=ADDONS)


def pod_template(name: str) -> Manifest:
    return {"spec": {"containers": [{"name": name, "image": "example.test/image"}]}}


def ray_cluster() -> Manifest:
    worker = {"groupName": "small", "replicas": 2, "minReplicas": 0, "maxReplicas": 2}
    return {
        "headGroupSpec": {"rayStartParams": {}, "template": pod_template("ray-head")},
        "workerGroupSpecs": [worker | {"template": pod_template("ray-worker")}],
    }


def test_a_raycluster_is_ready_when_its_pods_are(serving: Cluster) -> None:
    serving.apply(
        {
            "apiVersion": "ray.io/v1",
            "kind": "RayCluster",
            "metadata": {"name": "ray", "namespace": "default"},
            "spec": ray_cluster(),
        }
    )
    wait_until(lambda: serving.status("raycluster", "ray").get("state") == "ready")
    assert serving.status("raycluster", "ray")["readyWorkerReplicas"] == 2


def test_an_inferenceservice_makes_a_deployment_and_is_ready(serving: Cluster) -> None:
    model = {"modelFormat": {"name": "tensorflow"}, "storageUri": "s3://models/mnist"}
    serving.apply(
        {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": {"name": "mnist", "namespace": "default"},
            "spec": {"predictor": {"model": model}},
        }
    )
    wait_until(lambda: serving.condition("inferenceservice", "mnist", "Ready") == "True")
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    deployment = serving.kubectl("get", "deployment", "mnist-predictor", "-o", image)
    assert deployment == "tensorflow/serving:2.6.2"


def test_a_leaderworkerset_makes_groups_and_is_available(serving: Cluster) -> None:
    serving.apply(
        {
            "apiVersion": "leaderworkerset.x-k8s.io/v1",
            "kind": "LeaderWorkerSet",
            "metadata": {"name": "groups", "namespace": "default"},
            "spec": {
                "replicas": 2,
                "leaderWorkerTemplate": {"size": 3, "workerTemplate": pod_template("worker")},
            },
        }
    )
    wait_until(lambda: serving.condition("leaderworkerset", "groups", "Available") == "True")
    selector = "leaderworkerset.sigs.k8s.io/name=groups"
    assert len(serving.kubectl("get", "pods", "-l", selector, "-o", "name").split()) == 6
