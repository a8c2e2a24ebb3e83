"""When two values are the same: not what Python says, to which ``True`` equals ``1``."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.model.change import Action
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.release import RecordedParameter, Release, ReleaseStatus
from compiler.stages.diff import compared
from compiler.stages.release_changes import changes_between
from tests.factories import make_manifest

# Few scalars, so that many pairs are alike.
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.sampled_from([0, 1, 1.0, 2, True, False, None, "", "1", "true"]),
    lambda children: (
        st.lists(children, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b"]), children, max_size=2)
    ),
    max_leaves=6,
)
WRAPPED = [lambda value: value, lambda value: [0, value], lambda value: {"a": {"b": [value]}}]


def canonical(value: JsonValue) -> str:
    """Return a text that only the same values have; ``1.0`` is written as ``1``."""
    return json.dumps(value, sort_keys=True).replace("1.0", "1")


@given(VALUES, VALUES)
def test_values_are_the_same_when_json_writes_them_alike(
    first: JsonValue, second: JsonValue
) -> None:
    assert same(first, second) == (canonical(first) == canonical(second))


@pytest.mark.parametrize("wrapped", WRAPPED)
def test_a_boolean_is_no_number(wrapped: object) -> None:
    assert callable(wrapped)
    for number, boolean in ((1, True), (0, False), (1.0, True)):
        assert not same(wrapped(number), wrapped(boolean))
        assert not same(wrapped(boolean), wrapped(number))
        assert same(wrapped(boolean), wrapped(boolean))
    assert same(wrapped(1), wrapped(1.0))


def release(value: JsonValue) -> Release:
    labels: JsonObject = {"kuplet.dev/component": "web"}
    body = make_manifest(spec={"flag": value}).body
    return Release(
        app="demo",
        environment="prod",
        revision=1,
        status=ReleaseStatus.SUCCEEDED,
        digest="",
        components=(),
        parameters={"web": {"flag": RecordedParameter(value=value, source="a.yaml:1")}},
        packages={},
        objects=({**body, "metadata": {"name": "x", "labels": labels}},),
    )


def test_history_sees_that_one_becomes_true() -> None:
    changes = changes_between(release(1), release(True))  # noqa: FBT003  a value, not a switch
    assert changes.summary == "1 parameter, 1 object"
    assert changes_between(release(1), release(1.0)).summary == "nothing"


def test_an_apply_that_makes_true_of_one_is_another_release() -> None:
    first = release(1)
    assert not first.is_like(release(True))  # noqa: FBT003  a value, not a switch
    assert first.is_like(release(1.0))
    assert not first.is_like(replace(first, digest="sha256:ab"))


def test_a_live_object_that_has_one_differs_from_true() -> None:
    manifest = make_manifest(spec={"flag": True})
    live = make_manifest(spec={"flag": 1}).body
    assert compared(manifest, live, manifest.body).action is Action.UPDATE


def test_a_secret_whose_value_becomes_true_is_seen_and_masked() -> None:
    manifest = make_manifest("Secret", data={"flag": True})
    live = make_manifest("Secret", data={"flag": 1}).body
    (change,) = compared(manifest, live, manifest.body).fields
    assert (change.before, change.after) == ("*** (before)", "*** (after)")
