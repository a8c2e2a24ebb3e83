"""A git repository shaped like Kubeflow's, that github.com leads to, and a cache of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.registry.places import Repository, write_package

FIRST_TAG = "v0.2.0-rc.1"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing that a user has cached or configured reaches the tests."""
    monkeypatch.setenv("KUPLET_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return tmp_path / "cache"


@pytest.fixture
def kubeflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Kubeflow's repository as git sees it: on this machine, under its public name."""
    directory = tmp_path / "repository"
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[url "file://{directory}"]\n\tinsteadOf = https://github.com/kubeflow/kubeflow\n'
        "[user]\n\tname = Test\n\temail = test@example.com\n"
        "[init]\n\tdefaultBranch = master\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    subprocess.run(["git", "init", "--quiet", str(directory)], check=True)
    repository = Repository(directory)
    repository.git("config", "uploadpack.allowFilter", "true")
    (directory / "kubeflow").mkdir()
    (directory / "kubeflow/registry.yaml").write_text(
        "apiVersion: '0.1'\nkind: ksonnet.io/registry\nlibraries:\n"
        "  core: {version: master, path: ../../../etc}\n"
        "  tf-serving: {version: master, path: tf-serving}\n"
        "  tf-job: {version: master, path: tf-job}\n"
    )
    for package, prototype in (
        ("core", "kubeflow-core"),
        ("tf-serving", "tf-serving"),
        ("tf-job", "tf-job"),
    ):
        write_package(directory / "kubeflow" / package, "kubeflow", package, prototype)
    (directory / "huge.bin").write_bytes(b"outside of the registry's folder" * 1000)
    repository.commit("first", tag=FIRST_TAG)
    return repository
