"""A plan is written, reviewed and carried out later, against the real API server."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {mode: fast}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {password: hunter2}\n"


def test_exactly_what_was_reviewed_is_applied(make_app: MakeApp, kubectl: Kubectl) -> None:
    files = {"a.yaml": CONFIG.replace("NAME", "a"), "keys.yaml": SECRET}
    app = make_app(files)
    namespace = f"{app.name}-staging"
    formats = [word for name in ("plan.json", "plan.md", "plan.html") for word in ("-o", name)]
    made = run_kuplet("plan", "staging", *formats, cwd=app)
    assert made.code == 0, made.stderr
    texts = [(app / name).read_text() for name in ("plan.json", "plan.md", "plan.html")]
    assert "hunter2" not in "".join(texts)
    assert json.loads(texts[0])["kind"] == "PlanFile"
    assert kubectl.names("configmap", namespace) == []
    wrong = run_kuplet("apply", "--plan", "plan.json", "-c", "a", cwd=app)
    assert (wrong.code, "the plan says already what -c would say" in wrong.stderr) == (2, True)
    done = run_kuplet("apply", "--plan", "plan.json", cwd=app)
    assert (done.code, "2 created" in done.stderr or "3 created" in done.stderr) == (0, True)
    again = run_kuplet("apply", "--plan", "plan.json", cwd=app)
    assert (again.code, "error[plan-moved]" in again.stderr) == (1, True), again.stderr


def test_what_somebody_has_edited_since_is_named(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({name: CONFIG.replace("NAME", name[0]) for name in ("a.yaml", "b.yaml")})
    namespace = f"{app.name}-staging"
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    source = app / "components/a.yaml"
    source.write_text(source.read_text().replace("fast", "slow"))
    assert run_kuplet("plan", "staging", "-o", "json=plan.json", cwd=app).code == 0
    kubectl("delete", "configmap", "b", "-n", namespace)
    moved = run_kuplet("apply", "staging", "--plan", "plan.json", cwd=app)
    assert moved.code == 1
    assert f"ConfigMap/{namespace}/b has moved since the plan was made" in moved.stderr
    assert f"ConfigMap/{namespace}/a" not in moved.stderr
    done = run_kuplet("apply", "--plan", "plan.json", "--accept-drift", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    source.write_text(source.read_text().replace("slow", "odd"))
    stale = run_kuplet("apply", "--plan", "plan.json", "--accept-drift", "--yes", cwd=app)
    assert (stale.code, "error[plan-stale]" in stale.stderr) == (1, True), stale.stderr
