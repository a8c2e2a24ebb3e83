"""What keeps an environment from the wrong cluster, the wrong account and a wrong delete."""

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.cluster.test_apply import as_user
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {mode: fast}\n"
LOOKING = ("diff", "plan", "status", "events", "logs", "wait", "history", "runs")
WRITING = (("apply", "--yes"), ("delete", "--yes"), ("rollback", "--yes"))


def staging_of(app: Path) -> Path:
    return app / "environments/staging.yaml"


def test_another_cluster_than_the_pinned_one_is_refused_by_all(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG})
    pinned = run_kuplet("env", "pin", "staging", cwd=app)
    assert "staging is pinned to the cluster" in pinned.stderr, pinned.stderr
    again = run_kuplet("env", "pin", "staging", cwd=app)
    assert (again.code, "already" in again.stderr) == (0, True)
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    uid = staging_of(app).read_text().rpartition("cluster: ")[2].strip().strip('"')
    other = staging_of(app).read_text().replace(uid, "another-one")
    staging_of(app).write_text(other)
    for command, *flags in (*((name,) for name in LOOKING), *WRITING, ("env", "pin")):
        words = [command, *flags, "staging"] if command == "env" else [command, "staging", *flags]
        refused = run_kuplet(*words, cwd=app)
        assert refused.code == 3, (words, refused.stderr)
        assert "error[cluster-mismatch]" in refused.stderr
        assert "another-one" in refused.stderr
        assert uid in refused.stderr
    assert run_kuplet("env", "pin", "staging", "--remove", cwd=app).code == 0
    assert run_kuplet("diff", "staging", cwd=app).code == 0


def test_whoever_cannot_see_which_cluster_it_is_may_look_but_not_write(
    make_app: MakeApp, sandbox: Sandbox, kubectl: Kubectl, tmp_path: Path
) -> None:
    app = make_app({"config.yaml": CONFIG})
    space = f"{app.name}-staging"
    kubectl("create", "namespace", space)
    kubectl("create", "rolebinding", "all", "-n", space, "--clusterrole=admin", "--user=local")
    env = as_user("local", app, sandbox, tmp_path)
    text = staging_of(app).read_text()
    staging_of(app).write_text(text.replace("destination: {", "destination: {cluster: some-one, "))
    seen = run_kuplet("diff", "staging", cwd=app, env=env)
    assert (seen.code, "it could not be seen" in seen.stderr) == (1, True), seen.stderr
    refused = run_kuplet("apply", "staging", "--yes", cwd=app, env=env)
    assert (refused.code, "error[cluster-unseen]" in refused.stderr) == (3, True)
    assert kubectl.names("secrets", space) == []


def test_a_protected_environment_is_not_deleted(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG}, "protect: true\n")
    applied = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (applied.code, ", protected" in applied.stdout) == (0, True)
    for words in (
        ("delete", "staging", "--yes"),
        ("delete", "staging", "-c", "config", "--yes"),
        ("apply", "staging", "--yes", "--prune-data"),
        ("env", "rm", "staging", "--yes"),
    ):
        refused = run_kuplet(*words, cwd=app)
        assert (refused.code, "error[environment-protected]" in refused.stderr) == (1, True), words
    assert kubectl.names("configmaps", f"{app.name}-staging") == ["config", "kube-root-ca.crt"]
    staging_of(app).write_text(staging_of(app).read_text().replace("protect: true", ""))
    assert run_kuplet("delete", "staging", "--yes", cwd=app).code == 0
