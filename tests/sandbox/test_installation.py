from pathlib import Path

import pytest

from compiler.sandbox.catalogue import ETCD, KUBE_APISERVER, TRAINING_OPERATOR
from compiler.sandbox.installation import cached_path, find_program


def fake_program(path: Path, version_output: str) -> Path:
    """Write a program that only knows its version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{version_output}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def _nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "assets"))


def origin_of_etcd(tmp_path: Path) -> str:
    found = find_program(ETCD, tmp_path / "cache")
    return found.origin if found else "nowhere"


def test_a_program_is_looked_for_in_assets_then_path_then_cache(tmp_path: Path) -> None:
    assert origin_of_etcd(tmp_path) == "nowhere"
    fake_program(cached_path(ETCD, tmp_path / "cache"), "etcd Version: 3.7.3")
    assert origin_of_etcd(tmp_path) == "kuplet"
    fake_program(tmp_path / "bin" / "etcd", "etcd Version: 3.6.1")
    assert origin_of_etcd(tmp_path) == "PATH"
    fake_program(tmp_path / "assets" / "etcd", "etcd Version: 3.6.9")
    assert origin_of_etcd(tmp_path) == "KUBEBUILDER_ASSETS"


def test_a_found_program_tells_its_own_version(tmp_path: Path) -> None:
    fake_program(tmp_path / "bin" / "kube-apiserver", "Kubernetes v1.36.1")
    found = find_program(KUBE_APISERVER, tmp_path / "cache")
    assert found is not None
    assert found.version == "1.36.1"


@pytest.mark.parametrize("output", ["Kubernetes v1.35.4", "something else", ""])
def test_a_program_that_does_not_fit_the_others_is_passed_over(output: str, tmp_path: Path) -> None:
    fake_program(tmp_path / "bin" / "kube-apiserver", output)
    assert find_program(KUBE_APISERVER, tmp_path / "cache") is None


def test_a_program_that_cannot_tell_its_version_is_only_taken_from_the_cache(
    tmp_path: Path,
) -> None:
    fake_program(tmp_path / "bin" / "training-operator", "")
    assert find_program(TRAINING_OPERATOR, tmp_path / "cache") is None
