"""Parameters, places and siblings in a review."""

from dataclasses import replace

import pytest

from compiler.model.app import Destination, ReadinessRule
from compiler.model.compiled import CompiledEnvironment
from compiler.model.conflict import ConflictPolicy, ConflictRule
from compiler.model.dag import ManifestDag
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.parameter import Parameter, Setting
from compiler.model.ref import ParameterRef
from compiler.model.review import EnvironmentReview, ParameterChange, ReviewState
from compiler.model.source import SourceSpan
from compiler.stages.review.declared import Declared
from compiler.stages.review.parameters import parameter_changes
from compiler.stages.review.review import review_environment, with_declared
from tests.factories import SPAN, make_component, make_environment, make_manifest

LINE = SourceSpan("environments/prod.yaml", 9, 1)


def compiled(*manifests: Manifest, **parameters: JsonValue) -> CompiledEnvironment:
    found = {
        name: Parameter(name=name, settings=(Setting(value=value, layer="prod", span=LINE),))
        for name, value in parameters.items()
    }
    component = replace(make_component(), parameters=found)
    return CompiledEnvironment(
        environment=make_environment(components=[component]),
        manifests=manifests,
        dag=ManifestDag(),
    )


def changed(name: str, before: JsonValue, after: JsonValue) -> ParameterChange:
    return ParameterChange(
        ref=ParameterRef("web", name),
        before=Setting(value=before, layer="prod", span=LINE),
        after=Setting(value=after, layer="prod", span=LINE),
    )


def test_only_parameters_whose_value_differs_are_shown() -> None:
    found = parameter_changes(compiled(a=1, b=2), compiled(a=1, b=3, c=None))
    assert [(item.path, item.before is None) for item in found] == [
        ("web.b", False),
        ("web.c", True),
    ]


def test_a_secret_value_is_masked_and_still_seen_to_change() -> None:
    sides = compiled(password="hunter2"), compiled(password="hunter3", new="hunter4")
    found = parameter_changes(*sides, {ParameterRef("web", "password"), ParameterRef("web", "new")})
    assert "hunter" not in str(found)
    values = [[side and side.value for side in (item.before, item.after)] for item in found]
    assert values == [[None, "***"], ["*** (before)", "*** (after)"]]


def test_a_finding_stands_at_the_line_of_its_parameter_or_else_of_its_component() -> None:
    before, after = (make_manifest("Job", api_version="batch/v1", spec={"template": x})
                     for x in ({"a": "one"}, {"a": "two"}))  # fmt: skip
    sure = review_environment("prod", compiled(before, a="one"), compiled(after, a="two"))
    both = (compiled(before, a="x", b="x"), compiled(after, a="y", b="y"))
    unsure = review_environment("prod", *both)
    assert [item.span for item in (*sure.findings, *unsure.findings)] == [LINE, SPAN]
    assert sure.findings[0].notes == ('from parameter "web.a"',)


def test_what_validation_found_before_is_not_the_change() -> None:
    known = Finding(rule="reference-missing", message="no Secret")
    new = Finding(rule="reference-missing", message="no ConfigMap")
    before = replace(compiled(), findings=(known,))
    after = replace(compiled(), findings=(known, new))
    found = review_environment("prod", before, after).findings
    assert [item.message for item in found] == ["no ConfigMap"]


def test_another_rule_of_readiness_is_a_finding_though_all_objects_are_the_same() -> None:
    before, after = (
        compiled_with(ReadinessRule(group="x.io", kind="Thing", ready=ready, message=ready))
        for ready in ("object.a == 1", "true")
    )
    review = review_environment("staging", before, after)
    assert [(item.rule, item.message) for item in review.findings] == [
        (
            "review-readiness",
            "an apply waits for other things of Thing.x.io: ready object.a == 1 → true",
        )
    ]
    gone = review_environment("staging", before, compiled_with())
    assert "ready object.a == 1 → (none)" in gone.findings[0].message
    assert review_environment("staging", before, before).findings == ()


def compiled_with(*rules: ReadinessRule) -> CompiledEnvironment:
    made = compiled()
    return replace(made, environment=replace(made.environment, readiness=rules))


