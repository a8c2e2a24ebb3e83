"""Objects that another tool has made are taken over, so that what the app drops goes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: "a:1", env: [{name: LEVEL, value: "1"}]}
"""
THEIRS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {of: theirs}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: "a:0", env: [{name: LEVEL, value: "1"}, {name: OLD, value: x}]}
      - {name: sidecar, image: "b:1"}
"""
HOW = {
    "kubectl": ("apply",),
    "server-side": ("apply", "--server-side"),
    "argocd-controller": ("apply", "--server-side", "--field-manager=argocd-controller"),
    "helm": ("create", "--field-manager=helm"),
}


@pytest.mark.parametrize("tool", HOW)
def test_what_a_tool_has_made_is_taken_over(
    make_app: MakeApp, kubectl: Kubectl, tmp_path: Path, tool: str
) -> None:
    app = make_app({"web.yaml": WEB})
    namespace = f"{app.name}-staging"
    kubectl("create", "namespace", namespace)
    (tmp_path / "web.yaml").write_text(THEIRS)
    verb, *flags = HOW[tool]
    kubectl(verb, *flags, "-n", namespace, "-f", str(tmp_path / "web.yaml"))
    refused = run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app)
    assert (refused.code, "error[field-conflict]" in refused.stderr) == (1, True), refused.stderr
    shown = run_kuplet("diff", "staging", "--adopt", cwd=app)
    assert shown.code == 1
    removed = [line[1:].strip(" -") for line in shown.stdout.splitlines() if line[:1] == "-"]
    assert {"of: theirs", "image: a:0", "image: b:1", "name: sidecar", "name: OLD"} <= {*removed}
    done = run_kuplet("apply", "staging", "--yes", "--no-wait", "--adopt", cwd=app)
    assert done.code == 0, done.stdout + done.stderr
    live = kubectl.get("deployment", "web", namespace)
    (container,) = live["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["env"]) == ("a:1", [{"name": "LEVEL", "value": "1"}])
    assert "of" not in live["metadata"].get("annotations", {})
    again = run_kuplet("apply", "staging", "--yes", "--no-wait", "--adopt", cwd=app)
    assert "no changes" in again.stderr, again.stdout + again.stderr
    source = app / "components/web.yaml"
    source.write_text(source.read_text().replace(', env: [{name: LEVEL, value: "1"}]', ""))
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app).code == 0
    (container,) = kubectl.get("deployment", "web", namespace)["spec"]["template"]["spec"][
        "containers"
    ]
    assert "env" not in container


SCALER = """\
apiVersion: autoscaling/VERSION
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
"""


def test_what_was_written_in_another_version_of_the_api_is_taken_over(
    make_app: MakeApp, kubectl: Kubectl, tmp_path: Path
) -> None:
    app = make_app({"scaler.yaml": SCALER.replace("VERSION", "v2")})
    namespace = f"{app.name}-staging"
    kubectl("create", "namespace", namespace)
    theirs = SCALER.replace("VERSION", "v1") + "  minReplicas: 2\n"
    theirs = theirs.replace("{name: web}\nspec", "{name: web, annotations: {of: theirs}}\nspec")
    (tmp_path / "scaler.yaml").write_text(theirs)
    kubectl("apply", "-n", namespace, "-f", str(tmp_path / "scaler.yaml"))
    done = run_kuplet("apply", "staging", "--yes", "--no-wait", "--adopt", cwd=app)
    assert done.code == 0, done.stdout + done.stderr
    live = kubectl.get("hpa", "web", namespace)
    assert "of" not in live["metadata"].get("annotations", {})
    assert live["spec"].get("minReplicas", 1) == 1
    again = run_kuplet("apply", "staging", "--yes", "--no-wait", "--adopt", cwd=app)
    assert "no changes" in again.stderr, again.stdout + again.stderr


def test_a_key_of_a_secret_that_the_app_dropped_goes(
    make_app: MakeApp, kubectl: Kubectl, tmp_path: Path
) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {a: one}\n"
    app = make_app({"keys.yaml": secret})
    namespace = f"{app.name}-staging"
    kubectl("create", "namespace", namespace)
    (tmp_path / "keys.yaml").write_text(secret.replace("{a: one}", "{a: one, b: hunter2}"))
    kubectl("apply", "-n", namespace, "-f", str(tmp_path / "keys.yaml"))
    warned = run_kuplet("diff", "staging", cwd=app)
    assert "field-left" in warned.stderr
    done = run_kuplet("apply", "staging", "--yes", "--adopt", cwd=app)
    assert done.code == 0, done.stderr
    assert "hunter2" not in warned.stdout + warned.stderr + done.stdout + done.stderr
    live = kubectl.get("secret", "keys", namespace)
    assert sorted(live["data"]) == ["a"]
    assert "hunter2" not in str(live["metadata"].get("annotations"))
    assert run_kuplet("diff", "staging", cwd=app).code == 0
