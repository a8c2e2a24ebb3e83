"""``kuplet adopt``: what others changed in the cluster becomes parameters of the app."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl
from tests.kuplet import Done, run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

WEB = """\
local params = std.extVar("__ksonnet/params").components.web;
local container(name, more) = { name: name, image: params.image } + more;
{
  web: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          terminationGracePeriodSeconds: 30,
          containers: [
            container("main", { env: [{ name: "MODE", value: "mode-" + params.mode }] }),
            container("side", {}),
          ],
        },
      },
    },
  },
  config: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "config" },
    data: { "app.conf": params.text },
  },
  token: {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "token" },
    stringData: { token: params.token },
  },
}
"""
PARAMS = """\
components:
  web:
    params:
      replicas: 2  # by hand
      image: a:1
      mode: fast
      text: one
      token: hunter2
"""
POD = '{"spec": {"template": {"spec": %s}}}'


@pytest.fixture
def app(make_app: MakeApp) -> Path:
    """An app that was applied; its namespace has its name."""
    path = make_app({"web.jsonnet": WEB}, PARAMS)
    assert run("apply", path, "--yes", "--no-wait").code == 0
    return path


def run(verb: str, app: Path, *flags: str) -> Done:
    return run_kuplet(verb, "staging", *flags, cwd=app)


def test_live_values_become_parameters_and_the_rest_is_named(app: Path, kubectl: Kubectl) -> None:
    namespace = f"{app.name}-staging"
    kubectl("scale", "deployment", "web", "-n", namespace, "--replicas=5")
    pod = {
        "terminationGracePeriodSeconds": 7,
        "containers": [
            {"name": "main", "image": "b:2", "env": [{"name": "MODE", "value": "slow"}]},
        ],
    }
    patches = {
        "deployment/web": POD % json.dumps(pod),
        "configmap/config": json.dumps({"data": {"app.conf": "two: [2]", "more": "x"}}),
        "secret/token": json.dumps({"stringData": {"token": "sw0rdfish"}}),
    }
    for name, patch in patches.items():
        kubectl("patch", name, "-n", namespace, "--field-manager=kubectl-edit", "-p", patch)
    file = app / "environments/staging.yaml"
    before = file.read_text()
    shown = run("adopt", app, "--dry-run", "-o", "json")
    assert (shown.code, file.read_text()) == (0, before)
    found = json.loads(shown.stdout)
    assert {item["name"]: item["after"] for item in found["parameters"]} == {
        "web.replicas": 5,
        "web.text": "two: [2]",
    }
    done = run("adopt", app, "--yes")
    assert done.code == 0, done.stdout + done.stderr
    assert file.read_text() == before.replace("replicas: 2 ", "replicas: 5 ").replace(
        "text: one", 'text: "two: [2]"'
    )
    image = "spec.template.spec.containers[main].image"
    for path, reason in {
        image: "web.image would also change Deployment/web,",
        "spec.template.spec.terminationGracePeriodSeconds": "no parameter sets it",
        "spec.template.spec.containers[main].env[MODE].value": "web.mode is only a part of it",
        "data.more": "the app has no such field",
        "data.token": "values of Secrets are not written",
    }.items():
        assert f"{path} is not written back: {reason}" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr + shown.stdout
    assert "sw0rdfish" not in done.stdout + done.stderr + shown.stdout + file.read_text()
    again = run("diff", app, "-o", "json")
    fields = [
        field["path"] for item in json.loads(again.stdout)["objects"] for field in item["fields"]
    ]
    assert image in fields
    assert not {"spec.replicas", 'data["app.conf"]'} & {*fields}
    once_more = run("adopt", app, "--yes")
    assert "nothing to write back" in once_more.stderr


def test_both_containers_changed_alike_are_one_parameter(app: Path, kubectl: Kubectl) -> None:
    containers = [{"name": name, "image": "b:2"} for name in ("main", "side")]
    patch = POD % json.dumps({"containers": containers})
    kubectl("patch", "deployment/web", "-n", f"{app.name}-staging", "-p", patch)
    done = run("adopt", app, "--yes")
    assert "set web.image in environments/staging.yaml" in done.stderr
    applied = run("apply", app, "--yes", "--no-wait")
    assert "no changes" in applied.stderr, applied.stderr


def test_what_a_rule_leaves_can_be_written_back_but_no_edit_of_the_app_is_lost(
    app: Path, kubectl: Kubectl
) -> None:
    file = app / "environments/staging.yaml"
    file.write_text(file.read_text() + "conflicts: [{path: spec.replicas, policy: leave}]\n")
    kubectl("scale", "deployment", "web", "-n", f"{app.name}-staging", "--replicas=5")
    kubectl(
        "patch",
        "configmap/config",
        "-n",
        f"{app.name}-staging",
        "-p",
        '{"data": {"app.conf": "x"}}',
    )
    file.write_text(file.read_text().replace("text: one", "text: mine"))
    done = run("adopt", app, "--yes")
    assert done.code == 0, done.stderr
    assert "the app has changed it, too, since the last release" in done.stderr
    assert "replicas: 5  # by hand" in file.read_text()
    assert "text: mine" in file.read_text()


def test_without_a_change_of_others_there_is_nothing_to_do(app: Path) -> None:
    done = run("adopt", app)
    assert (done.code, done.stdout) == (0, "")
    assert done.stderr.endswith("nothing to write back\n")
