"""What fits into a cluster is said before anything is submitted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - {name: main, image: "a:1", resources: {requests: {cpu: "20"}}}
"""
QUOTA = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: team}
spec: {hard: {requests.cpu: "4"}}
"""


def test_what_no_node_has_never_fits_and_nothing_is_submitted(
    make_app: Callable[..., Path], sandbox: Sandbox, kubectl: Kubectl
) -> None:
    app = make_app({"train.yaml": JOB})
    found = run_kuplet("fits", "staging", cwd=app)
    assert found.code == 1
    assert "a pod asks for cpu 20, and the largest node that takes it has 16" in found.stderr
    assert kubectl.names("namespace", field=f"metadata.name={app.name}-staging") == []


def test_quotas_of_the_app_and_of_the_namespace_count(
    make_app: Callable[..., Path], kubectl: Kubectl
) -> None:
    app = make_app({"train.yaml": JOB.replace('"20"', '"3"')})
    fine = run_kuplet("fits", "staging", "-o", "json", cwd=app)
    assert (fine.code, json.loads(fine.stdout)["objects"][0]["fits"]) == (0, "now"), fine.stderr
    space = f"{app.name}-staging"
    kubectl("create", "namespace", space)
    kubectl("apply", "-n", space, "-f-", stdin=QUOTA.replace('"4"', '"2"'))
    live = run_kuplet("fits", "staging", cwd=app)
    assert 'its pods ask for requests.cpu 3 of at most 2 in quota "team"' in live.stderr
