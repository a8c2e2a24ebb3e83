"""status, logs, events and wait, with kubectl as the one who changes things."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler.bundled import bundled
from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.cluster.test_connect import kubeconfig_of
from tests.kuplet import Done, run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {mode: fast}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {password: hunter2}
"""
WEB = """\
{
  deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' }, annotations: params.annotations },
        spec: { containers: [
          { name: 'web', image: 'nginx:1', env: [{ name: 'MODE', value: params.mode }] },
          { name: 'side', image: 'nginx:1', ports: [{ containerPort: 80 }] },
        ] },
      },
    },
  },
}
"""
PARAMS = "components: {web: {params: {replicas: 2, mode: fast, annotations: {}}}}\n"
FILES = {"config.yaml": CONFIG, "key.yaml": SECRET, "web.jsonnet": WEB}


@pytest.fixture
def app(make_app: MakeApp) -> Path:
    """An app that was applied; its namespace has its name."""
    path = make_app(FILES, PARAMS)
    done = run_kuplet("apply", "staging", "--yes", cwd=path)
    assert done.code == 0, done.stderr
    return path


def namespace_of(app: Path) -> str:
    return f"{app.name}-staging"


def document(done: Done) -> dict[str, Any]:
    """Return what was printed as JSON, checked against the schema."""
    found: dict[str, Any] = json.loads(done.stdout)
    schema = json.loads((bundled("schemas") / "status.schema.json").read_text())
    jsonschema.validate(found, schema)
    return found


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{item['kind']}/{item['name']}": item for item in found["objects"]}


def fields_of(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["path"]: field for field in item["fields"]}


def test_what_was_just_applied_is_as_it_should_be(app: Path) -> None:
    done = run_kuplet("status", "staging", cwd=app)
    assert done.code == 0, done.stdout + done.stderr
    assert "all is as it should be: 3 objects" in done.stderr
    found = document(run_kuplet("status", "staging", "-o", "json", cwd=app))
    assert (found["well"], found["fullySeen"], found["release"]["revision"]) == (True, True, 1)
    assert {item["state"] for item in found["objects"]} <= {"ready", "completed"}


def test_what_others_changed_and_added_has_their_names_and_the_parameter(
    app: Path, kubectl: Kubectl
) -> None:
    place = ("-n", namespace_of(app))
    kubectl("scale", "deployment", "web", "--replicas=3", *place)
    kubectl("set", "env", "deployment/web", "-c", "web", "DEBUG=1", *place)
    kubectl("patch", "cm", "config", "--type=merge", "-p", '{"data":{"mode":"odd"}}', *place)
    kubectl("patch", "secret", "key", "--type=merge", "-p",
            '{"stringData":{"password":"stolen"}}', *place)  # fmt: skip
    done = run_kuplet("status", "staging", "-o", "json", cwd=app)
    assert (done.code, "stolen" in done.stdout, "hunter2" in done.stdout) == (1, False, False)
    objects = by_name(document(done))
    web = fields_of(objects["Deployment/web"])
    replicas = web["spec.replicas"]
    assert (replicas["live"], replicas["desired"], replicas["released"]) == (3, 2, 2)
    assert (replicas["deviation"], replicas["writers"][0]["subresource"]) == ("changed", "scale")
    assert replicas["parameter"] == {
        "name": "web.replicas",
        "place": "environments/staging.yaml:4",
    }
    added = web["spec.template.spec.containers[web].env[DEBUG]"]
    assert (added["deviation"], added["writers"][0]["manager"]) == ("added", "kubectl-set")
    (mode,) = objects["ConfigMap/config"]["fields"]
    assert (mode["path"], mode["live"], mode["drift"]) == ("data.mode", "odd", True)
    assert mode["writers"][0]["manager"] == "kubectl-patch"
    assert mode["writers"][0]["time"]
    assert objects["ConfigMap/config"]["source"] == "components/config.yaml:1"
    (password,) = objects["Secret/key"]["fields"]
    assert (password["deviation"], password["released"]) == ("changed", "***")
    text = run_kuplet("status", "staging", cwd=app)
    assert "  ~ spec.replicas: 3; the app says 2" in text.stdout
    assert "      from web.replicas, environments/staging.yaml:4" in text.stdout
    assert "3 objects of 3 not as they should be" in text.stderr


