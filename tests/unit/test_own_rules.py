"""Rules that an app has for kinds of its own: nothing becomes ready by an error."""

from typing import Any

import pytest

from compiler.kinds.own_rules import Result, problem_of, rules_of
from compiler.kinds.readiness import readiness_of
from compiler.model.app import Goal, ReadinessRule
from compiler.model.json import JsonObject
from tests.surroundings import Alone

RULE = ReadinessRule(
    group="example.com",
    kind="Simulation",
    ready='object.status.phase == "Running" && object.status.workers == object.spec.workers',
    completed='object.status.phase == "Done"',
    failed='object.status.phase in ["Crashed", "Lost"]',
    message='"step " + string(object.status.step)',
)


def simulation(*, version: str = "v1", generation: int = 1, **status: Any) -> JsonObject:
    return {
        "apiVersion": f"example.com/{version}",
        "kind": "Simulation",
        "metadata": {"name": "x", "generation": generation},
        "spec": {"workers": 2},
        "status": status,
    }


@pytest.mark.parametrize(
    ("status", "goal", "message"),
    [
        ({"phase": "Running", "workers": 2, "step": 7}, Goal.READY, "step 7"),
        ({"phase": "Running", "workers": 1, "step": 7}, Goal.PRESENT, "step 7"),
        ({"phase": "Done", "step": 9}, Goal.COMPLETED, "step 9"),
        ({"phase": "Running", "step": 7}, Goal.PRESENT, "step 7"),  # no workers yet
        ({"phase": 5, "step": 7}, Goal.PRESENT, "step 7"),
        ({"phase": "Running", "workers": 2**70, "step": 7}, Goal.PRESENT, ""),
    ],
)
def test_a_rule_decides_alone(status: dict[str, Any], goal: Goal, message: str) -> None:
    state = readiness_of(simulation(**status), Alone(), rules_of([RULE]))
    assert (state.reached, state.has_failed) == (goal, False)
    assert state.message.startswith(message)
    assert state.patience_s is None


def test_a_rule_says_what_has_failed() -> None:
    state = readiness_of(simulation(phase="Lost", step=3), Alone(), rules_of([RULE]))
    assert (state.has_failed, state.message) == (True, "step 3")


def test_a_field_that_is_missing_is_named() -> None:
    rule = ReadinessRule(group="example.com", kind="Simulation", ready="object.status.up")
    state = readiness_of(simulation(), Alone(), rules_of([rule]))
    assert state.reached is Goal.PRESENT
    assert '"up"' in state.message


def test_a_rule_holds_for_all_versions_of_its_group_and_for_no_other() -> None:
    rules = rules_of([RULE])
    beta = simulation(version="v1beta1", phase="Done", step=1)
    assert readiness_of(beta, Alone(), rules).reached is Goal.COMPLETED
    other = {**simulation(phase="Sleeping", step=1), "apiVersion": "other.com/v1"}
    assert readiness_of(other, Alone(), rules).message == "phase Sleeping"


def test_a_value_that_is_no_truth_is_not_true() -> None:
    rule = ReadinessRule(group="example.com", kind="Simulation", ready="object.status.phase")
    assert readiness_of(simulation(phase="Up"), Alone(), rules_of([rule])).reached is Goal.PRESENT


def test_a_status_of_an_older_generation_is_not_asked() -> None:
    body = simulation(generation=2, observedGeneration=1, phase="Done", step=1)
    state = readiness_of(body, Alone(), rules_of([RULE]))
    assert state.message == "its controller has not seen the change yet"


def test_an_object_that_is_being_deleted_is_not_asked() -> None:
    body = simulation(phase="Done", step=1)
    body["metadata"] = {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    assert readiness_of(body, Alone(), rules_of([RULE])).has_failed


@pytest.mark.parametrize(
    ("expression", "result", "problem"),
    [
        ('object.status.phase == "Up"', Result.BOOL, ""),
        ("object.status.up", Result.BOOL, ""),
        ('"step " + string(object.status.step)', Result.TEXT, ""),
        ('object.status.phase == "Up', Result.BOOL, "1:24: Syntax error"),
        ("status.phase", Result.BOOL, "undeclared reference to 'status"),
        ("1 + 2", Result.BOOL, "it gives int, not true or false"),
        ("1 < 2", Result.TEXT, "it gives bool, not a text"),
        ("\ud800", Result.BOOL, "incompatible"),
        ("(" * 500 + "true" + ")" * 500, Result.BOOL, "recursion limit"),
    ],
)
def test_what_is_wrong_with_an_expression_is_found_without_an_object(
    expression: str, result: Result, problem: str
) -> None:
    found = problem_of(expression, result)
    assert problem in found
    assert bool(problem) is bool(found)
