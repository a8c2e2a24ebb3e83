"""Kubeconfig files: which context, which paths, and errors that do not repeat what is secret."""

import os
from pathlib import Path

import pytest
import yaml

from compiler.cluster.connect import connect, destination_of_context
from compiler.cluster.kubeconfig import read_kubeconfig
from compiler.errors import ExternalError
from compiler.model.app import Destination

KEY = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVk"


def config(name: str = "prod", /, **more: object) -> dict[str, object]:
    return {
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}:6443"}}],
        "users": [{"name": name, "user": {"client-key-data": KEY}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        **more,
    }


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


@pytest.mark.parametrize("current", [{}, {"current-context": "gone"}, {"current-context": ""}])
def test_a_context_is_found_whatever_the_current_one_is(
    tmp_path: Path, current: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "config", config(**current))))
    assert destination_of_context("prod").server == "https://prod:6443"


def test_the_first_file_that_names_a_thing_wins_and_paths_belong_to_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = config("one"), config("two")
    one["clusters"] = [{"name": "one", "cluster": {"certificate-authority": "ca.crt"}}]
    two["users"] = [
        {"name": "two", "user": {"tokenFile": "token", "exec": {"command": "bin/login"}}},
        {"name": "one", "user": {"token": "later"}},
    ]
    files = [write(tmp_path / "a/config", one), write(tmp_path / "b/config", two)]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([*map(str, files), "", "/nonexistent"]))
    found = read_kubeconfig()
    assert found.clusters["one"]["certificate-authority"] == str(tmp_path / "a/ca.crt")
    assert found.users["two"]["tokenFile"] == str(tmp_path / "b/token")
    assert found.users["two"]["exec"] == {"command": str(tmp_path / "b/bin/login")}
    assert found.users["one"] == {"client-key-data": KEY}
    assert found.files == tuple(files)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"users:\n- key: \xff" + KEY.encode(), ": its byte 14 is no UTF-8"),
        (b"a: 1\n\tb: " + KEY.encode(), ":2:1: "),
        (f"a: [{KEY}".encode(), ":"),
        (f"a: *{KEY}".encode(), ":1:4: found undefined alias"),
        (f"- {KEY}".encode(), ": it is no mapping"),
        (f"users: {KEY}".encode(), ': "users" is no list'),
        (b"a: " + b"[" * 100_000, ":1:1003: exceeded maximum nesting depth"),
    ],
)
def test_a_broken_file_is_named_and_not_shown(
    tmp_path: Path, content: bytes, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_bytes(content)
    monkeypatch.setenv("KUBECONFIG", str(file))
    with pytest.raises(ExternalError) as caught:
        read_kubeconfig()
    assert f"cannot use {file}{problem}" in str(caught.value)
    assert KEY not in repr(caught.value.findings)


def test_a_file_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    with pytest.raises(ExternalError, match="KUBECONFIG names /nonexistent: no such file"):
        connect(Destination(context="prod"))


def test_no_file_at_all_is_another_thing_than_no_such_context() -> None:
    with pytest.raises(ExternalError, match='no context "prod": there is no kubeconfig'):
        connect(Destination(context="prod"))


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"clusters": []}, 'its context "prod" names no cluster that is there'),
        ({"users": []}, 'its context "prod" names no user that is there'),
        ({"clusters": [{"name": "prod"}]}, 'the cluster of its context "prod" has no server'),
    ],
)
def test_a_context_that_leads_nowhere_is_named(
    tmp_path: Path, part: dict[str, object], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "config", config(**part))
    monkeypatch.setenv("KUBECONFIG", str(file))
    with pytest.raises(ExternalError) as caught:
        connect(Destination(context="prod"))
    assert f"cannot use the kubeconfig {file}: {problem}" in str(caught.value)