def test_what_the_app_has_changed_is_told_from_what_others_did(app: Path, kubectl: Kubectl) -> None:
    staging = app / "environments/staging.yaml"
    staging.write_text(staging.read_text().replace("mode: fast", "mode: slow"))
    (app / "components/more.yaml").write_text(CONFIG.replace("config}", "more}"))
    base = app / "environments/base.yaml"
    base.write_text(
        base.read_text().replace("  key: {source: components/key.yaml}\n", "")
        + "  more: {source: components/more.yaml}\n"
    )
    kubectl("delete", "configmap", "config", "-n", namespace_of(app))
    done = run_kuplet("status", "staging", "-o", "json", cwd=app)
    assert done.code == 1
    objects = by_name(document(done))
    (mode,) = objects["Deployment/web"]["fields"]
    assert (mode["deviation"], mode["drift"], mode["writers"]) == ("unapplied", False, [])
    more, gone, left = (objects[f"{name}"] for name in ("ConfigMap/more", "ConfigMap/config",
                                                         "Secret/key"))  # fmt: skip
    assert (more["state"], more["released"]) == ("missing", False)
    assert (gone["state"], gone["released"]) == ("missing", True)
    assert (left["left"], left["going"], left["well"]) == (True, True, False)
    text = run_kuplet("status", "staging", cwd=app).stdout
    assert f"key: Secret/{namespace_of(app)}/key left the app, the next apply removes it" in text
    assert run_kuplet("status", "staging", "-c", "more", cwd=app).code == 1


def test_what_is_not_ready_says_why(make_app: MakeApp) -> None:
    waits = PARAMS.replace("{}", "{sandbox.kuplet.dev/behaviour: crash-loop}")
    app = make_app({"web.jsonnet": WEB}, waits)
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app).code == 0
    run_kuplet("apply", "staging", "--yes", "--timeout", "5s", cwd=app)
    done = run_kuplet("status", "staging", "-o", "json", cwd=app)
    assert done.code == 1
    web = by_name(document(done))["Deployment/web"]
    assert (web["state"], web["well"]) == ("pending", False)
    assert "replicas available" in web["message"]
    assert "CrashLoopBackOff" in web["message"]


def test_rights_to_read_are_enough_and_what_is_not_seen_is_said(
    app: Path, kubectl: Kubectl, sandbox: Sandbox, tmp_path: Path
) -> None:
    namespace = namespace_of(app)
    kubectl("create", "serviceaccount", "viewer", "-n", namespace)
    kubectl("create", "rolebinding", "viewer", "--clusterrole=view", "-n", namespace,
            f"--serviceaccount={namespace}:viewer")  # fmt: skip
    token = kubectl("create", "token", "viewer", "-n", namespace).strip()
    env = {"KUBECONFIG": str(kubeconfig_of(sandbox, tmp_path / "kubeconfig", token=token))}
    staging = app / "environments/staging.yaml"
    where = f"destination: {{context: prod, namespace: {namespace}}}\n"
    staging.write_text(staging.read_text() + where)
    done = run_kuplet("status", "staging", "-o", "json", cwd=app, env=env)
    assert done.code == 3, [item for item in json.loads(done.stdout)["objects"] if not item["well"]]
    found = document(done)
    assert (found["well"], found["fullySeen"], found["release"]) == (True, False, None)
    objects = by_name(found)
    assert {name: item["state"] for name, item in objects.items()} == {
        "ConfigMap/config": "completed",
        "Secret/key": "unseen",
        "Deployment/web": "ready",
    }
    rules = {item["rule"] for item in found["findings"]}
    assert rules == {"removals-unseen", "diff-unasked", "status-unseen"}
    kubectl("scale", "deployment", "web", "--replicas=3", "-n", namespace)
    changed = document(run_kuplet("status", "staging", "-o", "json", cwd=app, env=env))
    (replicas,) = by_name(changed)["Deployment/web"]["fields"]
    assert (replicas["deviation"], replicas["drift"]) == ("unknown", True)


