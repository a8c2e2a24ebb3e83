"""Kubeflow's own operator, with pods that are scheduled for real and run by KWOK."""

import ast
from collections.abc import Iterator

import pytest

from compiler.sandbox import Sandbox
from tests.sandbox.cluster import Cluster, no_progress, tfjob, wait_until

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def operator(sandbox: Sandbox) -> Iterator[Cluster]:
    cluster = Cluster(sandbox)
    sandbox.start(no_progress, add=["training-operator"])
    yield cluster
    sandbox.start(no_progress, remove=["training-operator"])


def test_a_tfjob_gets_real_pods_and_succeeds(operator: Cluster) -> None:
    operator.apply(tfjob("real"), tfjob("really-failing", "fail"))
    wait_until(lambda: operator.condition("tfjob", "real", "Running") != "", timeout_s=30)
    selector = "training.kubeflow.org/job-name=real"
    assert len(operator.kubectl("get", "pods", "-l", selector, "-o", "name").split()) == 3
    wait_until(lambda: operator.condition("tfjob", "real", "Succeeded") == "True")
    wait_until(lambda: operator.condition("tfjob", "really-failing", "Failed") == "True")
    real = operator.sandbox.status().real
    assert any(phrase.startswith("Kubeflow's training operator") for phrase in real)


def test_a_pytorchjob_gets_real_pods_and_succeeds(operator: Cluster) -> None:
    job = tfjob("torch")
    template = {"spec": {"containers": [{"name": "pytorch", "image": "example.test/training"}]}}
    replicas = {"replicas": 1, "restartPolicy": "Never", "template": template}
    spec = {"pytorchReplicaSpecs": {"Master": replicas, "Worker": replicas}}
    operator.apply(job | {"kind": "PyTorchJob", "spec": spec})
    wait_until(lambda: operator.condition("pytorchjob", "torch", "Succeeded") == "True")


def test_its_webhook_refuses_what_the_definition_allows(operator: Cluster) -> None:
    nameless = tfjob("refused")
    spec = str(nameless["spec"]).replace("'name': 'tensorflow'", "'name': 'other'")
    with pytest.raises(AssertionError, match=r"validator\.tfjob\.training-operator"):
        operator.apply(nameless | {"spec": ast.literal_eval(spec)})


def test_a_tfjob_that_asks_for_too_many_gpus_says_why_it_waits(operator: Cluster) -> None:
    operator.apply(tfjob("greedy", gpus=8))
    wait_until(
        lambda: operator.condition("pod", "greedy-chief-0", "PodScheduled") == "False",
        timeout_s=30,
    )
    path = "jsonpath={.status.conditions[0].message}"
    message = operator.kubectl("get", "pod", "greedy-chief-0", "-o", path)
    assert message.startswith("0/3 nodes are available: 3 Insufficient nvidia.com/gpu")
