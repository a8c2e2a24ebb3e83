"""Kubeflow's own operator, with pods that are scheduled for real and run by KWOK."""

from collections.abc import Iterator

import pytest

from tests.sandbox.cluster import Cluster, no_progress, tfjob, tfjob_definition, wait_until

pytestmark = pytest.mark.cluster


@pytest.fixture
def operator(cluster: Cluster) -> Iterator[Cluster]:
    cluster.sandbox.start(no_progress, training_operator=True)
    yield cluster
    cluster.sandbox.start(no_progress, training_operator=False)


def test_a_tfjob_gets_real_pods_and_succeeds(operator: Cluster) -> None:
    operator.apply(tfjob_definition())
    operator.kubectl("wait", "--for=condition=Established", "crd/tfjobs.kubeflow.org")
    operator.apply(tfjob("real"), tfjob("really-failing", "fail"))
    wait_until(lambda: operator.condition("tfjob", "real", "Running") != "", timeout_s=30)
    selector = "training.kubeflow.org/job-name=real"
    assert len(operator.kubectl("get", "pods", "-l", selector, "-o", "name").split()) == 3
    wait_until(lambda: operator.condition("tfjob", "real", "Succeeded") == "True")
    wait_until(lambda: operator.condition("tfjob", "really-failing", "Failed") == "True")
    assert "Kubeflow's training operator" in operator.sandbox.status().real
