"""Applied again, what the real Kueue has admitted stays as it is: what it added is kept."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet
from tests.sandbox.cluster import wait_until

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

CONTROLLERS = ["kueue", "kuberay"]
QUEUES = """\
apiVersion: kueue.x-k8s.io/v1beta2
kind: ResourceFlavor
metadata: {name: NAME}
spec:
  nodeLabels: {kubernetes.io/os: linux}
  tolerations: [{key: gpus, operator: Exists, effect: NoSchedule}]
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: NAME}
spec:
  namespaceSelector: {}
  resourceGroups:
  - coveredResources: [cpu]
    flavors: [{name: NAME, resources: [{name: cpu, nominalQuota: 4}]}]
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {name: gpus}
spec: {clusterQueue: NAME}
"""
METADATA = """\
  name: run
  labels: {kueue.x-k8s.io/queue-name: gpus}
  annotations: {sandbox.kuplet.dev/behaviour: never-ready, kueue.x-k8s.io/job-min-parallelism: "1"}
"""
POD = (
    "{metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}, spec: {RESTART"
    "nodeSelector: {kubernetes.io/arch: amd64}, tolerations: [{key: own, operator: Exists}], "
    'containers: [{name: main, image: "a:1", resources: {requests: {cpu: 1}}}]}}'
)
SERVING_POD = POD.replace("RESTART", "").replace("BEHAVIOUR", "none")
TASK_POD = POD.replace("RESTART", "restartPolicy: Never, ").replace("BEHAVIOUR", "never-ready")
CLUSTER = """\
    headGroupSpec: {rayStartParams: {}, template: POD}
    workerGroupSpecs: [{groupName: all, replicas: 2, rayStartParams: {}, template: POD}]
""".replace("POD", SERVING_POD)
RUNS = {
    # Only four of its five pods are admitted.
    "Job": f"apiVersion: batch/v1\nkind: Job\nmetadata:\n{METADATA}"
    f"spec: {{parallelism: 5, completions: 5, template: {TASK_POD}}}\n",
    "RayJob": f"apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n{METADATA}spec:\n"
    "  suspend: false\n  entrypoint: python train.py\n  shutdownAfterJobFinishes: true\n"
    f"  submitterPodTemplate: {TASK_POD}\n  rayClusterSpec:\n{CLUSTER}",
    "RayCluster": f"apiVersion: ray.io/v1\nkind: RayCluster\nmetadata:\n{METADATA}spec:\n{CLUSTER}",
    "RayService": f"apiVersion: ray.io/v1\nkind: RayService\nmetadata:\n{METADATA}spec:\n"
    '  serveConfigV2: "applications: [{name: mnist, deployments: [{name: model}]}]"\n'
    f"  rayClusterConfig:\n    suspend: false\n{CLUSTER}",
}
CHANGEABLE = {
    "RayJob": "/spec/rayClusterSpec/workerGroupSpecs/0/template/spec",
    "RayCluster": "/spec/workerGroupSpecs/0/template/spec",
    "RayService": "/spec/rayClusterConfig/workerGroupSpecs/0/template/spec",
}


@pytest.fixture(scope="module", autouse=True)
def _controllers(sandbox: Sandbox) -> Iterator[None]:
    sandbox.start(print, add=CONTROLLERS)
    yield
    sandbox.start(print, remove=CONTROLLERS)


@pytest.fixture
def app(make_app: MakeApp, kind: str, kubectl: Kubectl) -> Iterator[Path]:
    """Return an app whose run is admitted."""
    queues = QUEUES.replace("NAME", kind.lower())
    environment = "components: {run: {needs: [queues], onChange: fail}}\n"
    app = make_app({"queues.yaml": queues, "run.yaml": RUNS[kind]}, environment)
    done = run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app)
    assert done.code == 0, done.stderr
    wait_until(lambda: is_admitted(kubectl, app, kind))
    yield app
    kubectl("delete", kind, "run", "-n", f"{app.name}-staging", "--wait=false")
    kubectl("delete", "clusterqueue,resourceflavor", kind.lower(), "--wait=false")


@pytest.mark.parametrize("kind", RUNS)
def test_applied_again_it_is_as_it_should_be(app: Path, kind: str, kubectl: Kubectl) -> None:
    again = run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app)
    assert (again.code, "no changes" in again.stderr) == (0, True), again.stderr
    assert is_admitted(kubectl, app, kind)


@pytest.mark.parametrize("kind", RUNS)
def test_evicted_and_admitted_again_it_is_as_it_should_be(
    app: Path, kind: str, kubectl: Kubectl
) -> None:
    stop(kubectl, kind.lower(), "HoldAndDrain")
    wait_until(lambda: not is_admitted(kubectl, app, kind))
    held = run_kuplet("diff", "staging", cwd=app)
    stop(kubectl, kind.lower(), "None")
    wait_until(lambda: is_admitted(kubectl, app, kind))
    back = run_kuplet("diff", "staging", cwd=app)
    assert (held.code, back.code) == (0, 0), held.stdout + back.stdout + back.stderr


@pytest.mark.parametrize("kind", CHANGEABLE)
def test_what_somebody_writes_by_hand_is_seen(app: Path, kind: str, kubectl: Kubectl) -> None:
    edit = [{"op": "add", "path": f"{CHANGEABLE[kind]}/nodeSelector/zone", "value": "a"}]
    patch(kubectl, app, kind, edit)
    found = run_kuplet("diff", "staging", cwd=app)
    assert found.code == 1
    assert "zone: a" in found.stdout
    assert 'owned by "kubectl-patch"' in found.stderr


@pytest.mark.parametrize("kind", CHANGEABLE)
def test_what_the_app_changes_is_applied(app: Path, kind: str, kubectl: Kubectl) -> None:
    file = app / "components" / "run.yaml"
    file.write_text(file.read_text().replace("a:1", "a:2"))
    done = run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app)
    assert done.code == 0, done.stderr
    wait_until(lambda: is_admitted(kubectl, app, kind))
    again = run_kuplet("diff", "staging", cwd=app)
    assert (again.code, again.stdout) == (0, ""), again.stdout + again.stderr
    assert '"a:1"' not in json.dumps(kubectl.get(kind, "run", f"{app.name}-staging")["spec"])


def is_admitted(kubectl: Kubectl, app: Path, kind: str) -> bool:
    """Whether a run is admitted, and Kueue has written that into it."""
    live = kubectl.get(kind, "run", f"{app.name}-staging")
    path = "jsonpath={.items[*].status.conditions[?(@.type=='Admitted')].status}"
    said = kubectl("get", "workloads", "-n", f"{app.name}-staging", "-o", path)
    return said == "True" and "kueue.x-k8s.io/podset" in json.dumps(live["spec"])


def patch(kubectl: Kubectl, app: Path, kind: str, edit: list[dict[str, str]]) -> None:
    namespace = f"{app.name}-staging"
    kubectl("patch", kind, "run", "-n", namespace, "--type=json", "-p", json.dumps(edit))


def stop(kubectl: Kubectl, queue: str, policy: str) -> None:
    spec = json.dumps({"spec": {"stopPolicy": policy}})
    kubectl("patch", "clusterqueue", queue, "--type=merge", "-p", spec)
