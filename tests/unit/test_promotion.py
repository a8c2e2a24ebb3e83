"""What a promotion copies, what it lets differ, and what stops it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from compiler.model.app import Environment
from compiler.model.json import JsonValue
from compiler.model.package import Package
from compiler.model.parameter import Parameter, Setting
from compiler.model.promotion import Promoted, Promotion
from compiler.model.ref import ParameterRef
from compiler.model.release import Digests
from compiler.model.secret import digest_of
from compiler.stages.promotion.promoted import promoted_document, promoted_of
from compiler.stages.promotion.promotion import (
    Pins,
    PromotionPlan,
    PromotionRequest,
    Selection,
    differences,
    matches,
    plan_promotion,
    promotion_of,
)
from tests.factories import SPAN, load, make_component, make_environment, write_app

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


def ref(path: str) -> ParameterRef:
    return ParameterRef.parse(path)


def pins(
    parameters: Mapping[str, JsonValue],
    packages: Mapping[str, str] | None = None,
    images: Digests | None = None,
) -> Pins:
    return Pins(
        parameters={ref(path): value for path, value in parameters.items()},
        packages=packages or {},
        components=frozenset(ref(path).component for path in parameters),
        images=images or {},
    )


def request(prod: Environment, selection: Selection | None = None) -> PromotionRequest:
    return PromotionRequest(promotion=PROMOTION, target=prod, selection=selection or Selection())


def planned(
    values: Mapping[str, JsonValue],
    selection: Selection | None = None,
    released: Mapping[str, JsonValue] = RELEASED,
) -> PromotionPlan:
    return plan_promotion(request(target(values), selection), pins(released))


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
    released = pins({}, {"r/core": "v2", "r/other": "v1"})
    prod = target({}, {"r/core": "v1"})
    plan = plan_promotion(request(prod), released)
    assert [(item.path, item.after) for item in plan.packages] == [("r/core", "v2")]
    partial = plan_promotion(request(prod, Selection(components=("train",))), released)
    assert partial.packages == ()


def test_values_of_secrets_are_not_copied() -> None:
    """Neither where the release says that they are secret, nor where the target does."""
    secret = frozenset(map(ref, ("train.image", "train.token", "train.same")))
    there = {
        "train.image": digest_of("x", ""),
        "train.token": digest_of(1, ""),
        "train.same": digest_of(2, ""),
    }
    prod = target({"train.image": "y", "train.token": 7, "train.same": 2})
    plan = plan_promotion(request(prod), replace(pins(there), secret=secret))
    assert (plan.hidden, plan.undeclared_secret) == ((ref("train.image"),), (ref("train.token"),))
    assert plan.parameters == plan.undeclared == ()
    here = replace(request(prod), secret=secret)
    plan = plan_promotion(here, pins({"train.image": "x", "train.token": 1, "train.same": 2}))
    assert (plan.hidden, plan.undeclared_secret) == ((ref("train.image"),), (ref("train.token"),))
    assert plan.parameters == plan.undeclared == ()


def test_what_begins_as_a_digest_is_no_secret() -> None:
    plan = planned({"train.image": "sha256:a"}, released={"train.image": "sha256:b"})
    assert [item.after for item in plan.parameters] == ["sha256:b"]


def test_a_secret_value_that_is_the_same_is_not_stale() -> None:
    secret = frozenset({ref("train.token"), ref("train.key")})
    recorded: dict[str, JsonValue] = {
        "train.token": digest_of("x", ""),
        "train.key": digest_of("y", ""),
    }
    released = replace(pins(recorded), secret=secret)
    files = pins({"train.token": "x", "train.key": "z"})
    assert [item.path for item in differences(released, files)] == ["train.key"]


def test_patterns() -> None:
    assert matches(ref("train.image"), ["*.image"])
    assert matches(ref("train.image"), ["train.*"])
    assert not matches(ref("train.image"), ["train.im", "image"])


A, B = ("sha256:" + 64 * letter for letter in "ab")
IMAGE = {"train.image": "train:2"}


def image_plan(
    digests: Mapping[str, str], present: str, selection: Selection | None = None
) -> PromotionPlan:
    released = pins(IMAGE, images={"train:2": digests})
    return plan_promotion(request(target({"train.image": present}), selection), released)


def test_an_image_is_copied_with_the_digest_that_runs() -> None:
    for present in ("train:1", "train:2", f"train:2@{B}"):
        (change,) = image_plan({A: "train-0"}, present).parameters
        assert change.after == f"train:2@{A}"
    assert image_plan({A: "train-0"}, f"train:2@{A}").is_empty
    pinned = pins({"train.image": f"train:2@{B}"}, images={"train:2": {A: "train-0"}})
    (change,) = plan_promotion(request(target(IMAGE)), pinned).parameters
    assert change.after == f"train:2@{B}"


def test_nobody_guesses_which_of_two_images_is_meant() -> None:
    both = {A: "train-0", B: "train-1"}
    plan = image_plan(both, "train:1")
    assert (plan.ambiguous, plan.parameters) == ((ref("train.image"),), ())
    assert image_plan(both, "train:1", Selection(components=("serve",))).ambiguous == ()
    allowed = image_plan(both, "train:1", Selection(allow=("train.image",)))
    assert allowed.ambiguous == allowed.unpinned == ()
    assert [change.after for change in allowed.parameters] == ["train:2"]


def test_a_tag_of_unknown_digest_is_copied_alone_and_takes_no_digest_away() -> None:
    plan = image_plan({}, "train:1")
    assert [change.after for change in plan.parameters] == ["train:2"]
    assert plan.unpinned == (ref("train.image"),)
    assert image_plan({}, "train:2").is_empty
    assert image_plan({}, f"train:2@{A}").is_empty


def test_text_that_is_no_image_gets_no_digest() -> None:
    released = pins({"train.image": "other"}, images={"train:2": {A: "train-0"}})
    (change,) = plan_promotion(request(target({"train.image": "x"})), released).parameters
    assert change.after == "other"


def test_a_component_on_one_side_is_a_difference_unless_all_of_it_may_differ() -> None:
    prod = target({"train.image": "train:2", "board.port": 1})
    released = pins({"train.image": "train:2", "store.size": 1})
    plan = plan_promotion(request(prod), released)
    assert (plan.only_in_source, plan.only_in_target) == (("store",), ("board",))
    for allow, left in (("board.*", ()), ("*.*", ()), ("board.port", ("board",))):
        plan = plan_promotion(request(prod, Selection(allow=(allow,))), released)
        assert plan.only_in_target == left
    for selection in (Selection(components=("train",)), Selection(parameters=("train.*",))):
        plan = plan_promotion(request(prod, selection), released)
        assert plan.only_in_source == plan.only_in_target == ()
    partial = plan_promotion(request(prod), replace(released, is_partial=True))
    assert (partial.only_in_source, partial.only_in_target) == (("store",), ())


def test_a_record_of_a_promotion_reads_as_it_was_written() -> None:
    for promoted in (
        Promoted(source="staging", revision=3, commit="abc", by="Joe <joe@example.com>"),
        Promoted(source="staging", revision=3, commit="abc", is_dirty=True),
        Promoted(source="staging", is_from_files=True),
    ):
        assert promoted_of(promoted_document(promoted)) == promoted
    assert promoted_of(None) is None


def test_a_record_of_a_promotion_declares_nothing(tmp_path: Path) -> None:
    declared = "promotion: {from: staging, copies: [web.image]}\n"
    files = {
        "environments/base.yaml": f"abstract: true\n{declared}",
        "environments/prod.yaml": "extends: base\npromotion: {promoted: {from: staging}}\n",
    }
    found = promotion_of(load(write_app(tmp_path, files)), "prod")
    assert found is not None
    assert (found.copies, found.promoted) == (("web.image",), Promoted(source="staging"))
