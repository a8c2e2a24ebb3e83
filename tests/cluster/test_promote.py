"""Promotion takes what an environment really runs, as its last release recorded it."""

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.model.json import JsonObject
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
PODS = """\
// @optionalParam image string mnist/web:1 The image.
// @optionalParam mode string slow What the program does.
{
  config: {
    apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mode" }, data: { mode: params.mode },
  },
  deployment: {
    apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: params.image }] },
      },
    },
  },
}
"""
MODEL = """\
// @optionalParam modelVersion integer 0 Version to serve; the newest when 0.
// @optionalParam port integer 8501 Port of the pods.
{
  service: {
    apiVersion: "v1", kind: "Service",
    metadata: {
      name: "model",
      annotations: { "kuplet.dev/model-version": "modelVersion=:8501/v1/models/mnist" },
    },
    spec: {
      selector: { app: "model" },
      ports: [{ name: "http", port: 8501, targetPort: params.port }],
    },
  },
  pod: {
    apiVersion: "v1", kind: "Pod", metadata: { name: "model", labels: { app: "model" } },
    spec: { containers: [{ name: "server", image: "tensorflow/serving:2.19.1" }] },
  },
}
"""
DB = """\
// @param token string The token.
{ apiVersion: "v1", kind: "Secret", metadata: { name: "db" },
  stringData: { url: "postgres://u:" + params.token + "@db" } }
"""
A, B = ("sha256:" + 64 * letter for letter in "ab")
HEAD = "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\n"
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


def prod_params(app: Path, component: str = "web") -> Any:
    prod = yaml.safe_load((app / "environments/prod.yaml").read_text())
    return prod["components"][component]["params"]


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
    assert prod["promotion"]["promoted"] == {
        "from": "staging",
        "revision": 1,
        "commit": commit,
        "dirty": True,
        "by": "Jo <jo@example.com>",
    }
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


@pytest.fixture
def web(sandbox: Sandbox, make_app: MakeApp) -> Path:
    """An app of which two pods run an image in staging."""
    made = make_app({"web.jsonnet": PODS}, "components: {web: {params: {image: 'mnist/web:2'}}}\n")
    promotion = "promotion: {from: staging, copies: [web.image], allow: [web.mode]}\n"
    (made / "environments/prod.yaml").write_text(HEAD + promotion)
    assert run_kuplet("apply", "staging", "--yes", cwd=made).code == 0
    return made


def run_images(sandbox: Sandbox, app: Path, *digests: str) -> list[str]:
    """Let the pods of staging say which image they run; return their names."""
    kubectl, namespace = Kubectl(sandbox.kubeconfig), f"{app.name}-staging"
    pods = kubectl.names("pods", namespace)
    for pod, digest in zip(pods, digests, strict=True):
        status: JsonObject = {
            "name": "web",
            "image": "mnist/web:2",
            "ready": True,
            "restartCount": 0,
        }
        status["imageID"] = f"docker.io/mnist/web@{digest}"
        patch = json.dumps({"status": {"containerStatuses": [status]}})
        kubectl("patch", "pod", pod, "-n", namespace, "--subresource=status", "-p", patch)
    return pods


def test_an_image_is_promoted_with_the_digest_that_was_recorded(
    web: Path, sandbox: Sandbox
) -> None:
    unknown = promote(web, "--dry-run")
    assert "note[promotion-image]: no pod of staging says which digest" in unknown.stderr
    assert "web.image: mnist/web:1 → mnist/web:2\n" in unknown.stdout
    run_images(sandbox, web, A, A)
    assert f"web.image: mnist/web:1 → mnist/web:2@{A}\n" in promote(web, "--dry-run").stdout

    run_kuplet("param", "set", "web", "mode", "fast", "--env", "staging", cwd=web)
    assert run_kuplet("apply", "staging", "--yes", cwd=web).code == 0
    pods = run_images(sandbox, web, B, B)  # what happens after an apply is not what was proven
    shown = json.loads(run_kuplet("history", "staging", "2", "-o", "json", cwd=web).stdout)
    assert shown["images"] == {"mnist/web:2": {A: pods[0]}}
    text = run_kuplet("history", "staging", "2", cwd=web).stdout
    assert f"  image mnist/web:2 is {A}\n" in text
    assert promote(web).code == 0
    assert prod_params(web) == {"image": f"mnist/web:2@{A}"}
    assert promote(web, "--check").code == 0
    text = (web / "environments/prod.yaml").read_text()
    (web / "environments/prod.yaml").write_text(text.replace(f"@{A}", ""))
    behind = promote(web, "--check")
    assert (behind.code, "promotion-behind" in behind.stderr) == (1, True)


