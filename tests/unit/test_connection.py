"""The way to a server is the one that the official client takes with the same kubeconfig."""

import base64
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from compiler.cluster.connect import connection_to
from compiler.cluster.connection import Connection
from compiler.errors import ExternalError
from compiler.model.app import Destination
from compiler.model.json import JsonObject

AUTHORITY = trustme.CA()
LEAF = AUTHORITY.issue_cert("joe.example")
CA = AUTHORITY.cert_pem.bytes()
CERTIFICATE = LEAF.cert_chain_pems[0].bytes()
KEY = LEAF.private_key_pem.bytes()
SERVER = "https://one.example:6443"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def data(content: bytes) -> str:
    return base64.b64encode(content).decode()


OF_DATA = {"client-certificate-data": data(CERTIFICATE), "client-key-data": data(KEY)}
OF_FILES = {"client-certificate": "joe.crt", "client-key": "joe.key"}
CASES: dict[str, tuple[JsonObject, JsonObject, dict[str, str]]] = {
    "nothing": ({}, {}, {}),
    "authority": ({"certificate-authority-data": data(CA)}, {"token": "t"}, {}),
    "authority file": ({"certificate-authority": "ca.crt"}, {"tokenFile": "token"}, {}),
    "authority twice": (
        {"certificate-authority": "other.crt", "certificate-authority-data": data(CA)}, {}, {},
    ),
    "certificates": ({"certificate-authority-data": data(CA)}, {**OF_DATA}, {}),
    "certificate files": ({"certificate-authority": "ca.crt"}, {**OF_FILES}, {}),
    "unchecked": ({"insecure-skip-tls-verify": True}, {**OF_DATA}, {}),
    "checked": ({"insecure-skip-tls-verify": False}, {}, {}),
    "name": ({"tls-server-name": "two.example"}, {}, {}),
    "slash": ({"server": f"{SERVER}/k8s/"}, {}, {}),
    "plain": ({"server": "http://one.example:80"}, {**OF_DATA, "token": "t"}, {}),
    "proxy": ({"proxy-url": "http://joe@proxy.example:3128"}, {}, {}),
    "encrypted proxy": ({"proxy-url": "https://proxy.example:3128"}, {}, {}),
    "environment": ({}, {}, {"HTTPS_PROXY": "http://proxy.example:1"}),
    "environment for all": ({}, {}, {"ALL_PROXY": "http://proxy.example:1"}),
    "environment for others": ({}, {}, {"HTTP_PROXY": "http://proxy.example:1"}),
    "both": (
        {"proxy-url": "http://one.example:1"}, {}, {"HTTPS_PROXY": "http://proxy.example:1"},
    ),
    **{
        f"{server} except {name}": (
            {"server": server},
            {},
            {"HTTPS_PROXY": "http://proxy.example:1", "NO_PROXY": name},
        )
        for name, server in [
            ("*", SERVER),
            ("one.example", SERVER),
            ("one.example:6443", SERVER),
            ("one.example:1", SERVER),
            ("example", SERVER),
            (" .Example , other", SERVER),
            ("ample", SERVER),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.0.0.0/8", "https://11.1.2.3"),
            ("10.1.2.3", "https://10.1.2.3:6443"),
            ("fd00::/8", "https://[fd00::1]:6443"),
            ("", SERVER),
        ]
    },
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, content in {
        "ca.crt": CA, "other.crt": b"other", "joe.crt": CERTIFICATE, "joe.key": KEY,
        "token": b"t",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    return tmp_path


def write(home: Path, cluster: JsonObject, user: JsonObject) -> Path:
    file = home / "config"
    document = {
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": SERVER, **cluster}}],
        "users": [{"name": "it", "user": user}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def settings(pool: Any) -> dict[str, object]:
    """Return what connections are made with; of files what is in them."""
    found = {key: value for key, value in pool.connection_pool_kw.items() if value is not None}
    for key in ("ca_certs", "cert_file", "key_file"):
        if key in found:
            found[key] = Path(str(found[key])).read_bytes()
    config = found.pop("_proxy_config", None)
    found.pop("retries", None)  # each request says that
    found.pop("maxsize", None)  # how many connections are kept is a matter of speed
    return {
        **{key: value for key, value in found.items() if not key.startswith("_")},
        "proxy": str(getattr(pool, "proxy", None)),
        "unlike": getattr(config, "use_forwarding_for_https", None),
        "type": type(pool).__name__,
    }


def of_official_client(file: Path) -> tuple[str, dict[str, object], dict[str, str]]:
    from kubernetes import client, config

    configuration = client.Configuration()
    config.load_kube_config(str(file), client_configuration=configuration)
    headers: dict[str, str] = {}
    official = client.ApiClient(configuration)
    official.update_params_for_auth(headers, [], ["BearerToken"], "/", "GET", None)
    return configuration.host, settings(official.rest_client.pool_manager), headers


@pytest.mark.parametrize("case", CASES)
def test_it_is_the_way_of_the_official_client(
    case: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, user, variables = CASES[case]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = write(home, cluster, user)
    ours = connection_to(Destination(), file)
    server, pool, headers = of_official_client(file)
    assert ours.server == server
    proxy_headers = ours.pool.connection_pool_kw.get("_proxy_headers")
    assert bool(proxy_headers) == (case == "proxy")  # the official one leaves that to whoever asks
    assert settings(ours.pool) == pool
    assert ours.token is None or {"authorization": ours.token()} == headers
    assert bool(ours.token) == bool(headers)


def test_this_machine_is_not_behind_a_proxy_that_the_environment_names(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    for server in ("https://127.0.0.1:6443", "https://localhost", "https://[::1]:1"):
        assert connection_to(Destination(), write(home, {"server": server}, {})).proxy is None


@pytest.mark.parametrize(
    ("cluster", "user", "problem"),
    [
        ({"certificate-authority": "gone.crt"}, {}, "gone.crt: No such file or directory"),
        ({}, {"client-certificate": "gone.crt"}, "gone.crt: No such file or directory"),
        ({"certificate-authority-data": "x"}, {}, "cannot use the context"),
        ({}, {**OF_FILES, "client-key": "ca.crt"}, "are no pair in PEM"),
        ({}, {"client-certificate": "joe.crt"}, "are no pair in PEM"),
    ],
)
def test_what_cannot_be_used_is_named(
    home: Path, cluster: JsonObject, user: JsonObject, problem: str
) -> None:
    with pytest.raises(ExternalError, match=problem):
        connection_to(Destination(), write(home, cluster, user))


def test_a_file_that_is_renewed_is_read_anew(home: Path) -> None:
    file = write(home, {"certificate-authority": "ca.crt"}, {**OF_FILES, "tokenFile": "token"})
    found = connection_to(Destination(), file)
    (home / "token").write_text("later")
    assert found.token is not None
    assert found.token() == "Bearer later"
    assert found.certificate.file == str(home / "joe.crt")


def test_a_key_is_in_no_file_of_ours_any_more_when_nobody_needs_it(home: Path) -> None:
    found: Connection | None = connection_to(Destination(), write(home, {}, {**OF_DATA}))
    assert found is not None
    key = Path(str(found.key.file))
    assert (key.read_bytes(), key.stat().st_mode & 0o077) == (KEY, 0)
    found = None
    assert not key.exists()


def test_a_plugin_may_log_in_with_a_certificate(home: Path) -> None:
    status = {"clientCertificateData": CERTIFICATE.decode(), "clientKeyData": KEY.decode()}
    (home / "answer").write_text(json.dumps({"status": status}))
    plugin: JsonObject = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat",
        "args": [str(home / "answer")],
    }
    found = connection_to(Destination(), write(home, {}, {"exec": plugin}))
    assert Path(str(found.certificate.file)).read_bytes() == CERTIFICATE
    assert found.pool.connection_pool_kw["cert_reqs"] is ssl.CERT_REQUIRED
    assert found.token is None


def test_a_pod_that_has_no_account_is_told_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    with pytest.raises(ExternalError, match=r"of a pod: .*ca\.crt: No such file"):
        connection_to(Destination(server="https://kubernetes.default.svc"))
