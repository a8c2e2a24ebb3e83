"""Kubeflow's own operator, with pods that are scheduled for real and run by KWOK."""

from collections.abc import Iterator

import pytest

from compiler.sandbox import Sandbox
from tests.sandbox.cluster import Cluster, no_progress, tfjob, tfjob_definition, wait_until

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def operator(sandbox: Sandbox) -> Iterator[Cluster]:
    cluster = Cluster(sandbox)
    sandbox.start(no_progress, training_operator=True)
    cluster.apply(tfjob_definition())
    cluster.kubectl("wait", "--for=condition=Established", "crd/tfjobs.kubeflow.org")
    yield cluster
    sandbox.start(no_progress, training_operator=False)


def test_a_tfjob_gets_real_pods_and_succeeds(operator: Cluster) -> None:
    operator.apply(tfjob("real"), tfjob("really-failing", "fail"))
    wait_until(lambda: operator.condition("tfjob", "real", "Running") != "", timeout_s=30)
    selector = "training.kubeflow.org/job-name=real"
    assert len(operator.kubectl("get", "pods", "-l", selector, "-o", "name").split()) == 3
    wait_until(lambda: operator.condition("tfjob", "real", "Succeeded") == "True")
    wait_until(lambda: operator.condition("tfjob", "really-failing", "Failed") == "True")
    assert "Kubeflow's training operator" in operator.sandbox.status().real


def test_a_tfjob_that_asks_for_too_many_gpus_says_why_it_waits(operator: Cluster) -> None:
    operator.apply(tfjob("greedy", gpus=8))
    wait_until(
        lambda: operator.condition("pod", "greedy-chief-0", "PodScheduled") == "False",
        timeout_s=30,
    )
    path = "jsonpath={.status.conditions[0].message}"
    message = operator.kubectl("get", "pod", "greedy-chief-0", "-o", path)
    assert message.startswith("0/3 nodes are available: 3 Insufficient nvidia.com/gpu")
