"""Destinations: the right cluster, reachable, with the rights that are needed."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n"
QUEUED = """
apiVersion: batch/v1
kind: Job
metadata: {name: train, labels: {kueue.x-k8s.io/queue-name: gpus}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "x:1"}]}}}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: main, image: "a:1"}]}
"""
MakeApp = Callable[..., Path]
Golden = Callable[[str, str], None]


def kubeconfig_of(sandbox: Sandbox, path: Path, *, server: str = "", token: str = "") -> Path:
    """Write a copy of the sandbox's kubeconfig with the context ``prod``."""
    config = yaml.safe_load(sandbox.kubeconfig.read_text())
    config["contexts"][0]["name"] = config["current-context"] = "prod"
    if server:
        config["clusters"][0]["cluster"]["server"] = server
    if token:
        config["users"][0]["user"] = {"token": token}
    path.write_text(yaml.safe_dump(config))
    return path


def test_a_context_is_used_and_a_pinned_server_must_match(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig"))}
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod, namespace: default}\n")
    done = run_kuplet("diff", "staging", cwd=app, env=env)
    assert (done.code, "1 to create" in done.stderr) == (1, True)
    staging = app / "environments/staging.yaml"
    text = staging.read_text()
    pinned = "context: prod, server: 'https://10.0.0.1:6443'"
    staging.write_text(text.replace("context: prod", pinned))
    refused = run_kuplet("apply", "staging", "--yes", cwd=app, env=env)
    assert (refused.code, "error[destination-mismatch]" in refused.stderr) == (3, True)
    server = yaml.safe_load(sandbox.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    staging.write_text(text.replace("context: prod", f"server: '{server}'"))
    found = run_kuplet("diff", "staging", cwd=app, env=env)
    assert (found.code, "1 to create" in found.stderr) == (1, True)


def test_an_unknown_context_suggests_the_nearest(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig"))}
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prdo}\n")
    done = run_kuplet("diff", "staging", cwd=app, env=env)
    assert (done.code, 'did you mean "prod"?' in done.stderr) == (3, True)


def test_an_unreachable_cluster_is_an_error_after_some_tries(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path, golden: Golden
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = f"https://127.0.0.1:{port}"
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig", server=server))}
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod}\n")
    done = run_kuplet("apply", "staging", "--yes", cwd=app, env=env, timeout_s=30)
    assert done.code == 3
    _, _, error = done.stderr.rpartition("it is being tried again\n")
    golden("unreachable", error.replace(server, "SERVER"))


def test_a_forbidden_write_says_who_may_not_do_what(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path, golden: Golden
) -> None:
    kubectl = Kubectl(sandbox.kubeconfig)
    kubectl("create", "namespace", "readers")
    kubectl("create", "serviceaccount", "reader", "-n", "readers")
    kubectl("create", "rolebinding", "view", "-n", "readers", "--clusterrole=view",
            "--serviceaccount=readers:reader")  # fmt: skip
    token = kubectl("create", "token", "reader", "-n", "readers").strip()
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig", token=token))}
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod, namespace: readers}\n")
    done = run_kuplet("apply", "staging", "--yes", cwd=app, env=env)
    assert done.code == 3
    golden("forbidden", done.stderr.replace(f".{app.name}.", ".APP."))


