"""Headers that say who asks; a secret that cannot be one is in no error."""

from pathlib import Path

import pytest

from compiler.cluster.credential_plugin import Credential
from compiler.cluster.credentials import headers_of, token_of
from compiler.errors import ExternalError
from compiler.model.json import JsonObject

SECRET = "hush"


def token(user: JsonObject) -> str:
    found = token_of(user, "config", None, Credential())
    return found() if found else ""


def all_of(user: JsonObject) -> object:
    return token(user), [*headers_of(user, "config")]


def test_a_token_file_is_read_each_time_and_its_line_break_is_none_of_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("one\n")
    found = token_of({"tokenFile": str(file), "token": "old"}, "config", None, Credential())
    assert found is not None
    assert found() == "Bearer one"
    file.write_text("two\n")
    assert found() == "Bearer two"


@pytest.mark.parametrize(
    "user",
    [
        {"token": f"{SECRET}\n"},
        {"token": f"{SECRET}\r\nX-Remote-User: admin"},
        {"token": f"{SECRET}\x00"},
        {"as": f"{SECRET}\n"},
        {"as-groups": [f"{SECRET}\nx"]},
        {"as-user-extra": {"a": f"{SECRET}\n"}},
        {"auth-provider": {"name": "gcp", "config": {"access-token": SECRET}}},
        {"tokenFile": "/nonexistent"},
    ],
)
def test_what_is_no_header_is_refused_and_not_shown(user: JsonObject) -> None:
    with pytest.raises(ExternalError) as caught:
        all_of(user)
    assert caught.value.findings[0].rule == "kubeconfig"
    assert "config" in caught.value.findings[0].message
    assert SECRET not in repr(caught.value.findings)


@pytest.mark.parametrize(
    ("user", "headers"),
    [
        ({"as": "zoé"}, [("Impersonate-User", "zoé".encode())]),
        ({"username": "joe", "password": "é"}, [("Authorization", b"Basic am9lOsOp")]),
        ({"username": "joe", "token": "t"}, []),
    ],
)
def test_headers_are_in_utf_8(user: JsonObject, headers: list[tuple[str, bytes]]) -> None:
    assert [(name, text.encode("latin-1")) for name, text in headers_of(user, "c")] == headers


def test_a_token_of_another_alphabet_is_sent() -> None:
    assert token({"token": "é€"}).encode("latin-1") == "Bearer é€".encode()
    assert token({"auth-provider": {"name": "oidc", "config": {"id-token": "x"}}}) == "Bearer x"
    assert token({}) == ""
