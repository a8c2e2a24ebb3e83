"""Objects that a file says as they are: no engine is asked, and nothing tells that it was not."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.formats.kuplet.component_source import read_component_source
from compiler.jsonnet.evaluate import evaluate
from compiler.model.json import JsonObject, JsonValue
from compiler.model.jsonnet import JsonnetProgram
from compiler.stages.render import tree_of
from compiler.verbs.compile import compile_environment
from tests.factories import load, write_app

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["\U0001f600", "1", "true", "~", "é", "\t"]
)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.sampled_from([-0.0, 1e15])
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(WORDS, children, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(WORDS, VALUES, max_size=3), max_size=2))
def test_they_are_what_the_engine_would_make_of_them(
    tmp_path_factory: pytest.TempPathFactory, objects: list[JsonObject]
) -> None:
    root = tmp_path_factory.mktemp("app")
    (root / "plain.yaml").write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    prototype = read_component_source(root, "plain.yaml")
    entry = f"{{tree: {prototype.source}}}"
    made = evaluate(JsonnetProgram(entry="x", files={"x": entry}, roots={}))["tree"]
    assert json.dumps(tree_of(prototype)) == json.dumps(made)


def compiled(root: Path, text: str) -> list[JsonObject]:
    app = write_app(
        root,
        {
            "environments/dev.yaml": "components: {plain: {source: components/plain.yaml}}\n",
            "components/plain.yaml": text,
        },
    )
    return [item.body for item in compile_environment(load(app), "dev").manifests]


WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {number: %s}\n"


def test_a_number_that_jsonnet_cannot_count_to_stays_as_it_is(tmp_path: Path) -> None:
    (body,) = compiled(tmp_path, WIDGET % "9007199254740993")
    assert body["spec"] == {"number": 9007199254740993}


def test_what_is_no_number_of_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError):
        compiled(tmp_path, WIDGET % ".inf")


def test_others_may_read_them(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        {
            "environments/dev.yaml": "components:\n  plain: {source: components/plain.yaml}\n"
            "  reader: {source: components/reader.jsonnet}\n",
            "components/plain.yaml": WIDGET % "7",
            "components/reader.jsonnet": "local all = std.extVar('__ksonnet/components');\n"
            "{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' },\n"
            "  data: { number: std.toString(all.plain[0].spec.number) } }\n",
        },
    )
    bodies = [item.body for item in compile_environment(load(app), "dev").manifests]
    assert {"number": "7"} in [body.get("data") for body in bodies]
