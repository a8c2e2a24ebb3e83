"""Jobs in a queue of the real Kueue: what fits says before, and apply while they wait."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from compiler.stages.fits.queues import PREFIX, VERSION
from tests.cluster.jobs import JOBS, job_of
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet
from tests.sandbox.cluster import wait_until

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

QUEUES = """\
apiVersion: kueue.x-k8s.io/v1beta2
kind: ResourceFlavor
metadata: {name: NAME}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: NAME}
spec:
  namespaceSelector: {}
  resourceGroups:
  - coveredResources: [cpu]
    flavors: [{name: NAME, resources: [{name: cpu, nominalQuota: "2"}]}]
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {name: gpus}
spec: {clusterQueue: NAME}
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: NAME, labels: {kueue.x-k8s.io/queue-name: gpus}}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "a:1", resources: {requests: {cpu: CPU}}}]
"""
# A rehearsal whose process ends before it has removed anything.
KILLED = f"""
import os, signal
from compiler.cluster.connect import connect
from compiler.executor.rehearsal import Queues, Rehearsal
from compiler.model.app import Destination
from compiler.sandbox import Sandbox
flavor = {{"apiVersion": "{VERSION}", "kind": "ResourceFlavor", "metadata": {{"name": "left"}}}}
with Rehearsal(connect(Destination(), Sandbox().kubeconfig), Queues(objects=[flavor])):
    os.kill(os.getpid(), signal.SIGKILL)
"""
SERVE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: serve}\n"
ENVIRONMENT = """\
sandbox: {with: [kueue]}
components:
  first: {needs: [queues]}
  train: {needs: [queues]}
  serve: {needs: [{component: train, until: completed}]}
