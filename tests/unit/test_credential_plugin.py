"""Programs that log in: what they are told, what they answer, and what is said when they fail."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compiler.cluster.credential_plugin import Credential, CredentialPlugin
from compiler.errors import ExternalError
from compiler.model.json import JsonObject


def plugin(tmp_path: Path, script: str, timeout_s: float = 10, **more: object) -> CredentialPlugin:
    program = tmp_path / "login"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    settings: JsonObject = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(program),
        **more,  # type: ignore[dict-item]
    }
    cluster: JsonObject = {"server": "https://prod"}
    return CredentialPlugin(
        settings=settings, cluster=cluster, place='config, user "joe"', timeout_s=timeout_s
    )


def answer(**status: str) -> str:
    return f"echo '{json.dumps({'kind': 'ExecCredential', 'status': status})}'"


def test_a_token_is_answered(tmp_path: Path) -> None:
    found = plugin(tmp_path, answer(token="t", expirationTimestamp="2030-01-01T00:00:00Z")).run()
    assert found == Credential(token="t", expires=datetime(2030, 1, 1, tzinfo=UTC))
    assert found.certificates == {}


def test_it_is_told_what_it_needs(tmp_path: Path) -> None:
    script = f'echo "$KUBERNETES_EXEC_INFO $REGION $1" > {tmp_path}/told; ' + answer(token="t")
    variables = [{"name": "REGION", "value": "north"}]
    plugin(tmp_path, script, args=["x"], env=variables, provideClusterInfo=True).run()
    information, rest = (tmp_path / "told").read_text().strip().rsplit("}", 1)
    assert rest.split() == ["north", "x"]
    assert json.loads(information + "}")["spec"] == {
        "interactive": False,
        "cluster": {"server": "https://prod"},
    }


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo 'no session' >&2; exit 3", "ended with code 3"),
        ("echo no", "answers something that is no ExecCredential"),
        (answer(), "answers without a token or a certificate"),
        (answer(clientCertificateData="only half"), "answers without a token or a certificate"),
    ],
)
def test_its_own_words_and_the_hint_of_the_kubeconfig_are_shown(
    tmp_path: Path, script: str, problem: str
) -> None:
    with pytest.raises(ExternalError) as caught:
        plugin(tmp_path, script, installHint="see https://example.com/login").run()
    finding = caught.value.findings[0]
    assert problem in finding.message
    assert finding.hint == "see https://example.com/login"
    assert finding.notes[-1] == 'named by config, user "joe"'
    assert ("no session" in finding.notes) == ("no session" in script)


def test_one_that_is_not_installed_says_how_to_install_it(tmp_path: Path) -> None:
    missing = plugin(tmp_path, "", command="no-such-login", installHint="install it")
    with pytest.raises(ExternalError) as caught:
        missing.run()
    assert "is not installed" in caught.value.findings[0].message
    assert caught.value.findings[0].hint == "install it"


def test_one_that_hangs_is_not_waited_for_without_end(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match="has not answered after 0 s"):
        plugin(tmp_path, "exec sleep 60", timeout_s=0.2).run()


def test_one_that_has_to_ask_needs_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match="this is no terminal"):
        plugin(tmp_path, answer(token="t"), interactiveMode="Always").run()


@pytest.mark.parametrize(("left_s", "is_stale"), [(3600, False), (10, True), (-10, True)])
def test_a_token_is_renewed_before_it_expires(left_s: int, *, is_stale: bool) -> None:
    expires = datetime.now(UTC) + timedelta(seconds=left_s)
    assert Credential(token="t", expires=expires).is_stale is is_stale
