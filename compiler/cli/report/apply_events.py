"""Says what happens during an apply as JSON, one document a line: ``apply -o events``.

The form is `schemas/apply-event.schema.json`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import assert_never

from compiler.cli.output import show
from compiler.cli.report.findings import finding_json
from compiler.cli.report.languages import json_text
from compiler.model.change import Action
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.model.outcome import (
    Deleted,
    Failed,
    Left,
    NotTried,
    Outcome,
    Reached,
    Waiting,
    Written,
)
from compiler.model.plan import Plan


def show_planned(plan: Plan) -> None:
    """Print what will be done, in numbers."""
    counts: JsonObject = {action.value: plan.count(action) for action in Action}
    _show("planned", app=plan.app, environment=plan.environment, actions=counts)


def show_events(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """Print outcomes as they pass, and in the end how all of it ended."""
    status = "succeeded"
    try:
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                status = "failed"
            elif isinstance(outcome, Left) and status == "succeeded":
                status = "left"
            _show_outcome(outcome)
            yield outcome
    except BaseException as error:
        status = "failed" if isinstance(error, Exception) else "interrupted"
        raise
    finally:
        _show("ended", status=status)


def _show_outcome(outcome: Outcome) -> None:
    match outcome:
        case Written(ref=ref, action=action):
            _show("written", ref, action=action.value)
        case Waiting(ref=ref, until=until, message=message):
            _show("waiting", ref, until=str(until), message=message)
        case Reached(ref=ref, goal=goal, seconds=seconds):
            _show("reached", ref, goal=str(goal), seconds=round(seconds, 1))
        case Deleted(ref=ref):
            _show("deleted", ref)
        case Failed(ref=ref, finding=finding):
            _show("failed", ref, finding=finding_json(finding))
        case NotTried(ref=ref):
            _show("notTried", ref)
        case Left(ref=ref):
            _show("left", ref)
        case _:
            assert_never(outcome)


def _show(name: str, ref: ObjectRef | None = None, **more: object) -> None:
    event: JsonObject = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "ApplyEvent",
        "type": name,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    if ref:
        event["object"] = {
            "group": ref.group,
            "kind": ref.kind,
            "namespace": ref.namespace,
            "name": ref.name,
        }
    show(json_text(event | more, indent=None))
