"""Packages of apps of ksonnet: their files are edited as ksonnet would write them."""

import shutil
from pathlib import Path

import pytest

from tests.registry.conftest import FIRST_TAG
from tests.registry.places import AppDirectory, Repository

URI = f"github.com/kubeflow/kubeflow/tree/{FIRST_TAG}/kubeflow"
HEAD = """\
# ours
apiVersion: VERSION
kind: ksonnet.io/app
name: old   # short
registries:
  kubeflow: {protocol: github, uri: URI}
environments:
  default:
    destination: {server: "https://10.0.0.1", namespace: ml}
    k8sVersion: v1.8.0
    path: default
"""


def ksonnet_app(directory: Path, version: str) -> AppDirectory:
    app = AppDirectory(directory / "app")
    app.root.mkdir()
    (app.root / "app.yaml").write_text(HEAD.replace("VERSION", version).replace("URI", URI))
    (app.root / "components").mkdir()
    (app.root / "components/params.libsonnet").write_text("{global: {}, components: {}}")
    environment = app.root / "environments/default"
    environment.mkdir(parents=True)
    (environment / "main.jsonnet").write_text('std.extVar("__ksonnet/components")')
    return app


@pytest.mark.parametrize(
    ("version", "entry"),
    [
        (
            "0.1.0",
            "  core:\n    name: core\n    registry: kubeflow\n    gitVersion:\n      commitSha: ",
        ),
        ("0.2.0", "  core:\n    name: core\n    registry: kubeflow\n    version: "),
        ("0.3.0", "  kubeflow/core:\n    name: core\n    registry: kubeflow\n    version: "),
    ],
)
def test_a_library_is_written_as_its_version_of_ksonnet_does(
    tmp_path: Path, kubeflow: Repository, version: str, entry: str
) -> None:
    app = ksonnet_app(tmp_path, version)
    before = app.read("app.yaml")
    app.run("pkg", "install", f"kubeflow/core@{FIRST_TAG}")
    commit = kubeflow.git("rev-parse", "HEAD")
    text = app.read("app.yaml").replace(f'"{commit}"', commit)
    assert text == f"{before}libraries:\n{entry}{commit}\n"
    assert app.vendored() == [f"kubeflow/core@{commit}"]
    app.run("generate", "core", "hub")
    assert "namespace: ml" in app.run("show", "default").stdout
    shutil.rmtree(app.root / "vendor")
    app.run("pkg", "install")
    app.run("pkg", "verify")
    app.run("pkg", "remove", "kubeflow/core")
    assert app.read("app.yaml") == before


def test_what_the_version_cannot_say_is_refused(tmp_path: Path, kubeflow: Repository) -> None:
    app = ksonnet_app(tmp_path, "0.1.0")
    refused = app.fails("pkg", "install", "kubeflow/core", "--env", "default")
    assert (refused.code, "kuplet upgrade" in refused.stderr) == (2, True)
    app.run("registry", "add", "other", str(kubeflow.directory / "kubeflow"))
    app.run("pkg", "install", "kubeflow/core")
    before = app.read("app.yaml")
    refused = app.fails("pkg", "install", "other/core")
    assert (refused.code, 'called "core" of two registries' in refused.stderr) == (2, True)
    assert app.read("app.yaml") == before
    assert len(app.vendored()) == 1


def test_a_library_of_one_environment(tmp_path: Path, kubeflow: Repository) -> None:
    app = ksonnet_app(tmp_path, "0.3.0")
    app.run("pkg", "install", "kubeflow/core", "--env", "default")
    text = app.read("app.yaml")
    assert "    libraries:\n      kubeflow/core:\n        name: core\n" in text
    assert "default" in app.run("pkg", "list", "--installed").stdout
    app.run("pkg", "remove", "kubeflow/core", "--env", "default")
    assert app.vendored() == []


def test_a_registry_may_be_overridden(tmp_path: Path, kubeflow: Repository) -> None:
    app = ksonnet_app(tmp_path, "0.3.0")
    before = app.read("app.yaml")
    app.run("registry", "add", "kubeflow", str(kubeflow.directory / "kubeflow"), "-o")
    assert app.read("app.yaml") == before
    assert app.read("app.override.yaml").startswith("apiVersion: 0.3.0\nkind: ksonnet.io/app-over")
    listed = app.run("registry", "list").stdout.splitlines()
    assert any(line.split()[:3] == ["kubeflow", "*", "fs"] for line in listed)
    app.run("registry", "rm", "kubeflow")
    assert not (app.root / "app.override.yaml").exists()


def test_packages_that_ksonnet_installed_are_not_in_the_lock(
    tmp_path: Path, kubeflow: Repository
) -> None:
    app = ksonnet_app(tmp_path, "0.3.0")
    app.run("pkg", "install", "kubeflow/core")
    (app.root / "kuplet.lock").unlink()
    assert "warning[package-unlocked]" in app.run("pkg", "verify").stdout
    assert "it is pinned" in app.run("pkg", "update").stderr
    shutil.rmtree(app.root / "vendor")
    app.run("pkg", "install")
    assert "as locked" in app.run("pkg", "verify").stderr


def test_helm_registries_are_listed_but_not_read(tmp_path: Path, kubeflow: Repository) -> None:
    app = ksonnet_app(tmp_path, "0.3.0")
    text = app.read("app.yaml").replace(
        "registries:\n", "registries:\n  charts: {protocol: helm, uri: x}\n"
    )
    (app.root / "app.yaml").write_text(text)
    assert "helm" in app.run("registry", "list").stdout
    refused = app.fails("pkg", "install", "charts/redis")
    assert (refused.code, "holds Helm charts" in refused.stderr) == (2, True)
    assert "kubeflow" in app.run("pkg", "list").stdout