def test_a_broken_app_and_a_missing_cluster_are_not_taken_for_drift(make_app: MakeApp) -> None:
    broken = make_app({"web.jsonnet": "{"})
    assert run_kuplet("status", "staging", cwd=broken).code == 2
    far = make_app({"config.yaml": CONFIG}, "destination: {server: https://127.0.0.1:1}\n")
    assert run_kuplet("status", "staging", cwd=far).code == 3


@contextmanager
def running(*arguments: str, cwd: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a command that goes on."""
    command = [sys.executable, "-m", "compiler", *arguments]
    env = {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            interrupt(process)


def interrupt(process: "subprocess.Popen[str]") -> int:
    """Interrupt a command, as Ctrl-C does, and return its exit code."""
    process.send_signal(signal.SIGINT)
    return process.wait(60)


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """Return the output up to the line with some words."""
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if words in line:
            return text
    raise AssertionError(f"{words!r} is not in {text!r}")


def test_watch_prints_what_changes_and_ends_at_ctrl_c(app: Path, kubectl: Kubectl) -> None:
    with running("status", "staging", "--watch", cwd=app) as process:
        read_until(process, "config")
        kubectl("patch", "cm", "config", "--type=merge", "-p", '{"data":{"mode":"odd"}}',
                "-n", namespace_of(app))  # fmt: skip
        assert "config: ConfigMap" in read_until(process, "~ data.mode: odd; the app says fast")
        read_until(process, "by kubectl-patch")
        kubectl("patch", "cm", "config", "--type=merge", "-p", '{"data":{"mode":"fast"}}',
                "-n", namespace_of(app))  # fmt: skip
        read_until(process, "= data.mode: as the app says again")
        assert interrupt(process) == 130


def test_watch_prints_one_document_a_line(app: Path, kubectl: Kubectl) -> None:
    with running("status", "staging", "--watch", "-o", "json", cwd=app) as process:
        first = read_until(process, "Status")
        assert json.loads(first)["well"] is True
        kubectl("delete", "configmap", "config", "-n", namespace_of(app))
        second = json.loads(read_until(process, "Status"))
        assert by_name(second)["ConfigMap/config"]["state"] == "missing"


@pytest.fixture
def print_line(app: Path, sandbox: Sandbox) -> Iterator[Callable[[str], None]]:
    """Let all simulated containers print a line; they share one log."""
    log = sandbox.kubeconfig.parent / "configuration/pod.log"
    before = log.read_text()

    def printed(text: str) -> None:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        with log.open("a") as file:
            file.write(f"{now} stdout F {text}\n")

    yield printed
    log.write_text(before)


def test_logs_of_all_pods_come_together_with_their_names(
    app: Path, print_line: Callable[[str], None], kubectl: Kubectl
) -> None:
    names = kubectl.names("pods", namespace_of(app))
    print_line("\x1b[31mone\x1b[0m")
    print_line("two")
    done = run_kuplet("logs", "staging", "-c", "web", "--since", "5m", cwd=app)
    assert done.code == 0, done.stderr
    sources = [f"{name}/{container}" for name in names for container in ("side", "web")]
    assert len(sources) == 4
    lines = done.stdout.splitlines()
    assert sorted(lines[:4]) == sorted(f"{each} | \x1b[31mone\x1b[0m" for each in sources)
    assert sorted(lines[4:]) == sorted(f"{each} | two" for each in sources)
    last = run_kuplet("logs", "staging", "--tail", "1", "--replica", names[0], cwd=app)
    assert sorted(last.stdout.splitlines()) == [f"{names[0]}/{each} | two" for each in
                                                ("side", "web")]  # fmt: skip
    unknown = run_kuplet("logs", "staging", "--replica", "worker-7", cwd=app)
    assert (unknown.code, names[1] in unknown.stderr) == (2, True)
    none = run_kuplet("logs", "staging", "-c", "config", cwd=app)
    assert (none.code, "logs-no-pods" in none.stderr) == (3, True)
    assert run_kuplet("logs", "staging", "-c", "wbe", cwd=app).code == 2


def test_logs_follow_pods_that_come_while_they_are_followed(
    app: Path, print_line: Callable[[str], None], kubectl: Kubectl
) -> None:
    namespace = namespace_of(app)
    before = kubectl.names("pods", namespace)
    with running("logs", "staging", "-c", "web", "-f", cwd=app) as process:
        read_until(process, before[1])
        print_line("while it runs")
        read_until(process, "while it runs")
        kubectl("scale", "deployment", "web", "--replicas=3", "-n", namespace)
        kubectl("wait", "--for=condition=Available", "deployment/web", "-n", namespace)
        (new,) = set(kubectl.names("pods", namespace)) - set(before)
        read_until(process, f"{new}/web | while it runs")
        assert interrupt(process) == 130


JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}
    spec: {restartPolicy: Never, containers: [{name: main, image: "a:1"}]}
"""


def test_wait_judges_as_an_apply_does(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG, "job.yaml": JOB.replace("BEHAVIOUR", "none")})
    early = run_kuplet("wait", "staging", cwd=app)
    assert (early.code, "object-missing" in early.stderr) == (4, True), early.stderr
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app).code == 0
    done = run_kuplet("wait", "staging", "--for", "completed", cwd=app)
    assert (done.code, "2 objects as far as asked for" in done.stderr) == (0, True), done.stderr
    condition = kubectl.get("job", "once", namespace_of(app))["status"]["conditions"]
    assert any(item["type"] == "Complete" for item in condition)
    kubectl("delete", "configmap", "config", "-n", namespace_of(app))
    assert run_kuplet("wait", "staging", "-c", "job", cwd=app).code == 0
    gone = run_kuplet("wait", "staging", cwd=app)
    assert (gone.code, "ConfigMap" in gone.stderr) == (4, True)