def test_where_nothing_may_be_looked_at_nobody_knows_what_fits(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    kubectl = Kubectl(sandbox.kubeconfig)
    kubectl("create", "serviceaccount", "stranger", "-n", "default")
    token = kubectl("create", "token", "stranger", "-n", "default").strip()
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig", token=token))}
    app = make_app({"web.yaml": POD}, "destination: {context: prod, namespace: default}\n")
    done = run_kuplet("fits", "staging", "--from-cluster", "-o", "json", cwd=app, env=env)
    found = json.loads(done.stdout)
    assert (done.code, found["objects"][0]["fits"]) == (0, "unknown")
    assert {item["rule"] for item in found["findings"]} == {"fits-unseen"}


def test_of_a_cluster_without_queues_nobody_knows_when_a_job_would_be_admitted(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    kinds = ("workloads", "localqueues", "clusterqueues", "resourceflavors")
    crds = [f"{kind}.kueue.x-k8s.io" for kind in kinds]  # what a Kueue that is gone has left
    Kubectl(sandbox.kubeconfig)("delete", "crd", "--ignore-not-found", *crds)
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig"))}
    app = make_app({"train.yaml": QUEUED}, "destination: {context: prod}\n")
    done = run_kuplet("fits", "staging", "--from-cluster", "-o", "json", cwd=app, env=env)
    found = json.loads(done.stdout)
    assert (done.code, found["objects"][0]["fits"]) == (0, "unknown")
    assert 'no Kueue, so nothing is said of queue "gpus"' in found["findings"][0]["message"]


def test_refused_credentials_are_named(make_app: MakeApp, sandbox: Sandbox, tmp_path: Path) -> None:
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig", token="wrong"))}
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod}\n")
    done = run_kuplet("diff", "staging", cwd=app, env=env)
    assert (done.code, "log in" in done.stderr) == (3, True)


def test_a_context_is_used_without_a_current_one_and_never_through_a_proxy(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = kubeconfig_of(sandbox, tmp_path / "kubeconfig")
    config = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**config, "current-context": "gone"}))
    env = {"KUBECONFIG": str(file), "HTTPS_PROXY": "http://127.0.0.1:1"}
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod, namespace: default}\n")
    done = run_kuplet("diff", "staging", cwd=app, env=env)
    assert (done.code, "1 to create" in done.stderr) == (1, True), done.stderr
    sandboxed = make_app({"config.yaml": CONFIG}, "destination: {namespace: default}\n")
    done = run_kuplet("diff", "staging", cwd=sandboxed, env=env)
    assert (done.code, "to create" in done.stderr) == (1, True), done.stderr


def test_whoever_is_impersonated_is_who_asks(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    kubectl = Kubectl(sandbox.kubeconfig)
    kubectl("create", "namespace", "acted")
    kubectl("create", "rolebinding", "team", "-n", "acted", "--clusterrole=edit", "--group=team")
    file = kubeconfig_of(sandbox, tmp_path / "kubeconfig")
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod, namespace: acted}\n")

    def applied(**user: object) -> tuple[int, str]:
        config = yaml.safe_load(file.read_text())
        credentials = {k: v for k, v in config["users"][0]["user"].items() if k[:2] != "as"}
        config["users"][0]["user"] = {**credentials, **user}
        file.write_text(yaml.safe_dump(config))
        done = run_kuplet("apply", "staging", "--yes", cwd=app, env={"KUBECONFIG": str(file)})
        return done.code, done.stderr

    code, said = applied(**{"as": "joe", "as-groups": ["nobody"]})
    assert (code, 'user "joe" lacks' in said) == (3, True), said
    # The groups are two headers of one name; such an account may not read its Namespace either.
    code, said = applied(**{"as": "joe", "as-groups": ["nobody", "team"]})
    assert (code, "1 created" in said) == (0, True), said


def test_a_plugin_that_logs_in_is_run_and_its_words_are_shown(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    kubectl = Kubectl(sandbox.kubeconfig)
    kubectl("create", "serviceaccount", "plugged", "-n", "default")
    token = kubectl("create", "token", "plugged", "-n", "default").strip()
    file = kubeconfig_of(sandbox, tmp_path / "kubeconfig")
    config = yaml.safe_load(file.read_text())
    program = tmp_path / "login"
    program.write_text(f'#!/bin/sh\necho \'{{"status": {{"token": "{token}"}}}}\'\n')
    program.chmod(0o755)
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login"}
    config["users"][0]["user"] = {"exec": plugin}
    file.write_text(yaml.safe_dump(config))
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod, namespace: default}\n")
    env = {"KUBECONFIG": str(file)}
    done = run_kuplet("diff", "staging", cwd=app, env=env)
    assert "system:serviceaccount:default:plugged" in done.stderr
    program.write_text("#!/bin/sh\necho 'the session is over' >&2\nexit 1\n")
    done = run_kuplet("diff", "staging", cwd=app, env=env)
    assert done.code == 3
    assert "error[credential-plugin]" in done.stderr
    assert "= the session is over" in done.stderr


def test_a_server_that_nobody_checks_is_warned_of_once(
    make_app: MakeApp, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = kubeconfig_of(sandbox, tmp_path / "kubeconfig")
    config = yaml.safe_load(file.read_text())
    cluster = config["clusters"][0]["cluster"]
    del cluster["certificate-authority-data"]
    cluster["insecure-skip-tls-verify"] = True
    file.write_text(yaml.safe_dump(config))
    app = make_app({"config.yaml": CONFIG}, "destination: {context: prod, namespace: default}\n")
    done = run_kuplet("diff", "staging", cwd=app, env={"KUBECONFIG": str(file)})
    assert (done.code, done.stderr.count("warning: nobody checks")) == (1, 1), done.stderr
    assert "InsecureRequestWarning" not in done.stderr
