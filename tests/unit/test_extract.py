import pytest

from compiler.errors import AppError
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.extract import extract
from compiler.stages.render import RenderedComponent
from tests.factories import make_component, make_environment

CONFIG: dict[str, JsonValue] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "config"},
}


def extracted(*trees: JsonValue) -> list[Manifest]:
    rendered = [
        RenderedComponent(component=make_component(f"c{index}"), tree=tree)
        for index, tree in enumerate(trees)
    ]
    return extract(make_environment(), rendered)


@pytest.mark.parametrize(
    ("tree", "paths"),
    [
        (CONFIG, ["$"]),
        ([CONFIG], ["$[0]"]),
        ({"a": {"b": CONFIG}, "off": None}, ["$.a.b"]),
        ({"apiVersion": "v1", "kind": "List", "items": [CONFIG]}, ["$.items[0]"]),
        ({}, []),
    ],
    ids=["object", "array", "map", "list", "nothing"],
)
def test_objects_are_found_wherever_they_stand(tree: JsonValue, paths: list[str]) -> None:
    assert [manifest.origin.path for manifest in extracted(tree)] == paths


def test_items_of_a_typed_list_inherit_its_kind() -> None:
    tree: JsonValue = {
        "apiVersion": "v1",
        "kind": "ConfigMapList",
        "items": [{"metadata": {"name": "a"}}],
    }
    assert [str(manifest.ref) for manifest in extracted(tree)] == ["ConfigMap/a"]


def test_labels_say_whose_object_it_is_and_keep_the_prototypes_own_name() -> None:
    metadata: JsonValue = {"name": "config", "labels": {"app.kubernetes.io/name": "mine", "x": "y"}}
    (manifest,) = extracted({**CONFIG, "metadata": metadata})
    assert manifest.labels == {
        "app.kubernetes.io/name": "mine",
        "app.kubernetes.io/instance": "c0",
        "app.kubernetes.io/part-of": "demo",
        "app.kubernetes.io/managed-by": "kuplet",
        "kuplet.dev/app": "demo",
        "kuplet.dev/environment": "test",
        "kuplet.dev/component": "c0",
        "x": "y",
    }


def test_a_namespace_is_set_only_where_the_kind_has_one_and_none_is_set() -> None:
    crd: JsonValue = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "globals.x.io"},
        "spec": {"group": "x.io", "scope": "Cluster", "names": {"kind": "Global"}},
    }
    other: JsonValue = {**CONFIG, "metadata": {"name": "other", "namespace": "elsewhere"}}
    custom: JsonValue = {"apiVersion": "x.io/v1", "kind": "Global", "metadata": {"name": "g"}}
    found = {manifest.ref.name: manifest.ref.namespace for manifest in extracted(
        [CONFIG, crd, other, custom]
    )}  # fmt: skip
    assert found == {"config": "test", "globals.x.io": "", "other": "elsewhere", "g": ""}


def test_two_objects_of_one_identity_are_refused_with_both_origins() -> None:
    with pytest.raises(AppError) as caught:
        extracted(CONFIG, [CONFIG])
    finding = caught.value.findings[0]
    assert finding.rule == "object-duplicate"
    assert finding.notes == (
        'first by component "c0", components/c0.jsonnet ($)',
        'then by component "c1", components/c1.jsonnet ($[0])',
    )


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ("text", '$ is "text", but a Kubernetes object is expected'),
        ({"a": [1]}, "$.a[0] is 1, but a Kubernetes object is expected"),
        ({"kind": "ConfigMap"}, 'the object at $ has no "apiVersion"'),
        ({"apiVersion": "v1"}, 'the object at $ has no "kind"'),
        ({"apiVersion": "v1", "kind": "Pod"}, "the Pod at $ has no metadata.name"),
        ({"apiVersion": 1, "kind": "Pod"}, "apiVersion and kind of $ must be text"),
    ],
)
def test_what_is_no_object_is_named_with_its_path(tree: JsonValue, message: str) -> None:
    with pytest.raises(AppError) as caught:
        extracted(tree)
    assert caught.value.findings[0].message == f'component "c0": {message}'


def test_the_input_is_not_changed() -> None:
    before = {**CONFIG}
    extracted(CONFIG)
    assert before == CONFIG


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"name": "x", "labels": ["a"]}, "metadata.labels must be an object, got a list"),
        ({"name": "x", "annotations": "a"}, 'metadata.annotations must be an object, got "a"'),
        ({"name": "x", "namespace": 5}, "metadata.namespace must be a string, got 5"),
        ({"name": 5}, "metadata.name must be a string, got 5"),
        (["x"], "metadata must be an object, got a list"),
    ],
)
def test_metadata_of_another_form_is_refused_and_not_replaced(
    metadata: JsonValue, said: str
) -> None:
    with pytest.raises(AppError) as caught:
        extracted({**CONFIG, "metadata": metadata})
    assert said in caught.value.findings[0].message
    assert len(caught.value.findings) == 1


def test_metadata_may_leave_open_what_it_names() -> None:
    metadata: JsonValue = {"name": "x", "labels": None, "annotations": None, "namespace": None}
    (manifest,) = extracted({**CONFIG, "metadata": metadata})
    assert manifest.ref.namespace == "test"
