"""Applies that are left while a training goes on, and what a program can read of one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.cluster.test_apply import CONFIG
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

SCHEMA = Path(__file__).parents[2] / "schemas/apply-event.schema.json"
TRAIN = """\
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}
    spec: {restartPolicy: Never, containers: [{name: a, image: example.test/train}]}
"""
WAITS = "components: {config: {needs: [{component: train, until: completed}]}}\n"


def events(text: str) -> list[dict[str, object]]:
    """Return the events that an apply printed, each as its schema says."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    found = [json.loads(line) for line in text.splitlines()]
    for event in found:
        validator.validate(event)
    return found


def test_an_apply_is_left_and_finished_from_elsewhere(
    make_app: Callable[..., Path], kubectl: Kubectl, tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.start(print)
    train = TRAIN.replace("BEHAVIOUR", "slow")
    app = make_app({"train.yaml": train, "config.yaml": CONFIG}, WAITS)
    left = run_kuplet("apply", "staging", "--yes", "--detach", "-o", "events", cwd=app)
    assert left.code == 0, left.stderr
    assert "left to go on: Job/train" in left.stderr
    assert "waiting for that: ConfigMap/config" in left.stderr
    said = events(left.stdout)
    assert [said[0]["type"], said[-1]["type"], said[-1]["status"]] == ["planned", "ended", "left"]
    assert "running" in run_kuplet("history", "staging", cwd=app).stdout
    assert "--resume" in run_kuplet("status", "staging", cwd=app).stdout

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(app, elsewhere)
    done = run_kuplet("apply", "staging", "--yes", "--resume", "-o", "events", cwd=elsewhere)
    assert done.code == 0, done.stderr
    assert events(done.stdout)[-1]["status"] == "succeeded"
    lines = run_kuplet("history", "staging", cwd=app).stdout.splitlines()
    assert len(lines) == 2
    assert "succeeded" in lines[1]
    assert "no changes" in run_kuplet("apply", "staging", "--yes", cwd=app).stderr


def test_what_fails_is_an_event_with_its_finding(
    make_app: Callable[..., Path], sandbox: Sandbox
) -> None:
    sandbox.start(print)
    app = make_app({"train.yaml": TRAIN.replace("BEHAVIOUR", "fail"), "config.yaml": CONFIG}, WAITS)
    failed = run_kuplet("apply", "staging", "--yes", "-o", "events", cwd=app)
    assert failed.code == 4
    said = events(failed.stdout)
    assert [event["type"] for event in said][-3:] == ["failed", "notTried", "ended"]
    assert said[-1]["status"] == "failed"
