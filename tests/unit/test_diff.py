from hypothesis import given
from hypothesis import strategies as st

from compiler.cli.report.diff import environments_text
from compiler.model.change import Action, FieldChange
from compiler.model.difference import ObjectDifference
from compiler.model.json import JsonValue, same
from compiler.stages.diff import (
    compare_environments,
    compared,
    created,
    field_changes,
    generated_keys,
)
from tests.factories import make_manifest

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_a_value_does_not_differ_from_itself(value: JsonValue) -> None:
    assert list(field_changes(value, value)) == []


@given(values, values)
def test_different_values_differ_somewhere(before: JsonValue, after: JsonValue) -> None:
    assert bool(list(field_changes(before, after))) is not same(before, after)


def test_list_items_are_matched_by_name() -> None:
    before: JsonValue = {"c": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}
    after: JsonValue = {"c": [{"name": "b", "image": "2"}, {"name": "a", "image": "1"}]}
    assert list(field_changes(before, after)) == [
        FieldChange(path="c[b].image", before="1", after="2"),
        FieldChange(path="c (order)", before=["a", "b"], after=["b", "a"]),
    ]


named = st.lists(st.sampled_from("abcdef"), unique=True)


@given(named, named)
def test_items_that_change_places_are_a_change(before: list[str], after: list[str]) -> None:
    old: JsonValue = [{"name": name} for name in before]
    new: JsonValue = [{"name": name} for name in after]
    found = [change for change in field_changes(old, new) if "order" in change.path]
    kept_before = [name for name in before if name in after]
    kept_after = [name for name in after if name in before]
    assert bool(found) is (kept_before != kept_after)


def test_null_is_another_thing_than_not_set() -> None:
    (change,) = field_changes({"spec": {"a": None}}, {"spec": {}})
    assert change.path == "spec.a"


def test_paths_with_dots_are_quoted() -> None:
    before: JsonValue = {"labels": {"a.b/c": "1"}}
    after: JsonValue = {"labels": {"a.b/c": "2"}}
    assert [change.path for change in field_changes(before, after)] == ['labels["a.b/c"]']


def test_what_the_server_writes_is_no_change() -> None:
    manifest = make_manifest(data={"a": "1"})
    metadata: JsonValue = {
        "name": "config",
        "namespace": "test",
        "uid": "1",
        "resourceVersion": "5",
        "managedFields": [],
        "creationTimestamp": "x",
    }
    live: dict[str, JsonValue] = {**manifest.body, "metadata": metadata, "status": {"x": 1}}
    assert compared(manifest, live, manifest.body).action is Action.KEEP


def test_secret_values_are_masked_and_changes_still_seen() -> None:
    manifest = make_manifest("Secret", "s")
    live = {**manifest.body, "data": {"same": "aaa", "other": "bbb", "gone": "ccc"}}
    merged = {**manifest.body, "data": {"same": "aaa", "other": "ddd", "new": "eee"}}
    change = compared(manifest, live, merged)  # type: ignore[arg-type]
    assert {item.path: (item.before, item.after) for item in change.fields} == {
        "data.gone": ("***", None),
        "data.new": (None, "***"),
        "data.other": ("*** (before)", "*** (after)"),
    }
    for secret in ("aaa", "bbb", "ccc", "ddd", "eee"):
        assert secret not in repr((change.before, change.after, change.fields))


def test_a_created_secret_is_masked() -> None:
    change = created(make_manifest("Secret", "s", stringData={"password": "hunter2"}))
    assert "hunter2" not in repr((change.after, change.fields))


def test_a_secret_says_which_values_will_be_made_up() -> None:
    manifest = make_manifest("Secret", "s")
    metadata: JsonValue = {
        "name": "s",
        "annotations": {"kuplet.dev/generate": "user:20 password:40"},
    }
    body: dict[str, JsonValue] = {**manifest.body, "metadata": metadata}
    assert generated_keys(body) == {"user": 20, "password": 40}
    assert generated_keys({**body, "kind": "ConfigMap"}) == {}


def test_environments_are_aligned_by_component_without_namespace_and_label() -> None:
    first = [make_manifest(name="a", namespace="x"), make_manifest(name="b", namespace="x")]
    second = [
        make_manifest(name="a", namespace="y"),
        make_manifest(name="c", namespace="y", data={"k": "v"}),
    ]
    found = compare_environments(first, second)
    assert [str(item.manifest.ref) for item in found] == ["ConfigMap/b", "ConfigMap/c"]


def test_an_object_that_one_side_lacks_is_not_shown_at_any_length() -> None:
    large = make_manifest("CustomResourceDefinition", data={f"k{n}": "x" for n in range(500)})
    shown = environments_text([ObjectDifference(before=large, after=None)])
    assert shown.count("\n") < 200
    assert "more lines" in shown
    whole = environments_text([ObjectDifference(before=large, after=None)], longest=None)
    assert whole.count("\n") > 500
