"""Runs of jobs, and what cannot be changed, on the real API server and its controllers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet
from tests.sandbox.cluster import wait_until

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}
    spec: {restartPolicy: Never, containers: [{name: main, image: "a:1"}]}
"""
GOOD, BAD = JOB.replace("BEHAVIOUR", "complete"), JOB.replace("BEHAVIOUR", "fail")
TIMED = GOOD.replace("backoffLimit", "ttlSecondsAfterFinished: 1\n  backoffLimit")
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "a:1"}]}
"""
RUN_ANEW = "components: {train: {onChange: run}}\n"


def rewrite(app: Path, file: str, old: str, new: str) -> None:
    path = app / "components" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_changed_job_is_a_run_of_its_own_and_earlier_ones_are_listed(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"train.yaml": GOOD}, RUN_ANEW)
    namespace = f"{app.name}-staging"
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    rewrite(app, "train.yaml", "a:1", "a:2")
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    names = kubectl.names("jobs", namespace)
    assert len(names) == 2
    listed = json.loads(run_kuplet("runs", "staging", "-o", "json", cwd=app).stdout)["data"]
    assert [(run["release"], run["status"], run["newest"]) for run in listed] == [
        (2, "completed", True),
        (1, "completed", False),
    ]
    assert listed[0]["seconds"] is not None
    differ = run_kuplet("runs", "diff", "staging", "train", listed[0]["name"], cwd=app)
    assert "image: a:2" in differ.stdout
    gone = run_kuplet("runs", "rm", "staging", "--keep", "0", "--yes", cwd=app)
    assert gone.code == 0, gone.stderr
    wait_until(lambda: kubectl.names("jobs", namespace) == [listed[0]["name"]])
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert "no changes" in again.stderr
    unknown = run_kuplet("runs", "diff", "staging", "nope", "train", cwd=app)
    assert (unknown.code, "there is no run" in unknown.stderr) == (2, True)


def test_a_job_that_removed_itself_does_not_run_again(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"train.yaml": TIMED})
    namespace = f"{app.name}-staging"
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    wait_until(lambda: kubectl.names("jobs", namespace) == [])
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (again.code, "no changes" in again.stderr) == (0, True), again.stderr
    for command in (("wait", "staging", "--for", "completed"), ("status", "staging")):
        seen = run_kuplet(*command, cwd=app)
        assert seen.code == 0, (command, seen.stdout + seen.stderr)
    assert "completed, removed" in run_kuplet("runs", "staging", cwd=app).stdout
    rewrite(app, "train.yaml", "a:1", "a:2")
    assert "1 created" in run_kuplet("apply", "staging", "--yes", cwd=app).stderr


def test_a_failed_job_is_mended_by_the_next_apply(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"train.yaml": BAD})
    failed = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (failed.code, "mend the cause, then apply" in failed.stderr) == (4, True), failed.stderr
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (again.code, "± Job/train" in again.stdout) == (4, True), again.stdout
    rewrite(app, "train.yaml", "behaviour: fail", "behaviour: complete")
    mended = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert mended.code == 0, mended.stdout + mended.stderr
    assert kubectl.names("jobs", f"{app.name}-staging") == ["train"]


def test_what_cannot_be_changed_is_replaced_where_the_app_says_so(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"web.yaml": WEB})
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    rewrite(app, "web.yaml", "app: web", "app: site")
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (refused.code, "onChange: replace" in refused.stderr) == (1, True), refused.stderr
    staging = app / "environments/staging.yaml"
    staging.write_text(staging.read_text() + "components: {web: {onChange: replace}}\n")
    shown = run_kuplet("diff", "staging", cwd=app)
    assert (shown.code, "1 to replace" in shown.stderr) == (1, True), shown.stderr
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    live = kubectl.get("deployment", "web", f"{app.name}-staging")
    assert live["spec"]["selector"] == {"matchLabels": {"app": "site"}}
    assert "no changes" in run_kuplet("apply", "staging", "--yes", cwd=app).stderr
