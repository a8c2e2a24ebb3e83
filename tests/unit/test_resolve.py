from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.model.app import Goal
from compiler.model.json import JsonValue
from compiler.model.parameter import merge_patch, patch_between
from compiler.model.source import SourceSpan
from compiler.stages.resolve import Override, resolve
from tests.factories import load, write_app

WEB = "// @param image string x\n// @optionalParam replicas integer 1 x\n{}\n"
BASE = """\
abstract: true
components:
  web: {source: components/web.jsonnet, params: {image: "a:1"}}
"""


def app_with(root: Path, **environments: str) -> Path:
    files = {f"environments/{name}.yaml": text for name, text in environments.items()}
    return write_app(root, {"components/web.jsonnet": WEB, **files})


def test_the_strongest_layer_wins_and_every_layer_is_remembered(tmp_path: Path) -> None:
    root = app_with(
        tmp_path,
        base=BASE,
        middle="extends: base\nabstract: true\ncomponents: {web: {params: {replicas: 2}}}\n",
        prod="extends: middle\ncomponents: {web: {params: {replicas: 3}}}\n",
    )
    span = SourceSpan("--set web.replicas=4")
    override = Override(target="web.replicas", text="4", value=4, span=span)
    environment = resolve(load(root), "prod", [override])
    parameter = environment.components[0].parameters["replicas"]
    assert parameter.value == 4
    assert [(item.layer, item.value) for item in parameter.settings] == [
        ("default", 1), ("middle", 2), ("prod", 3), ("--set", 4),
    ]  # fmt: skip
    assert environment.layers == ("base", "middle", "prod")


def test_objects_are_merged_key_by_key_and_null_removes(tmp_path: Path) -> None:
    root = app_with(
        tmp_path,
        base=BASE.replace('image: "a:1"', "env: {A: 1, B: 2, C: {x: 1}}"),
        prod="extends: base\ncomponents: {web: {params: {env: {B: null, C: {y: 2}}}}}\n",
    )
    (root / "components/web.jsonnet").write_text("// @optionalParam env object {} x\n{}\n")
    component = resolve(load(root), "prod").components[0]
    assert component.parameters["env"].value == {"A": 1, "C": {"x": 1, "y": 2}}


def test_text_parameters_take_overrides_literally(tmp_path: Path) -> None:
    root = app_with(tmp_path, base=BASE, prod="extends: base\n")
    override = Override(target="web.image", text="1.10", value=1.1, span=SourceSpan("--set"))
    component = resolve(load(root), "prod", [override]).components[0]
    assert component.parameters["image"].value == "1.10"


def test_a_disabled_component_is_left_out_of_one_environment(tmp_path: Path) -> None:
    root = app_with(
        tmp_path,
        base=BASE,
        prod="extends: base\ncomponents: {web: {disabled: true}}\n",
        staging="extends: base\n",
    )
    app = load(root)
    assert resolve(app, "prod").components == ()
    assert [item.name for item in resolve(app, "staging").components] == ["web"]


def test_needs_of_a_stronger_layer_replace_weaker_ones(tmp_path: Path) -> None:
    more = "  db: {source: components/db.yaml}\n  web2: {source: components/db.yaml}\n"
    root = app_with(
        tmp_path,
        base=BASE + more,
        prod=(
            "extends: base\ncomponents:\n  web:\n"
            "    needs: [db, {component: web2, until: completed}]\n"
        ),
    )
    (root / "components/db.yaml").write_text("{}")
    web = next(item for item in resolve(load(root), "prod").components if item.name == "web")
    assert [(need.component, need.until) for need in web.needs] == [
        ("db", Goal.READY), ("web2", Goal.COMPLETED),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("destination", "context", "namespace"),
    [("", "", "demo-prod"), ("{namespace: x}", "", "x"), ("{context: c}", "c", "demo-prod")],
)
def test_destination_and_namespace(
    tmp_path: Path, destination: str, context: str, namespace: str
) -> None:
    line = f"destination: {destination}\n" if destination else ""
    root = app_with(tmp_path, base=BASE, prod=f"extends: base\n{line}")
    environment = resolve(load(root), "prod")
    assert (environment.destination.context, environment.namespace) == (context, namespace)
    assert environment.destination.is_sandbox is not bool(context)


def test_all_that_is_wrong_is_found_at_once(tmp_path: Path) -> None:
    root = app_with(
        tmp_path,
        base=BASE,
        prod=(
            "extends: base\ncomponents:\n"
            "  web: {needs: [nobody], params: {image: 5, replica: 2}}\n  empty: {}\n"
        ),
    )
    with pytest.raises(AppError) as caught:
        resolve(load(root), "prod")
    rules = sorted(finding.rule for finding in caught.value.findings)
    assert rules == ["component-prototype", "needs-unknown", "parameter-type", "parameter-unknown"]


merged = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("abc"), children)
    ),
    max_leaves=8,
)


@given(merged, merged)
def test_a_patch_makes_the_wanted_value_of_any_other(below: JsonValue, wanted: JsonValue) -> None:
    assert merge_patch(below, patch_between(below, wanted)) == wanted


def test_a_patch_says_the_whole_value_and_what_must_go() -> None:
    below: JsonValue = {"a": 1, "b": 2, "c": {"x": 1, "y": [1]}}
    wanted: JsonValue = {"a": 1, "c": {"y": [2]}, "d": 4}
    assert patch_between(below, wanted) == {
        "a": 1, "b": None, "c": {"x": None, "y": [2]}, "d": 4
    }  # fmt: skip
