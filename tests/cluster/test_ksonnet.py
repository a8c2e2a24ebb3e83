"""diff, apply and delete of an app of ksonnet, which stays as it is."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from compiler.model.owner import Owner
from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

_NUMBERS = itertools.count(1)
WEB = """\
local params = std.extVar("__ksonnet/params").components.web;
[
  {apiVersion: "v1", kind: "ConfigMap", metadata: {name: "settings"}, data: {mode: params.mode}},
  {
    apiVersion: "extensions/v1beta1",
    kind: "Deployment",
    metadata: {name: "web"},
    spec: {
      replicas: params.replicas,
      template: {
        metadata: {labels: {app: "web"}},
        spec: {containers: [{name: "web", image: "nginx:1.27.3"}]},
      },
    },
  },
]
"""
OTHER = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: "b"}\n'


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a ksonnet app, whose namespace is its own, for a server."""

    def make(server: str) -> Path:
        namespace = f"ksonnet-{next(_NUMBERS)}"
        destination = {"server": server, "namespace": namespace}
        environment = {"path": "us/dev", "k8sVersion": "v1.8.0", "destination": destination}
        app = {
            "apiVersion": "0.3.0",
            "kind": "ksonnet.io/app",
            "name": namespace,
            "environments": {"us/dev": environment},
        }
        params = "{global: {}, components: {web: {mode: 'fast', replicas: 1}, other: {}}}"
        override = "params + {components+: {web+: {replicas: 2}}}"
        files = {
            "app.yaml": yaml.safe_dump(app),
            "components/params.libsonnet": params,
            "components/web.jsonnet": WEB,
            "components/other.yaml": OTHER,
            "environments/base.libsonnet": 'std.extVar("__ksonnet/components")',
            "environments/us/dev/main.jsonnet": 'import "base.libsonnet"',
            "environments/us/dev/params.libsonnet": (
                f'local params = std.extVar("__ksonnet/params"); {override}'
            ),
        }
        for name, text in files.items():
            path = tmp_path / namespace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / namespace

    return make


def test_an_old_app_runs_on_a_new_cluster(
    make_app: Callable[[str], Path], kubectl: Kubectl
) -> None:
    app = make_app("https://10.0.0.1")
    run = ("us/dev", "--sandbox", "--convert")
    first = run_kuplet("apply", *run, "--yes", cwd=app)
    assert first.code == 0, first.stderr
    assert "rewritten from extensions/v1beta1 to apps/v1" in first.stderr
    live = kubectl.get("deployment", "web", app.name)
    assert live["spec"]["replicas"] == 2
    assert live["metadata"]["labels"] == {
        "app.kubernetes.io/managed-by": "kuplet",
        "applyset.kubernetes.io/part-of": Owner.named(app.name, "us/dev").applyset(app.name),
        "ksonnet.io/component": "web",
        "kuplet.dev/app": app.name,
        "kuplet.dev/component": "web",
        "kuplet.dev/environment": "us.dev",
    }
    assert run_kuplet("diff", *run, cwd=app).code == 0
    deleted = run_kuplet("delete", *run, "--yes", "--grace-period", "0", cwd=app)
    assert (deleted.code, "3 deleted" in deleted.stderr) == (0, True)


def test_what_is_too_old_is_said_with_what_replaces_it(make_app: Callable[[str], Path]) -> None:
    app = make_app("https://10.0.0.1")
    done = run_kuplet("diff", "us/dev", "--sandbox", cwd=app)
    assert done.code == 2
    assert "the cluster does not know extensions/v1beta1 Deployment" in done.stderr
    assert "hint: use apps/v1; --convert rewrites it" in done.stderr


def test_one_component_is_not_held_up_by_another(
    make_app: Callable[[str], Path], kubectl: Kubectl
) -> None:
    app = make_app("https://10.0.0.1")
    done = run_kuplet("apply", "us/dev", "--sandbox", "-c", "other", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    assert kubectl.get("configmap", "other", app.name)["data"] == {"a": "b"}


def test_the_server_in_the_app_is_found_in_the_kubeconfig(
    make_app: Callable[[str], Path], sandbox: Sandbox
) -> None:
    app = make_app(sandbox.status().server)
    kubeconfig = {"KUBECONFIG": str(sandbox.kubeconfig)}
    done = run_kuplet("diff", "remote:us/dev", "-c", "other", cwd=app, env=kubeconfig)
    assert (done.code, "ConfigMap" in done.stdout) == (10, True), done.stderr
    elsewhere = make_app("https://10.0.0.1")
    refused = run_kuplet("diff", "us/dev", "-c", "other", cwd=elsewhere, env=kubeconfig)
    assert (refused.code, "server-unknown" in refused.stderr) == (3, True)


def test_what_ks_applied_can_be_deleted_and_nothing_else(
    make_app: Callable[[str], Path], kubectl: Kubectl
) -> None:
    app = make_app("https://10.0.0.1")
    labels = {"app.kubernetes.io/deploy-manager": "ksonnet", "ksonnet.io/component": "other"}
    kubectl("create", "namespace", app.name)
    for name in ("other", "settings"):
        metadata = {"name": name, "namespace": app.name, "labels": labels}
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        kubectl("apply", "-f-", stdin=yaml.safe_dump(config))
    done = run_kuplet("delete", "us/dev", "--sandbox", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    assert "= ConfigMap/settings  kept: kuplet did not make it" in done.stdout
    assert "- ConfigMap/other" in done.stderr
