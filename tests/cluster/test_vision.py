"""The second example: PyTorch waits in a queue, trains, is served; all controllers are real."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.sandbox import NodeShape, Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

APP = Path(__file__).parents[2] / "examples/vision"
SPACE = "vision-staging"
FASTER = ("--set", "train.env={LEARNING_RATE: 0.02}")
OTHER = """
apiVersion: batch/v1
kind: Job
metadata: {name: other, labels: {kueue.x-k8s.io/queue-name: gpus}}
spec:
  suspend: true
  template:
    metadata: {annotations: {sandbox.kuplet.dev/behaviour: slow}}
    spec:
      restartPolicy: Never
      containers: [{name: a, image: "a:1", resources: {requests: {cpu: "7", memory: 1Gi}}}]
"""


@pytest.fixture(scope="module", autouse=True)
def _room(sandbox: Sandbox) -> Iterator[None]:
    before = sandbox.status()  # pods of other tests still run on its nodes
    sandbox.start(print, nodes=NodeShape(count=3, cpu="64", memory="256Gi", gpus=8))
    yield
    run_kuplet("delete", "staging", "--yes", cwd=APP)
    added = [name for name in sandbox.status().addons if name not in before.addons]
    sandbox.start(print, remove=added, nodes=before.nodes)


def test_a_queue_a_training_and_a_server_fit_together(kubectl: Kubectl) -> None:
    done = run_kuplet("apply", "staging", "--yes", cwd=APP)
    assert done.code == 0, done.stderr
    said = done.stderr.index
    assert said("TrainJob/train completed") < said("InferenceService/classify created")
    # One is KServe's own doing.
    assert kubectl.names("deployment", namespace=SPACE) == ["chat", "classify-predictor"]
    again = run_kuplet("apply", "staging", cwd=APP)
    assert (again.code, "no changes: 12 objects" in again.stderr) == (0, True), again.stderr


def test_another_learning_rate_is_a_new_run_that_waits_behind_another_job(
    kubectl: Kubectl,
) -> None:
    kubectl("apply", "-n", SPACE, "-f-", stdin=OTHER)
    done = run_kuplet("apply", "staging", "--yes", *FASTER, cwd=APP)
    assert done.code == 0, done.stderr
    assert 'queued in "gpus" (1 of 1): couldn\'t assign flavors to pod set node' in done.stderr
    runs = kubectl.names("trainjob", namespace=SPACE)
    assert len(runs) == 2
    assert "train" in runs
    assert run_kuplet("diff", "staging", *FASTER, cwd=APP).code == 0


def test_its_environment_says_everything_once() -> None:
    lines = (APP / "environments/base.yaml").read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    assert len(said) <= 40