def test_promotion_does_not_guess_which_image_a_tag_means(web: Path, sandbox: Sandbox) -> None:
    pods = run_images(sandbox, web, A, B)
    done = promote(web)
    assert done.code == 1
    assert "error[promotion-image]" in done.stderr
    for digest, pod in zip((A, B), pods, strict=True):
        assert f"  = {digest} in pod {pod}" in done.stderr
    assert promote(web, "--allow", "web.image").code == 0
    assert prod_params(web) == {"image": "mnist/web:2"}


def test_an_apply_that_did_not_wait_records_no_image(web: Path, sandbox: Sandbox) -> None:
    run_images(sandbox, web, A, A)
    run_kuplet("param", "set", "web", "mode", "fast", "--env", "staging", cwd=web)
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=web).code == 0
    shown = json.loads(run_kuplet("history", "staging", "2", "-o", "json", cwd=web).stdout)
    assert shown["images"] == {}
    assert promote(web).code == 0
    assert prod_params(web) == {"image": f"mnist/web:2@{A}"}


class ModelServer(BaseHTTPRequestHandler):
    """Answers as TensorFlow Serving does."""

    answer: tuple[int, object]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        code, body = self.answer
        payload = json.dumps(body, indent=1).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        if code == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


def states(**versions: str) -> tuple[int, object]:
    fine = {"error_code": "OK", "error_message": ""}
    return 200, {
        "model_version_status": [
            {"version": name.removeprefix("v"), "state": state, "status": fine}
            for name, state in versions.items()
        ]
    }


