"""A training that waits in a queue of Kueue behind another one, and what waits for the training."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

QUEUE = """\
apiVersion: kueue.x-k8s.io/v1beta2
kind: ResourceFlavor
metadata: {name: plain}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: one-at-a-time}
spec:
  namespaceSelector: {}
  resourceGroups:
  - coveredResources: [cpu]
    flavors: [{name: plain, resources: [{name: cpu, nominalQuota: "2"}]}]
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {name: training}
spec: {clusterQueue: one-at-a-time}
"""
JOB = """\
apiVersion: trainer.kubeflow.org/v1alpha1
kind: TrainJob
metadata: {name: NAME, labels: {kueue.x-k8s.io/queue-name: training}}
spec:
  runtimeRef: {name: torch-distributed}
  trainer: {numNodes: 2, resourcesPerNode: {requests: {cpu: "1"}}}
"""
SERVE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: serve}
spec:
  selector: {matchLabels: {app: serve}}
  template:
    metadata: {labels: {app: serve}}
    spec:
      containers: [{name: serve, image: "nginx:1.27.3"}]
"""
COMPONENTS = {
    "queue.yaml": QUEUE,
    "before.yaml": JOB.replace("NAME", "before"),
    "train.yaml": JOB.replace("NAME", "train"),
    "serve.yaml": SERVE,
}
STAGING = """\
sandbox: {with: [kueue, trainer]}
external:
- CustomResourceDefinition/clusterqueues.kueue.x-k8s.io
- CustomResourceDefinition/localqueues.kueue.x-k8s.io
- CustomResourceDefinition/resourceflavors.kueue.x-k8s.io
- CustomResourceDefinition/trainjobs.trainer.kubeflow.org
components:
  before: {needs: [queue]}
  train: {needs: [queue, before]}
  serve: {needs: [{component: train, until: completed}]}
"""


@pytest.fixture
def kubectl(sandbox: Sandbox) -> Iterator[Kubectl]:
    yield Kubectl(sandbox.kubeconfig)
    sandbox.start(print, remove=["kueue", "trainer", "jobset"])


def test_what_needs_the_training_starts_when_it_was_admitted_and_is_complete(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app(COMPONENTS, STAGING)
    done = run_kuplet("apply", "staging", "--yes", "--timeout", "120s", cwd=app)
    assert done.code == 0, done.stderr
    assert "TrainJob/train until completed: queued" in done.stderr
    namespace = f"{app.name}-staging"
    jobs = {name: kubectl.get("trainjob", name, namespace) for name in ("before", "train")}
    ended = {name: complete(job) for name, job in jobs.items()}
    assert ended["before"] < ended["train"]
    serve = kubectl.get("deployment", "serve", namespace)
    assert serve["metadata"]["creationTimestamp"] >= ended["train"]
    again = run_kuplet("diff", "staging", cwd=app)
    assert again.code == 0, again.stdout + again.stderr


def complete(job: dict[str, dict[str, list[dict[str, str]]]]) -> str:
    """Return when a job was complete."""
    conditions = {item["type"]: item for item in job["status"]["conditions"]}
    assert conditions["Complete"]["status"] == "True"
    return conditions["Complete"]["lastTransitionTime"]
