"""What a promotion copies, what it lets differ, and what stops it."""

from collections.abc import Mapping
from dataclasses import replace

from compiler.model.app import Environment, Promotion
from compiler.model.json import JsonValue
from compiler.model.package import Package
from compiler.model.parameter import Parameter, Setting
from compiler.stages.promotion import Pins, PromotionPlan, Selection, matches, plan_promotion
from tests.factories import SPAN, make_component, make_environment

PROMOTION = Promotion(source="staging", copies=("train.image", "*.modelVersion"), allow=("*.size",))
RELEASED: dict[str, JsonValue] = {
    "train.image": "train:2",
    "train.size": 1,
    "serve.modelVersion": 7,
    "only-there.x": "y",
}


def target(
    values: Mapping[str, JsonValue], packages: Mapping[str, str] | None = None
) -> Environment:
    parameters: dict[str, dict[str, Parameter]] = {}
    for path, value in values.items():
        component, _, name = path.partition(".")
        setting = Setting(value=value, layer="prod", span=SPAN)
        parameters.setdefault(component, {})[name] = Parameter(name=name, settings=(setting,))
    components = [
        replace(make_component(name), parameters=found) for name, found in parameters.items()
    ]
    versions = {
        path: Package(registry="r", name=path.partition("/")[2], version=version)
        for path, version in (packages or {}).items()
    }
    return replace(make_environment(components=components), packages=versions)


def planned(
    values: Mapping[str, JsonValue],
    selection: Selection | None = None,
    released: Mapping[str, JsonValue] = RELEASED,
) -> PromotionPlan:
    pins = Pins(parameters=released, packages={})
    return plan_promotion(PROMOTION, pins, target(values), selection or Selection())


def test_only_what_is_listed_is_copied() -> None:
    plan = planned({"train.image": "train:1", "train.size": 8, "serve.modelVersion": 6})
    assert [(item.path, item.before, item.after) for item in plan.parameters] == [
        ("serve.modelVersion", 6, 7),
        ("train.image", "train:1", "train:2"),
    ]
    assert plan.undeclared == ()


def test_what_nobody_declared_is_found() -> None:
    plan = planned(
        {"train.image": "train:2", "train.mode": "slow"}, released={"train.mode": "fast"}
    )
    assert [item.path for item in plan.undeclared] == ["train.mode"]
    allowed = Selection(allow=("train.*",))
    assert planned({"train.mode": "slow"}, allowed, {"train.mode": "fast"}).undeclared == ()


def test_a_selection_takes_less_but_still_sees_all_differences() -> None:
    values: dict[str, JsonValue] = {"train.image": "train:1", "serve.modelVersion": 6, "train.x": 1}
    released = {**RELEASED, "train.x": 2}
    only = planned(values, Selection(components=("serve",)), released)
    assert [item.path for item in only.parameters] == ["serve.modelVersion"]
    assert [item.path for item in only.undeclared] == ["train.x"]
    one = planned(values, Selection(parameters=("train.image",)), released)
    assert [item.path for item in one.parameters] == ["train.image"]


def test_package_versions_are_copied_with_the_whole() -> None:
    pins = Pins(parameters={}, packages={"r/core": "v2", "r/other": "v1"})
    prod = target({}, {"r/core": "v1"})
    plan = plan_promotion(PROMOTION, pins, prod, Selection())
    assert [(item.path, item.after) for item in plan.packages] == [("r/core", "v2")]
    partial = plan_promotion(PROMOTION, pins, prod, Selection(components=("train",)))
    assert partial.packages == ()


def test_values_of_secrets_are_not_copied() -> None:
    plan = planned({"train.image": "x", "train.token": "y"}, released={
        "train.image": "sha256:abc", "train.token": "sha256:def",
    })  # fmt: skip
    assert plan.hidden == ("train.image",)
    assert plan.parameters == plan.undeclared == ()


def test_patterns() -> None:
    assert matches("train.image", ["*.image"])
    assert matches("train.image", ["train.*"])
    assert not matches("train.image", ["train.im", "image"])
