"""The repository's own example app, with simulated TFJobs and with Kubeflow's own operator."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.sandbox import NodeShape, Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[False, True], ids=["simulated", "real-operator"])
def kubectl(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    sandbox.start(print, add=["training-operator"] if request.param else [])
    yield Kubectl(sandbox.kubeconfig)
    run_kuplet("delete", "staging", "--yes", cwd=ROOT)
    sandbox.start(print, remove=["training-operator"])


def test_training_succeeds_before_serving_starts_and_a_second_apply_changes_nothing(
    kubectl: Kubectl,
) -> None:
    done = run_kuplet("apply", "staging", "--yes", cwd=ROOT)
    assert done.code == 0, done.stderr
    job = kubectl.get("tfjob", "train", "mnist-staging")["status"]
    assert {item["type"]: item["status"] for item in job["conditions"]}["Succeeded"] == "True"
    for kind in ("configmap", "service", "deployment"):
        serve = kubectl.get(kind, "serve", "mnist-staging")
        assert serve["metadata"]["creationTimestamp"] >= job["completionTime"]
    again = run_kuplet("apply", "staging", cwd=ROOT)
    assert again.code == 0, again.stderr
    assert "no changes: 29 objects are as they should be" in again.stderr


def test_gpus_that_no_node_has_give_the_schedulers_reason(sandbox: Sandbox) -> None:
    nodes = sandbox.status().nodes
    small = NodeShape(count=2, cpu="8", memory="32Gi", gpus=0)
    sandbox.start(print, add=["training-operator"], nodes=small)
    try:
        done = run_kuplet(
            "apply", "prod", "--sandbox", "--yes", "--timeout", "20s",
            "--set", "kubeflow-core.cloud=none", cwd=ROOT,
        )  # fmt: skip
        assert done.code == 4
        assert "error[object-timeout]: TFJob/mnist/train is not completed" in done.stderr
        assert "0/2 nodes are available: 2 Insufficient nvidia.com/gpu" in done.stderr
        (not_tried,) = [line for line in done.stderr.splitlines() if "not tried: " in line]
        assert "Deployment/serve" in not_tried
    finally:
        run_kuplet("delete", "prod", "--sandbox", "--yes", cwd=ROOT)
        sandbox.start(print, remove=["training-operator"], nodes=nodes)


def test_a_training_that_is_changed_or_asked_for_runs_again(
    sandbox: Sandbox,
) -> None:
    sandbox.start(print)
    done = run_kuplet("apply", "staging", "--yes", cwd=ROOT)
    assert done.code == 0, done.stderr
    changed = run_kuplet("diff", "staging", "--set", "train.num_workers=4", cwd=ROOT)
    assert changed.code == 1
    assert "1 to create" in changed.stderr
    applied = run_kuplet("apply", "staging", "--yes", "--set", "train.num_workers=4", cwd=ROOT)
    assert applied.code == 0, applied.stderr
    assert "(a new run, after train)" in applied.stdout
    assert "TFJob/train kept: a run that is complete" in applied.stderr
    assert re.search(r"✓ TFJob/train-[0-9a-f]{6} completed", applied.stderr)
    again = run_kuplet("run", "staging", "-c", "train", "--yes", cwd=ROOT)
    assert again.code == 0, again.stderr
    assert "(a new run, after train-" in again.stdout
    unknown = run_kuplet("run", "staging", "-c", "serve", "--yes", cwd=ROOT)
    assert (unknown.code, "run-unknown" in unknown.stderr) == (2, True)
    run_kuplet("delete", "staging", "--yes", cwd=ROOT)