"""


def job(name: str, cpu: int = 2, behaviour: str = "slow") -> str:
    text = JOB.replace("NAME", name).replace("CPU", f'"{cpu}"')
    return text.replace("BEHAVIOUR", behaviour)


@pytest.fixture(scope="module", autouse=True)
def _kueue(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.start(print, remove=["kueue"])


def app_with(make_app: MakeApp, name: str, **jobs: str) -> Path:
    components = {"queues.yaml": QUEUES.replace("NAME", name), "serve.yaml": SERVE}
    return make_app(components | {f"{key}.yaml": text for key, text in jobs.items()}, ENVIRONMENT)


def test_what_fits_said_comes_true(make_app: MakeApp) -> None:
    app = app_with(make_app, "said", first=job("first"), train=job("train"))
    fits = run_kuplet("fits", "staging", "-o", "json", cwd=app)
    assert fits.code == 0, fits.stderr
    found = {item["object"]: item["fits"] for item in json.loads(fits.stdout)["objects"]}
    assert found == {"Job/first": "now", "Job/train": "later"}
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    assert 'queued in "gpus"' in done.stderr
    assert "insufficient unused quota for cpu in flavor said, 2 more needed" in done.stderr
    assert done.stderr.index("Job/train completed") < done.stderr.index("ConfigMap/serve created")
    assert run_kuplet("diff", "staging", cwd=app).code == 0


def test_a_job_that_needs_another_one_finds_its_place_free(make_app: MakeApp) -> None:
    app = app_with(make_app, "after", first=job("first"), train=job("train"))
    file = app / "environments/staging.yaml"
    text = file.read_text()
    file.write_text(text.replace("train: {needs: [queues]}", "train: {needs: [queues, first]}"))
    fits = run_kuplet("fits", "staging", "-o", "json", cwd=app)
    found = {item["object"]: item["fits"] for item in json.loads(fits.stdout)["objects"]}
    assert found == {"Job/first": "now", "Job/train": "now"}, fits.stderr


def test_what_never_fits_is_refused_at_once_with_its_numbers(make_app: MakeApp) -> None:
    app = app_with(make_app, "never", first=job("first", behaviour="none"), train=job("train", 8))
    fits = run_kuplet("fits", "staging", cwd=app)
    assert fits.code == 1
    numbers = "current podset request (8) > maximum capacity (2)"
    assert 'error[fits-never]: Job/train: queue "gpus" will never admit it' in fits.stderr
    assert numbers in fits.stderr
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (done.code, numbers in done.stderr) == (4, True), done.stderr
    assert "not tried: ConfigMap/serve" in done.stderr


def test_a_queue_that_does_not_exist_is_named_as_the_app_names_it(make_app: MakeApp) -> None:
    train = job("train").replace(": gpus", ": nosuch")
    app = app_with(make_app, "missing", first=job("first"), train=train)
    fits = run_kuplet("fits", "staging", cwd=app)
    assert fits.code == 1
    assert "LocalQueue nosuch doesn't exist" in fits.stderr
    assert "components/train.yaml:1:1" in fits.stderr
    assert "hint: add it to the environment" in fits.stderr


def test_two_at_once_say_the_same_and_leave_nothing(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = app_with(make_app, "twice", first=job("first"), train=job("train"))
    command = [sys.executable, "-m", "compiler", "fits", "staging", "-o", "json"]
    running = [subprocess.Popen(command, cwd=app, stdout=subprocess.PIPE) for _ in range(2)]
    first, second = (json.loads(each.communicate()[0])["objects"] for each in running)
    assert [item["fits"] for item in first] == ["now", "later"]
    assert first == second
    wait_until(lambda: copies(kubectl) == [])


def test_what_a_killed_one_leaves_the_next_removes(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = app_with(make_app, "killed", first=job("first"), train=job("train"))
    done = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert (done.returncode, "-left" in "".join(copies(kubectl))) == (-signal.SIGKILL, True)
    fits = run_kuplet("fits", "staging", "-o", "json", cwd=app)
    assert json.loads(fits.stdout)["objects"][0]["fits"] == "now", fits.stderr
    wait_until(lambda: copies(kubectl) == [])


def copies(kubectl: Kubectl) -> list[str]:
    names = kubectl.names("clusterqueues,resourceflavors,namespaces")
    return [name for name in names if name.startswith(PREFIX)]


def test_when_a_job_in_a_queue_fails_nothing_starts(make_app: MakeApp) -> None:
    first, train = job("first", 1, "none"), job("train", 1, "fail")
    app = app_with(make_app, "fails", first=first, train=train)
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (done.code, "Job/train failed" in done.stderr) == (4, True), done.stderr
    assert "ConfigMap/serve created" not in done.stderr


def test_a_job_that_is_evicted_is_queued_again(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = app_with(make_app, "evicts", first=job("first", 1, "none"), train=job("train", 1))
    command = [sys.executable, "-m", "compiler", "apply", "staging", "--yes"]
    with subprocess.Popen(
        command, cwd=app, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        said = until(process.stdout, "Job/train until completed: 0 of 1 pods succeeded")
        stop(kubectl, "evicts", "HoldAndDrain")
        said += until(process.stdout, "evicted (ClusterQueueStopped)")
        stop(kubectl, "evicts", "None")
        said += process.stdout.read()
    assert process.returncode == 0, said
    assert said.index("evicted") < said.index("Job/train completed")


@pytest.fixture
def _controllers(sandbox: Sandbox) -> Iterator[None]:
    controllers = ["jobset", "kuberay", "trainer", "training-operator"]
    sandbox.start(print, add=["kueue", *controllers])
    yield
    sandbox.start(print, remove=controllers)


@pytest.mark.usefixtures("_controllers")
def test_a_job_of_any_kind_that_is_evicted_is_queued_again(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    queues = QUEUES.replace("NAME", "evicts-all").replace("[cpu]", "[cpu, memory]")
    quotas = "{name: cpu, nominalQuota: 20}, {name: memory, nominalQuota: 20Gi}"
    queues = queues.replace('{name: cpu, nominalQuota: "2"}', quotas)
    jobs = {kind.lower(): job_of(kind, "slow", name=kind.lower(), queue="gpus") for kind in JOBS}
    needs = {name: {"needs": ["queues"]} for name in jobs}
    serve = {"needs": [{"component": name, "until": "completed"} for name in jobs]}
    environment = f"components: {json.dumps({**needs, 'serve': serve})}\n"
    files = {"queues.yaml": queues, "serve.yaml": SERVE}
    app = make_app(files | {f"{name}.yaml": text for name, text in jobs.items()}, environment)
    command = [sys.executable, "-m", "compiler", "apply", "staging", "--yes"]
    with subprocess.Popen(
        command, cwd=app, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        wait_until(lambda: admitted(kubectl, app) == len(jobs))
        stop(kubectl, "evicts-all", "HoldAndDrain")
        wait_until(lambda: admitted(kubectl, app) == 0)
        said = "".join(until(process.stdout, "evicted (ClusterQueueStopped)") for _ in jobs)
        stop(kubectl, "evicts-all", "None")
        said += process.stdout.read()
    assert process.returncode == 0, said
    for kind in JOBS:
        evicted = said.index(f"{kind}/{kind.lower()} until completed: queued")
        assert evicted < said.index(f"{kind}/{kind.lower()} completed"), said


def admitted(kubectl: Kubectl, app: Path) -> int:
    path = "jsonpath={.items[*].status.conditions[?(@.type=='Admitted')].status}"
    return kubectl("get", "workloads", "-n", f"{app.name}-staging", "-o", path).count("True")


def until(lines: Iterable[str], words: str) -> str:
    """Return what is printed up to a line with these words."""
    said = ""
    for line in lines:
        said += line
        if words in line:
            return said
    raise AssertionError(f"{words!r} was not said:\n{said}")


def stop(kubectl: Kubectl, queue: str, policy: str) -> None:
    patch = f'{{"spec": {{"stopPolicy": "{policy}"}}}}'
    kubectl("patch", "clusterqueue", queue, "--type=merge", "-p", patch)
