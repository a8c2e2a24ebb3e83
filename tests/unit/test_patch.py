"""Patches of a component change its objects, and nothing else of them."""

from pathlib import Path

import pytest

from compiler.errors import AppError
from compiler.model.json import JsonObject
from compiler.model.manifest import objects_at, value_at
from compiler.verbs.compile import compile_environment
from tests.factories import load, write_app

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: main
          image: a:1
          args: [x, y]
          env: [{name: A, value: "1"}, {name: B, value: "2"}]
          volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]
      volumes: [{name: v, emptyDir: {}}]
      tolerations: [{key: gpu}]
"""
POD = ("spec", "template", "spec")


def compiled(tmp_path: Path, patches: str, base: str = "") -> JsonObject:
    root = write_app(
        tmp_path,
        {
            "components/web.yaml": DEPLOYMENT,
            "environments/base.yaml": f"abstract: true\ncomponents:\n  web:\n    "
            f"source: components/web.yaml\n{base}",
            "environments/dev.yaml": f"extends: base\ncomponents:\n  web:\n{patches}",
        },
    )
    (manifest,) = compile_environment(load(root), "dev").manifests
    return manifest.body


def merged(tmp_path: Path, pod: str) -> JsonObject:
    patch = f"    patches:\n      - merge: {{spec: {{template: {{spec: {pod}}}}}}}\n"
    found = value_at(compiled(tmp_path, patch), *POD)
    assert isinstance(found, dict)
    return found


def main(pod: JsonObject) -> JsonObject:
    return next(item for item in objects_at(pod, "containers") if item["name"] == "main")


def test_lists_are_merged_by_the_key_of_their_items(tmp_path: Path) -> None:
    pod = merged(
        tmp_path,
        "{containers: [{name: main, env: [{name: B, value: '3'}, {name: C, value: '4'}],"
        " volumeMounts: [{mountPath: /b, readOnly: true}]}, {name: side, image: 'b:1'}]}",
    )
    assert [item["name"] for item in objects_at(pod, "containers")] == ["main", "side"]
    assert main(pod)["env"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "3"},
        {"name": "C", "value": "4"},
    ]
    assert main(pod)["volumeMounts"] == [
        {"name": "v", "mountPath": "/a"},
        {"name": "v", "mountPath": "/b", "readOnly": True},
    ]
    assert main(pod)["image"] == "a:1"


def test_lists_without_keys_are_replaced(tmp_path: Path) -> None:
    pod = merged(tmp_path, "{containers: [{name: main, args: [z]}], tolerations: [{key: cpu}]}")
    assert (main(pod)["args"], pod["tolerations"]) == (["z"], [{"key": "cpu"}])


def test_what_is_named_goes(tmp_path: Path) -> None:
    pod = merged(
        tmp_path,
        "{tolerations: null, containers: [{name: main, args: null,"
        " env: [{name: A, $patch: delete}], volumeMounts: [{mountPath: /a, $patch: delete}]}]}",
    )
    assert "tolerations" not in pod
    assert "args" not in main(pod)
    assert main(pod)["env"] == [{"name": "B", "value": "2"}]
    assert main(pod)["volumeMounts"] == [{"name": "v", "mountPath": "/b"}]


def test_an_object_can_be_replaced_whole(tmp_path: Path) -> None:
    pod = merged(tmp_path, "{volumes: [{name: v, $patch: replace, hostPath: {path: /}}]}")
    assert pod["volumes"] == [{"name": "v", "hostPath": {"path": "/"}}]


def test_operations_of_a_json_patch_come_one_after_the_other(tmp_path: Path) -> None:
    body = compiled(
        tmp_path,
        "    patches:\n      - kind: Dep*\n        name: w*\n        json:\n"
        "          - {op: add, path: /metadata/annotations, value: {}}\n"
        "          - {op: add, path: /metadata/annotations/a~1b, value: c}\n"
        "          - {op: remove, path: /spec/template/spec/tolerations/0}\n",
    )
    assert value_at(body, "metadata", "annotations", "a/b") == "c"
    assert value_at(body, *POD, "tolerations") == []


def test_patches_of_all_layers_count_the_strongest_last(tmp_path: Path) -> None:
    patch = "    patches: [{merge: {spec: {replicas: %d, paused: %s}}}]\n"
    body = compiled(
        tmp_path, "    patches: [{merge: {spec: {replicas: 3}}}]\n", patch % (2, "true")
    )
    assert (value_at(body, "spec", "replicas"), value_at(body, "spec", "paused")) == (3, True)


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ("{kind: Deploymant, merge: {a: 1}}", 'the component has no object "Deploymant/*"'),
        ("{name: wep, merge: {a: 1}}", 'the component has no object "*/wep"'),
        ("{merge: {metadata: {name: other}}}", "it would be another object"),
        ("{merge: {kind: Pod}}", "it would be another object"),
        ("{json: [{op: remove, path: /nothing}]}", "remove /nothing: there is no such place in it"),
        ("{json: [{op: test, path: /kind, value: Pod}]}", "test /kind: another value is there"),
        ("{json: [{op: replace, path: '', value: 1}]}", "nothing that is an object"),
        (
            "{json: [{op: add, path: /spec/template/x/y, value: 1}]}",
            "add /spec/template/x/y: there is no",
        ),
        ("{kind: Deployment}", "in components.web.patches[0]"),
        ("{merge: {}}", "in components.web.patches[0].merge"),
        ("{json: [{op: ad, path: /a}]}", "in components.web.patches[0].json[0].op"),
    ],
)
def test_a_patch_that_does_not_fit_is_named_with_its_place(
    tmp_path: Path, patch: str, words: str
) -> None:
    with pytest.raises(AppError) as caught:
        compiled(tmp_path, f"    patches:\n      - {patch}\n")
    (finding, *_) = caught.value.findings
    assert words in finding.message
    assert str(finding.span).startswith("environments/dev.yaml:7:")


def test_a_finding_says_which_patches_an_object_has(tmp_path: Path) -> None:
    root = write_app(
        tmp_path,
        {
            "components/web.yaml": DEPLOYMENT,
            "environments/dev.yaml": "components:\n  web:\n    source: components/web.yaml\n"
            "    patches: [{merge: {spec: {replikas: 3}}}]\n",
        },
    )
    finding, *_ = compile_environment(load(root), "dev").findings
    assert 'unknown field "replikas"' in finding.message
    assert "patched in environments/dev.yaml:6:15" in " ".join(finding.notes)
