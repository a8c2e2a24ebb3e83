"""Promotion takes what an environment really runs, as its last release recorded it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import Done, run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]
SOURCE = """\
// @optionalParam image string one The image.
{
  config: {
    apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { image: params.image },
  },
  [if params.image == "broken" then "claim"]: {
    apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "web" },
    spec: {
      storageClassName: "nobody-has-this", accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    },
  },
}
"""
PROD = "extends: base\npromotion: {from: staging, copies: [web.image]}\n"


@pytest.fixture
def app(sandbox: Sandbox, make_app: MakeApp) -> Path:
    made = make_app({"web.jsonnet": SOURCE})
    head = "apiVersion: kuplet.dev/v1\nkind: Environment\n"
    (made / "environments/prod.yaml").write_text(head + PROD)
    git(made, "init", "--quiet")
    git(made, "config", "user.name", "Jo")
    git(made, "config", "user.email", "jo@example.com")
    git(made, "add", ".")
    git(made, "commit", "--quiet", "--message=first")
    return made


def git(app: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(app), *words], check=True, capture_output=True, text=True
    )
    return done.stdout


def set_image(app: Path, image: str) -> None:
    done = run_kuplet("param", "set", "web", "image", image, "--env", "staging", cwd=app)
    assert done.code == 0, done.stderr


def apply(app: Path, environment: str = "staging") -> Done:
    return run_kuplet("apply", environment, "--yes", "--timeout", "1s", cwd=app)


def promote(app: Path, *more: str) -> Done:
    return run_kuplet("promote", "staging", "prod", "--yes", *more, cwd=app)


def test_what_runs_is_promoted_and_not_what_the_files_say_by_now(
    app: Path, sandbox: Sandbox
) -> None:
    set_image(app, "two")
    assert apply(app).code == 0
    set_image(app, "three")
    done = promote(app)
    assert done.code == 0, done.stderr
    assert "say something else of web.image than release 1" in done.stderr
    prod = yaml.safe_load((app / "environments/prod.yaml").read_text())
    assert prod["components"]["web"]["params"] == {"image": "two"}
    commit = git(app, "rev-parse", "HEAD").strip()
    assert prod["promotion"]["promoted"] == {"from": "staging", "revision": 1, "commit": commit}
    assert apply(app, "prod").code == 0
    live = Kubectl(sandbox.kubeconfig).get("configmap", "web", f"{app.name}-prod")
    assert live["data"] == {"image": "two"}
    assert promote(app, "--check").code == 0


def test_a_branch_holds_the_promotion_as_a_commit(app: Path) -> None:
    set_image(app, "two")
    assert apply(app).code == 0
    assert promote(app, "--branch", "promote-two").code == 0
    assert git(app, "branch", "--show-current").strip() == "promote-two"
    message = git(app, "log", "-1", "--format=%B")
    assert message.startswith("Promote staging release 1 to prod\n\nweb.image: one → two\n")
    assert git(app, "show", "--name-only", "--format=").split() == ["environments/prod.yaml"]
    again = promote(app, "--branch", "promote-two")
    assert again.code == 0  # nothing is left to do


def test_what_was_never_applied_has_failed_or_is_sick_is_not_promoted(
    app: Path, sandbox: Sandbox
) -> None:
    never = promote(app)
    assert (never.code, 'environment "staging" was never applied' in never.stderr) == (1, True)
    set_image(app, "two")
    assert apply(app).code == 0
    kubectl = Kubectl(sandbox.kubeconfig)
    kubectl("delete", "configmap", "web", "-n", f"{app.name}-staging")
    sick = promote(app)
    assert (sick.code, "not healthy: ConfigMap/web is gone" in sick.stderr) == (1, True)
    set_image(app, "broken")
    assert apply(app).code == 4
    failed = promote(app)
    assert (failed.code, 'of environment "staging" has failed' in failed.stderr) == (1, True)
    assert promote(app, "--from-files").code == 0
