"""What apply says of jobs that real controllers run: completed, failed, suspended."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

ADDONS = ["jobset", "kuberay", "trainer", "training-operator"]
POD = """\
{metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}},
 spec: {restartPolicy: Never, containers: [{name: CONTAINER, image: "a:1"}]}}"""
JOBS = {
    "PyTorchJob": """\
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: {name: train}
spec:
  runPolicy: {backoffLimit: 0, suspend: SUSPEND}
  pytorchReplicaSpecs:
    Master: {replicas: 1, restartPolicy: Never, template: POD}
    Worker: {replicas: 2, restartPolicy: Never, template: POD}
""".replace("POD", POD.replace("CONTAINER", "pytorch")),
    "JobSet": """\
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train}
spec:
  suspend: SUSPEND
  replicatedJobs:
  - {name: node, replicas: 2, template: {spec: {backoffLimit: 0, template: POD}}}
""".replace("POD", POD.replace("CONTAINER", "main")),
    "TrainJob": """\
apiVersion: trainer.kubeflow.org/v1alpha1
kind: TrainingRuntime
metadata: {name: own, labels: {trainer.kubeflow.org/framework: torch}}
spec:
  mlPolicy: {numNodes: 2}
  template:
    spec:
      replicatedJobs:
      - name: node
        template:
          metadata: {labels: {trainer.kubeflow.org/trainjob-ancestor-step: trainer}}
          spec: {backoffLimit: 0, template: POD}
---
apiVersion: trainer.kubeflow.org/v1alpha1
kind: TrainJob
metadata: {name: train}
spec:
  suspend: SUSPEND
  runtimeRef: {name: own, kind: TrainingRuntime}
""".replace("POD", POD.replace("CONTAINER", "node")),
    "RayJob": """\
apiVersion: ray.io/v1
kind: RayJob
metadata: {name: train}
spec:
  suspend: SUSPEND
  entrypoint: python train.py
  shutdownAfterJobFinishes: true
  submitterPodTemplate: POD
  rayClusterSpec: &cluster
    headGroupSpec: {template: {spec: {containers: [{name: head, image: "a:1"}]}}}
    workerGroupSpecs:
    - {groupName: all, replicas: 2, template: {spec: {containers: [{name: worker, image: "a:1"}]}}}
""".replace("POD", POD.replace("CONTAINER", "submitter")),
}
NEEDS = "components: {serve: {needs: [{component: train, until: completed}]}}\n"
SERVE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: serve}\n"


@pytest.fixture(scope="module", autouse=True)
def _controllers(sandbox: Sandbox) -> Iterator[None]:
    sandbox.start(print, add=ADDONS)
    yield
    sandbox.start(print, remove=ADDONS)


def app_with(
    make_app: MakeApp, kind: str, behaviour: str = "none", *, is_held: bool = False
) -> Path:
    text = JOBS[kind].replace("BEHAVIOUR", behaviour).replace("SUSPEND", str(is_held).lower())
    return make_app({"train.yaml": text, "serve.yaml": SERVE}, "" if is_held else NEEDS)


@pytest.mark.parametrize("kind", JOBS)
def test_what_needs_a_job_starts_when_it_has_really_completed(make_app: MakeApp, kind: str) -> None:
    app = app_with(make_app, kind)
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    said = done.stderr
    assert said.index(f"{kind}/train completed") < said.index("ConfigMap/serve created"), said
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert "no changes" in again.stderr, again.stderr


@pytest.mark.parametrize("kind", JOBS)
def test_nothing_starts_after_a_job_that_failed(make_app: MakeApp, kind: str) -> None:
    done = run_kuplet("apply", "staging", "--yes", cwd=app_with(make_app, kind, "fail"))
    assert (done.code, f"{kind}/train failed" in done.stderr) == (4, True), done.stderr
    assert "ConfigMap/serve created" not in done.stderr


@pytest.mark.parametrize("kind", JOBS)
def test_a_job_that_the_app_suspends_is_not_waited_for(make_app: MakeApp, kind: str) -> None:
    app = app_with(make_app, kind, is_held=True)
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (done.code, f"{kind}/train completed" in done.stderr) == (0, False), done.stderr