def test_wait_ends_with_what_fails_and_what_takes_too_long(make_app: MakeApp) -> None:
    failing = make_app({"job.yaml": JOB.replace("BEHAVIOUR", "fail")})
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=failing).code == 0
    failed = run_kuplet("wait", "staging", "-c", "job", cwd=failing)
    assert (failed.code, "object-failed" in failed.stderr) == (4, True), failed.stderr
    stuck = make_app({"job.yaml": JOB.replace("BEHAVIOUR", "never-ready")})
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=stuck).code == 0
    late = run_kuplet("wait", "staging", "--timeout", "1s", cwd=stuck)
    assert (late.code, "object-timeout" in late.stderr) == (4, True), late.stderr


def test_events_are_those_of_the_component_its_pods_and_what_is_between(app: Path) -> None:
    done = run_kuplet("events", "staging", "-c", "web", "-o", "json", cwd=app)
    assert done.code == 0, done.stderr
    rows = json.loads(done.stdout)["data"]
    assert {row["object"].partition("/")[0] for row in rows} == {"Deployment", "ReplicaSet", "Pod"}
    assert {row["component"] for row in rows} == {"web"}
    assert [row["last"][:19] for row in rows] == sorted(row["last"][:19] for row in rows)
    nothing = run_kuplet("events", "staging", "-c", "config", "-o", "json", cwd=app)
    assert json.loads(nothing.stdout)["data"] == []
