"""What apply says of what real controllers run: completed, failed, suspended, ready."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

ADDONS = ["jobset", "kserve", "kuberay", "lws", "trainer", "training-operator"]
POD = (
    "{metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}, "
    'spec: {restartPolicy: Never, containers: [{name: CONTAINER, image: "a:1", '
    "resources: {limits: {cpu: 1, memory: 1024Mi}}}]}}"
)
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
  trainer: {resourcesPerNode: {limits: {cpu: 1, memory: 1024Mi}}}
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
  rayClusterSpec:
    headGroupSpec: {template: {spec: {containers: [{name: head, image: "a:1"}]}}}
    workerGroupSpecs:
    - {groupName: all, replicas: 2, template: {spec: {containers: [{name: worker, image: "a:1"}]}}}
""".replace("POD", POD.replace("CONTAINER", "submitter")),
}
NEEDS = "components: {serve: {needs: [{component: train, until: completed}]}}\n"
SERVE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: serve}\n"


SERVERS = {
    "RayCluster": """\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: serve}
spec: CLUSTER
""",
    "RayService": """\
apiVersion: ray.io/v1
kind: RayService
metadata: {name: serve}
spec:
  serveConfigV2: "applications: [{name: mnist, deployments: [{name: model}]}]"
  rayClusterConfig: CLUSTER
""",
    "InferenceService": """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: serve}
spec:
  predictor:
    minReplicas: 1
    model:
      modelFormat: {name: tensorflow}
      storageUri: s3://models/mnist
      resources: {limits: {cpu: 1, memory: 2048Mi}, requests: {cpu: 0.5}}
""",
    "LeaderWorkerSet": """\
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {name: serve}
spec:
  replicas: 2
  leaderWorkerTemplate: {size: 2, workerTemplate: POD}
""",
}
CLUSTER = """
    headGroupSpec: {rayStartParams: {}, template: POD}
    workerGroupSpecs: [{groupName: all, replicas: 2, rayStartParams: {}, template: POD}]
"""
SERVING_POD = (
    "{metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}, spec: {containers: "
    '[{name: main, image: "a:1", resources: {limits: {cpu: 1, memory: 1024Mi}}}]}}'
)


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


def serving_app(make_app: MakeApp, kind: str, behaviour: str = "none") -> Path:
    text = SERVERS[kind].replace("CLUSTER", CLUSTER).replace("POD", SERVING_POD)
    return make_app({"serve.yaml": text.replace("BEHAVIOUR", behaviour)})


@pytest.mark.parametrize("kind", SERVERS)
def test_servers_become_ready_and_stay_as_they_are(make_app: MakeApp, kind: str) -> None:
    app = serving_app(make_app, kind)
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (done.code, f"{kind}/serve ready" in done.stderr) == (0, True), done.stderr
    again = run_kuplet("diff", "staging", cwd=app)
    assert (again.code, again.stdout.count("\n")) == (0, 0), again.stdout + again.stderr


def test_a_rayservice_whose_applications_cannot_be_deployed_fails(make_app: MakeApp) -> None:
    app = serving_app(make_app, "RayService")
    file = app / "components" / "serve.yaml"
    told = "{name: serve, annotations: {sandbox.kuplet.dev/behaviour: fail}}"
    file.write_text(file.read_text().replace("{name: serve}", told))
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (done.code, "failed: application mnist" in done.stderr) == (4, True), done.stderr