def test_another_destination_is_a_finding_though_all_objects_are_the_same() -> None:
    before = compiled()
    there = Destination(context="prod-2", span=LINE)
    after = replace(before, environment=replace(before.environment, destination=there))
    (finding,) = review_environment("prod", before, after).findings
    assert finding.message == 'the environment is applied elsewhere: context "" → "prod-2"'
    assert finding.span == LINE


# --- environments that extend the same base

WEB = frozenset({"web"})
DECLARED = {
    "prod": Declared(layers=("base", "prod"), components=WEB),
    "staging": Declared(layers=("base", "staging"), components=WEB),
    "bare": Declared(layers=("base", "bare"), components=frozenset()),
    "alone": Declared(layers=("alone",), components=WEB),
}


def reviews(**states: ReviewState) -> list[EnvironmentReview]:
    parameters = (changed("count", 1, 2),)
    return [
        EnvironmentReview(name=name, state=state, parameters=parameters)
        for name, state in states.items()
    ]


def messages(found: tuple[EnvironmentReview, ...]) -> dict[str, list[str]]:
    return {each.name: [item.message for item in each.findings] for each in found}


def test_a_change_that_a_sibling_has_not_is_noted() -> None:
    found = with_declared(reviews(prod=ReviewState.CHANGED), {}, DECLARED, DECLARED)
    assert messages(found) == {"prod": ['"web.count" changes here, but not in staging']}
    assert found[0].findings[0].span == LINE


def test_a_change_that_all_siblings_have_is_not() -> None:
    both = reviews(prod=ReviewState.CHANGED, staging=ReviewState.CHANGED)
    assert messages(with_declared(both, {}, DECLARED, DECLARED)) == {"prod": [], "staging": []}


def test_nothing_is_said_of_siblings_that_could_not_be_compared() -> None:
    both = reviews(prod=ReviewState.CHANGED, staging=ReviewState.HEAD_BROKEN)
    assert messages(with_declared(both, {}, DECLARED, DECLARED))["prod"] == []


def test_an_environment_without_a_base_has_no_siblings() -> None:
    found = with_declared(reviews(alone=ReviewState.CHANGED), {}, DECLARED, DECLARED)
    assert messages(found) == {"alone": []}


@pytest.mark.parametrize("name", ["prod", "staging"])
def test_what_is_declared_to_differ_is_not_noted(name: str) -> None:
    declared = {**DECLARED, name: replace(DECLARED[name], differs=("*.count",))}
    found = with_declared(reviews(prod=ReviewState.CHANGED), {}, declared, declared)
    assert messages(found) == {"prod": []}


def test_a_frozen_environment_that_changes_says_why_it_is_frozen() -> None:
    ice = replace(DECLARED["alone"], freeze="holidays", freeze_span=LINE)
    (found,) = with_declared(reviews(alone=ReviewState.CHANGED), {}, {"alone": ice}, {"alone"})
    (finding,) = found.findings
    assert finding.message == "the environment is frozen, and changes: holidays"
    assert (finding.rule, finding.span, finding.environment) == ("review-frozen", LINE, "alone")
    unchanged = EnvironmentReview(name="alone", state=ReviewState.CHANGED)
    assert with_declared([unchanged], {}, {"alone": ice}, {"alone"})[0].findings == ()


def test_other_rules_of_conflicts_are_a_finding_though_all_objects_are_the_same() -> None:
    span = SourceSpan("environments/prod.yaml", 7, 5)
    leave = ConflictRule(policy=ConflictPolicy.LEAVE, span=span, path="spec.replicas")
    take = ConflictRule(policy=ConflictPolicy.TAKE, span=span, kind="Service", manager="kubectl*")
    before, after, turned = (
        replace(compiled(), environment=replace(compiled().environment, conflicts=rules))
        for rules in ((leave,), (leave, take), (take, leave))
    )
    (found,) = review_environment("prod", before, after).findings
    assert (found.rule, found.span) == ("review-conflicts", span)
    assert found.message.endswith("now take kind Service, manager kubectl*")
    (gone,) = review_environment("prod", after, before).findings
    assert "no longer take kind Service" in gone.message
    (order,) = review_environment("prod", after, turned).findings
    assert "the order has changed" in order.message
    assert review_environment("prod", after, after).findings == ()
