"""Of a Secret only what is known to be harmless is shown."""

import pytest

from compiler.model.json import JsonObject
from compiler.model.secret import MASK, hidden_fields, masked, masked_pair

HEAD: JsonObject = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"k": "hunter2"}},
        {"stringData": {"k": "hunter2"}},
        {"stringDatas": {"k": "hunter2"}},
        {"Data": "hunter2"},
        {"data": "hunter2"},
        {"data": ["hunter2"]},
        {"spec": {"deep": ["hunter2"]}},
        {"kind": "secret", "data": {"k": "hunter2"}},
        {"apiVersion": "V1", "data": {"k": "hunter2"}},
        {"kind": "Secrets", "data": {"k": "hunter2"}},
        {"kind": "Secert", "data": {"k": "hunter2"}},
        {"kind": "Scret ", "data": {"k": "hunter2"}},
        {"kind": "Opaque", "stringData": {"k": "hunter2"}},
    ],
)
def test_what_is_not_known_is_masked(fields: JsonObject) -> None:
    body = {**HEAD, **fields}
    changed = {**body, **dict.fromkeys(fields.keys() - HEAD.keys(), "hunter3")}
    before, after = masked_pair(body, changed)
    assert "hunter" not in str([masked(body), before, after])
    assert before != after
    assert masked(body)["metadata"] == HEAD["metadata"]


def test_what_slipped_into_the_metadata_of_a_secret_is_masked() -> None:
    body: JsonObject = {**HEAD, "metadata": {"name": "s", "stringData": {"k": "hunter2"}}}
    changed: JsonObject = {**HEAD, "metadata": {"name": "s", "stringData": {"k": "hunter3"}}}
    before, after = masked_pair(body, changed)
    assert "hunter" not in str([masked(body), before, after])
    assert before != after
    assert hidden_fields(body) == {"metadata.stringData": {"k": "hunter2"}}


def test_what_is_harmless_and_the_keys_stay() -> None:
    body: JsonObject = {**HEAD, "type": "Opaque", "immutable": True, "data": {"k": "x"}}
    assert masked(body) == {**body, "data": {"k": MASK}}


def test_other_objects_stay_as_they_are() -> None:
    for head in (
        {"kind": "ConfigMap"},
        {"kind": "Service"},
        {"kind": "SecretStore", "apiVersion": "external-secrets.io/v1"},
    ):
        body: JsonObject = {**HEAD, **head, "data": {"k": "x"}}
        assert masked(body) == body
