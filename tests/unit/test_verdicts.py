"""What is said of jobs, queues and servers, by the statuses that their controllers write."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.kinds.conditions import PATIENCE_S
from compiler.kinds.readiness import readiness_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.readiness import Readiness
from tests.surroundings import Alone

FAMILIES = yaml.safe_load(Path(__file__).with_name("verdicts.yaml").read_text("utf-8"))
EXAMPLES = [
    (kind, verdict, says, {"apiVersion": family[0].split()[0], "kind": kind, **fields})
    for family in FAMILIES
    for kind in family[0].split()[1:]
    for verdict, says, fields in family[1:]
]
GOALS = {Goal.PRESENT: "pending", Goal.READY: "ready", Goal.COMPLETED: "completed"}


def verdict_of(state: Readiness) -> str:
    if state.has_failed:
        return "failed"
    is_queued = state.reached is Goal.PRESENT and state.message.startswith("queued in")
    return "queued" if is_queued else GOALS[state.reached]


@pytest.mark.parametrize(
    ("verdict", "says", "body"),
    [example[1:] for example in EXAMPLES],
    ids=[f"{kind}-{verdict}" for kind, verdict, _, _ in EXAMPLES],
)
def test_what_a_status_means_and_what_the_waiting_line_says(
    verdict: str, says: str, body: JsonObject
) -> None:
    state = readiness_of(body, Alone())
    assert verdict_of(state) == verdict
    is_same: Any = state.message.startswith if verdict == "queued" else state.message.__eq__
    assert is_same(says), state.message


def test_a_change_that_does_not_reach_the_deployment_of_a_model_is_believed_after_a_while() -> None:
    """KServe writes the generation of the Deployment where others write their own."""
    body: JsonObject = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"generation": 2},
        "status": {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]},
    }
    state = readiness_of(body, Alone())
    assert (state.reached, state.patience_s) == (Goal.PRESENT, PATIENCE_S)
