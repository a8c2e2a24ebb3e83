"""What keeps an environment from the wrong cluster, the wrong account and a wrong delete."""

import json
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
OLD = CONFIG.replace("name: config", "name: old")
HEAD = "apiVersion: kuplet.dev/v1\nkind: Environment\n"
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


ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [nodes], verbs: [watch]}]
"""


def check_named(rule: dict[str, list[str]], said: str) -> None:
    """Check that a rule that was taken away is missed, unless nothing needs it now."""
    resources, verbs = rule["resources"], rule["verbs"]
    if "roles" in resources and "patch" not in verbs:
        return  # the role is there, and stays as it is
    if resources == ["namespaces"]:
        assert "kube-system" in said
        return
    assert "[rights-missing]" in said or "[rights-unseen]" in said, (rule, said)
    assert all(item in said for item in resources), (rule, said)
    assert ("[quota-unseen]" in said) == ("resourcequotas" in resources), (rule, said)


def test_the_printed_rights_are_enough_and_each_that_is_missing_is_named(
    make_app: MakeApp, sandbox: Sandbox, kubectl: Kubectl, tmp_path: Path
) -> None:
    new = CONFIG.replace("name: config", "name: new")
    files = {"config.yaml": CONFIG, "old.yaml": OLD, "role.yaml": ROLE, "new.yaml": new}
    app = make_app(files)
    space = f"{app.name}-staging"
    kubectl("create", "namespace", space)
    assert run_kuplet("env", "pin", "staging", cwd=app).code == 0
    printed = run_kuplet("env", "rbac", "staging", "--user", "exact", "-o", "json", cwd=app)
    assert printed.code == 0, printed.stderr
    kubectl("apply", "-f", "-", stdin=printed.stdout)
    env = as_user("exact", app, sandbox, tmp_path)
    pin = staging_of(app).read_text().partition("cluster: ")[2].partition("\n")[0]
    text = f"extends: base\ndestination: {{context: prod, namespace: {space}, cluster: {pin}}}\n"
    staging_of(app).write_text(HEAD + text)
    base = app / "environments/base.yaml"
    everything = base.read_text()
    base.write_text(everything.replace("  new: {source: components/new.yaml}\n", ""))
    applied = run_kuplet("apply", "staging", "--yes", cwd=app, env=env)
    assert (applied.code, "rights" in applied.stderr) == (0, False), applied.stderr
    source = app / "components/config.yaml"
    source.write_text(source.read_text().replace("fast", "slow"))
    base.write_text(everything.replace("  old: {source: components/old.yaml}\n", ""))
    for role in json.loads(printed.stdout)["items"]:
        for rule in role.get("rules", ()):
            left = [item for item in role["rules"] if item != rule]
            kubectl("apply", "-f", "-", stdin=json.dumps({**role, "rules": left}))
            seen = run_kuplet("plan", "staging", cwd=app, env=env)
            kubectl("apply", "-f", "-", stdin=json.dumps(role))
            check_named(rule, seen.stderr)
    for command in (("apply", "--yes"), ("diff",), ("history",), ("status",)):
        name, *flags = command
        done = run_kuplet(name, "staging", *flags, cwd=app, env=env)
        assert done.code == 0, (command, done.stderr)
    assert kubectl.names("configmaps", space) == ["config", "kube-root-ca.crt", "new"]
