"""Kubeconfig files: which context, which paths, and errors that do not repeat what is secret."""

import base64
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from compiler.cluster.connect import connect, destination_of_context
from compiler.cluster.kubeconfig import Kubeconfig, read_kubeconfig
from compiler.errors import ExternalError
from compiler.model.app import Destination
from compiler.model.json import JsonObject

KEY = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBL"


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
        (b"users: [{name: a, user: {token: 5}}]", ': "token" of its user "a" is not a text'),
        (b"users: [{name: a, user: {exec: x}}]", ': "exec" of its user "a" is not a mapping'),
        (
            b"clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'false'}}]",
            ': "insecure-skip-tls-verify" of its cluster "a" is not true or false',
        ),
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


def cluster(**fields: object) -> dict[str, object]:
    return {"clusters": [{"name": "prod", "cluster": fields}]}


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("https://one:6443/", "https://one:6443/"),
        ("https://joe:pw@one/rancher?token=x#y", "https://joe:pw@one/rancher"),
        ("one:6443", "http://one:6443"),
        ("[::1]:6443", "http://[::1]:6443"),
    ],
)
def test_a_server_is_read_as_kubectl_reads_it(
    tmp_path: Path, server: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "config", config(**cluster(server=server)))
    monkeypatch.setenv("KUBECONFIG", str(file))
    assert destination_of_context("prod").server == address


def test_a_server_without_a_scheme_is_encrypted_where_certificates_are_named() -> None:
    fields: dict[str, JsonObject] = {
        "prod": {"server": "one", "certificate-authority-data": "Q0E="}
    }
    contexts: dict[str, JsonObject] = {"prod": {"cluster": "prod"}}
    assert Kubeconfig(clusters=fields, contexts=contexts).server_of("prod") == "https://one"


@pytest.mark.parametrize(
    "server",
    [
        f"https://joe:{KEY}/x@one:1",
        "https://one:99999",
        "https://one:web",
        "ftp://one",
        "https://[::1",
        "https://one\n:1",
        "https://",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "KUBECONFIG", str(write(tmp_path / "config", config(**cluster(server=server))))
    )
    with pytest.raises(ExternalError, match="has a server that is no address") as caught:
        connect(Destination(context="prod"))
    assert KEY not in repr(caught.value.findings)


@pytest.mark.parametrize(
    ("fields", "user", "problem"),
    [
        ({"proxy-url": f"socks5://joe:{KEY}@one:1"}, {}, "the proxy of the API server is no"),
        ({"proxy-url": f"::{KEY}"}, {}, "the proxy of the API server is no"),
        ({"certificate-authority-data": KEY}, {}, "certificate-authority is no certificate"),
        ({}, {"client-certificate-data": KEY, "client-key-data": KEY}, "are no pair in PEM"),
    ],
)
def test_what_the_client_would_stumble_over_later_is_refused(
    tmp_path: Path,
    fields: dict[str, str],
    user: dict[str, str],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = config(
        **cluster(server="https://one", **fields), users=[{"name": "prod", "user": user}]
    )
    file = write(tmp_path / "config", document)
    monkeypatch.setenv("KUBECONFIG", str(file))
    with pytest.raises(ExternalError, match=problem) as caught:
        connect(Destination(context="prod"))
    assert str(file) in repr(caught.value.findings)
    assert KEY not in repr(caught.value.findings)


def test_a_proxy_is_told_who_wants_to_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Proxy-Authorization"])
            answer = b'{"gitVersion": "v1.36.3"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as above
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        address = f"http://joe:p%40w@127.0.0.1:{proxy.server_port}"
        behind = cluster(server="http://one", **{"proxy-url": address})
        document = config(**behind, users=[{"name": "prod", "user": {}}])
        monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "config", document)))
        connect(Destination(context="prod"))
        proxy.shutdown()
    assert asked == ["Basic " + base64.b64encode(b"joe:p@w").decode()]
