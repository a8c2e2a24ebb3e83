"""What apply says of what real controllers run: completed, failed, suspended, ready."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from compiler.sandbox.controllers.kuberay import RAY_SIMULATION
from tests.cluster.jobs import ALIKE, JOBS, job_of
from tests.kuplet import run_kuplet
from tests.sandbox.cluster import wait_until

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

ADDONS = ["jobset", "kserve", "kuberay", "lws", "trainer", "training-operator"]
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
    job = job_of(kind, behaviour, is_held=is_held)
    return make_app({"train.yaml": job, "serve.yaml": SERVE}, "" if is_held else NEEDS)


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


def test_kinds_that_are_alike_complete(make_app: MakeApp) -> None:
    done = run_kuplet("apply", "staging", "--yes", cwd=app_of_all(make_app, "none"))
    assert done.code == 0, done.stderr
    assert [kind for kind in ALIKE if f"{kind}/{kind.lower()} completed" not in done.stderr] == []
    assert "ConfigMap/serve created" in done.stderr


def test_kinds_that_are_alike_fail(make_app: MakeApp) -> None:
    done = run_kuplet("apply", "staging", "--yes", cwd=app_of_all(make_app, "fail"))
    assert done.code == 4, done.stderr
    assert [kind for kind in ALIKE if f"{kind}/{kind.lower()} failed" not in done.stderr] == []
    assert "ConfigMap/serve created" not in done.stderr


def app_of_all(make_app: MakeApp, behaviour: str) -> Path:
    names = {kind: kind.lower() for kind in ALIKE}
    jobs = {f"{name}.yaml": job_of(kind, behaviour, name=name) for kind, name in names.items()}
    needs = [{"component": name, "until": "completed"} for name in names.values()]
    environment = f"components: {{serve: {{needs: {json.dumps(needs)}}}}}\n"
    return make_app(jobs | {"serve.yaml": SERVE}, environment)


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


def test_an_apply_waits_on_while_the_simulation_of_ray_is_down(
    make_app: MakeApp, sandbox: Sandbox
) -> None:
    app = app_with(make_app, "RayJob", "slow")
    command = [sys.executable, "-u", "-m", "compiler", "apply", "staging", "--yes"]
    with subprocess.Popen(command, cwd=app, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        next(line for line in process.stderr if "RayJob/train until completed: running" in line)
        pid = next(each.pid for each in sandbox.status().processes if each.name == RAY_SIMULATION)
        assert pid
        os.kill(pid, signal.SIGKILL)
        down = f"running, but for {RAY_SIMULATION}; to bring it back: kuplet sandbox start"
        wait_until(lambda: down in run_kuplet("sandbox", "status", cwd=app).stdout)
        sandbox.start(print)
        said = process.stderr.read()
    assert (process.returncode, "RayJob/train completed" in said) == (0, True), said
