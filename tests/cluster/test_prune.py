"""What has left the app is removed; kubectl reads the set that kuplet keeps, and the reverse."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {mode: fast}\n"
OLD = """\
apiVersion: v1
kind: Service
metadata: {name: old}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: old}
stringData: {password: hunter2}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: old}
rules: []
"""
DATA = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
TOOLING = "applyset.kubernetes.io/tooling"


def drop(app: Path, *components: str) -> None:
    """Take components out of the app."""
    base = app / "environments/base.yaml"
    lines = base.read_text().splitlines(keepends=True)
    names = tuple(f"  {name}:" for name in components)
    base.write_text("".join(line for line in lines if not line.startswith(names)))


def test_what_left_the_app_goes_and_data_stays(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG, "old.yaml": OLD, "data.yaml": DATA})
    namespace = f"{app.name}-staging"
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app).code == 0
    drop(app, "old", "data")
    shown = run_kuplet("diff", "staging", cwd=app)
    assert shown.code == 1
    assert "hunter2" not in shown.stdout + shown.stderr
    assert "= PersistentVolumeClaim/data left the app and is kept: it holds data" in shown.stdout
    assert "0 to create, 0 to change, 3 to remove, 1 unchanged, 1 left the app" in shown.stderr
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    assert "0 created, 0 changed, 1 unchanged, 3 removed" in done.stderr
    assert kubectl.names("service,role", namespace) == []
    assert kubectl.names("pvc", namespace) == ["data"]
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert "no changes: 1 object is as it should be, 1 left the app and stays" in again.stderr
    deleted = run_kuplet("delete", "staging", "-c", "data", "--yes", cwd=app)
    assert deleted.code == 0, deleted.stderr
    assert kubectl.names("pvc", namespace) == []


def test_kubectl_prunes_the_set_that_kuplet_keeps_and_the_reverse(
    make_app: MakeApp, kubectl: Kubectl, sandbox: Sandbox, tmp_path: Path
) -> None:
    app = make_app({"config.yaml": CONFIG, "old.yaml": OLD})
    namespace = f"{app.name}-staging"
    parent = f"kuplet.{app.name}.staging"
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    give = ("annotate", "secret", parent, "-n", namespace, "--overwrite")
    kubectl(*give, f"{TOOLING}=kubectl/v1.36.0")
    (tmp_path / "config.yaml").write_text(CONFIG + "---\n" + CONFIG.replace("config}", "more}"))
    command = ["kubectl", "--kubeconfig", str(sandbox.kubeconfig), "apply", "-n", namespace]
    command += ["--prune", f"--applyset=secret/{parent}", "-f", str(tmp_path / "config.yaml")]
    done = subprocess.run(
        command, env={**os.environ, "KUBECTL_APPLYSET": "true"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert kubectl.names("service,role", namespace) == []
    assert kubectl.names("configmap", namespace) == ["config", "kube-root-ca.crt", "more"]
    changed = app / "components/config.yaml"
    changed.write_text(CONFIG.replace("fast", "slow"))
    foreign = run_kuplet("apply", "staging", "--yes", "--force-conflicts", cwd=app)
    assert (foreign.code, "applyset-foreign" in foreign.stderr) == (3, True), foreign.stderr
    kubectl(*give, f"{TOOLING}=kuplet/v1")
    taken = run_kuplet("apply", "staging", "--yes", "--force-conflicts", cwd=app)
    assert taken.code == 0, taken.stderr
    # What kubectl alone has put into the set stays in it: no release of kuplet's made it.
    assert "more" in kubectl.names("configmap", namespace)
    kinds = kubectl.get("secret", parent, namespace)["metadata"]["annotations"]
    assert "ConfigMap" in kinds["applyset.kubernetes.io/contains-group-kinds"]