def own_address() -> str:
    """Return an address of this machine that others can reach: pods have no loopback ones."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return str(probe.getsockname()[0])


def move_pod(kubectl: Kubectl, namespace: str, address: str) -> None:
    """Let the pod of the model have an address at which somebody answers.

    The API server passes requests on to pods only, and only to addresses that the pods have.
    """
    patch = json.dumps({"status": {"podIP": address, "podIPs": [{"ip": address}]}})
    place = ("-n", namespace, "--subresource=status", "--type=merge")
    kubectl("patch", "pod", "model", *place, "-p", patch)
    wanted = f"jsonpath={{.subsets[0].addresses[0].ip}}={address}"
    kubectl("wait", "endpoints/model", "-n", namespace, "--for", wanted, "--timeout=30s")


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[tuple[type[ModelServer], str, int]]:
    script = type("OneModelServer", (ModelServer,), {"asked": []})
    address = own_address()
    with ThreadingHTTPServer((address, 0), script) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield script, address, http.server_port
        http.shutdown()


def test_the_newest_version_of_a_model_is_promoted_as_the_number_that_is_served(
    make_app: MakeApp, sandbox: Sandbox, server: tuple[type[ModelServer], str, int]
) -> None:
    script, address, port = server
    staging = f"components: {{serve: {{params: {{port: {port}}}}}}}\n"
    app = make_app({"serve.jsonnet": MODEL}, staging)
    promotion = (
        "promotion: {from: staging, copies: [serve.modelVersion], allow: [serve.port]}\n"
        "components: {serve: {params: {modelVersion: 3}}}\n"
    )
    (app / "environments/prod.yaml").write_text(HEAD + promotion)
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    script.answer = states(v8="LOADING")
    nobody = promote(app)  # a simulated pod
    assert (nobody.code, "error[promotion-model]" in nobody.stderr) == (1, True)
    move_pod(Kubectl(sandbox.kubeconfig), f"{app.name}-staging", address)

    for answer in (
        states(v8="LOADING"),
        (404, {"error": "Could not find any versions of model mnist"}),
        (302, {}),
    ):
        script.answer = answer
        refused = promote(app)
        assert (refused.code, "error[promotion-model]" in refused.stderr) == (1, True)
    assert script.asked == 3 * ["/v1/models/mnist"]
    left = promote(app, "--allow", "serve.modelVersion")
    assert (left.code, "prod has everything" in left.stderr) == (0, True)
    assert len(script.asked) == 3

    script.answer = states(v9="AVAILABLE", v10="AVAILABLE", v11="LOADING")
    behind = promote(app, "--check")
    assert (behind.code, "promotion-behind" in behind.stderr) == (1, True)
    assert promote(app).code == 0
    assert prod_params(app, "serve") == {"modelVersion": 10}
    assert promote(app, "--check").code == 0


def test_history_says_what_was_promoted_once(app: Path) -> None:
    set_image(app, "two")
    assert apply(app).code == 0
    assert promote(app, "--commit").code == 0
    assert apply(app, "prod").code == 0
    run_kuplet("param", "set", "web", "image", "three", "--env", "prod", cwd=app)
    assert apply(app, "prod").code == 0
    listed = json.loads(run_kuplet("history", "prod", "-o", "json", cwd=app).stdout)["data"]
    assert [row["promoted"] for row in listed] == ["", "staging 1+ by Jo"]
    promoted = json.loads(run_kuplet("history", "prod", "1", "-o", "json", cwd=app).stdout)
    assert (promoted["promoted"]["from"], promoted["promoted"]["revision"]) == ("staging", 1)
    shown = run_kuplet("history", "prod", "2", cwd=app).stdout
    line = "  promoted from staging, revision 1, by Jo <jo@example.com>, commit "
    dirty = " and changes that were not committed"
    assert line + promoted["promoted"]["commit"] + dirty in shown


def test_a_secret_is_told_by_its_digest_and_never_shown(app: Path) -> None:
    (app / "components/db.jsonnet").write_text(DB)
    db = "  db: {source: components/db.jsonnet, params: {token: hunter-%s}}\n"
    for name, token in (("staging", "two"), ("prod", "three")):
        file = app / f"environments/{name}.yaml"
        file.write_text(file.read_text() + "components:\n" + db % token)
    assert apply(app).code == 0
    stopped = promote(app)
    assert (stopped.code, "hunter" in stopped.stdout + stopped.stderr) == (1, False)
    assert '[promotion-undeclared]: "db.token" differs; it is the value' in stopped.stderr
    assert "promotion-stale" not in stopped.stderr
    run_kuplet("param", "set", "db", "token", "hunter-four", "--env", "staging", cwd=app)
    allowed = promote(app, "--allow", "db.token", "--dry-run")
    assert (allowed.code, "hunter" in allowed.stdout + allowed.stderr) == (0, False)
    assert "say something else of db.token than release 1" in allowed.stderr
    run_kuplet("param", "set", "db", "token", "hunter-two", "--env", "prod", cwd=app)
    assert promote(app).code == 0


TRAIN = """\
// @param image string The image.
// @optionalParam suspend boolean false Whether it waits.
{
  train: {
    apiVersion: "batch/v1", kind: "Job", metadata: { name: "train" },
    spec: {
      suspend: params.suspend,
      template: {
        spec: { restartPolicy: "Never", containers: [{ name: "main", image: params.image }] },
      },
    },
  },
}
"""


def test_an_image_whose_training_has_not_come_to_its_end_is_not_promoted(
    sandbox: Sandbox, make_app: MakeApp
) -> None:
    app = make_app({"train.jsonnet": TRAIN})
    base = app / "environments/base.yaml"
    base.write_text(base.read_text().replace(".jsonnet}", ".jsonnet, params: {image: a:1}}"))
    prod = "promotion: {from: staging, copies: [train.image], allow: [train.suspend]}\n"
    (app / "environments/prod.yaml").write_text(HEAD + prod)
    staging = app / "environments/staging.yaml"
    params = "components: {train: {params: {image: a:2, suspend: true}}}\n"
    staging.write_text(staging.read_text() + params)
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    refused = promote(app)
    assert refused.code == 1, refused.stderr
    assert "error[promotion-unproven]" in refused.stderr
    assert '"train.image" is a:2 in staging' in refused.stderr
    assert "Job/train is " in refused.stderr
    assert promote(app, "--from-files", "--dry-run").code == 0
    staging.write_text(staging.read_text().replace("suspend: true", "suspend: false"))
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    done = promote(app)
    assert done.code == 0, done.stderr
    assert prod_params(app, "train")["image"] == "a:2"
