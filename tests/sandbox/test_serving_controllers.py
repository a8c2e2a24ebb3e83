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


def ray_job(name: str, behaviour: str = "", **spec: object) -> Manifest:
    annotations = {"sandbox.kuplet.dev/behaviour": behaviour} if behaviour else {}
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        "spec": {"entrypoint": "python train.py", "rayClusterSpec": ray_cluster()} | spec,
    }


@pytest.mark.parametrize("mode", ["K8sJobMode", "HTTPMode", "SidecarMode"])
@pytest.mark.parametrize(("behaviour", "status"), [("", "SUCCEEDED"), ("fail", "FAILED")])
def test_a_rayjob_ends(serving: Cluster, mode: str, behaviour: str, status: str) -> None:
    name = f"{mode}-{status}".lower()
    serving.apply(ray_job(name, behaviour, submissionMode=mode))
    # A cluster of Ray, its dashboard and a submitter follow one another: slow on a busy machine.
    wait_until(lambda: serving.status("rayjob", name).get("jobStatus") == status, 180)
    ended = "Failed" if behaviour else "Complete"
    wait_until(lambda: serving.status("rayjob", name).get("jobDeploymentStatus") == ended)


@pytest.mark.parametrize(("behaviour", "state"), [("", "RUNNING"), ("fail", "DEPLOY_FAILED")])
def test_a_rayservice_serves(serving: Cluster, behaviour: str, state: str) -> None:
    name = f"serve-{state}".lower().replace("_", "-")
    config = "applications: [{name: mnist, deployments: [{name: model}]}]"
    job = ray_job(name, behaviour)
    spec = {"serveConfigV2": config, "rayClusterConfig": ray_cluster()}
    serving.apply(job | {"kind": "RayService", "spec": spec})
    place = "pendingServiceStatus" if behaviour else "activeServiceStatus"
    path = f"jsonpath={{.status.{place}.applicationStatuses.mnist.status}}"
    wait_until(lambda: serving.kubectl("get", "rayservice", name, "-o", path) == state)
    if not behaviour:
        wait_until(lambda: serving.condition("rayservice", name, "Ready") == "True")


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
