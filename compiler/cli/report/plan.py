"""Renders a plan."""

from collections.abc import Iterable, Iterator

from compiler.cli.report.diff import ACTION_WORDS, summary_text
from compiler.cli.report.languages import json_text, styled
from compiler.model.change import Action
from compiler.model.dag import Barrier
from compiler.model.json import JsonObject
from compiler.model.plan import Plan, Step
from compiler.model.release import ReleaseVerb
from compiler.stages.plan_document import conflict_document

SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.ADOPT: ("~", "yellow"),
    Action.REPLACE: ("±", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.KEEP: ("=", ""),
}
_MAX_FIELDS = 3


def plan_text(plan: Plan, back_to: int = 0) -> str:
    """Return what is done, in order: sign, object, component, and what changes or is awaited.

    Args:
        back_to: The release that a rollback brings back.
    """
    steps = [step for step in plan.steps if step.action is not Action.KEEP or step.why]
    width = max((len(str(step.ref)) for step in steps), default=0)
    behind = plan.behind
    lines = [_step_line(step, width, behind.get(step.ref, ())) for step in steps]
    summary = _removal_summary(plan) if plan.verb is ReleaseVerb.DELETE else summary_text(plan)
    return "\n".join([plan_title(plan, back_to), "", *lines, "", summary]) + "\n"


def plan_title(plan: Plan, back_to: int = 0) -> str:
    """Return what is done where, in a line."""
    direction = "from" if plan.verb is ReleaseVerb.DELETE else "to"
    if back_to:
        direction = f"to release {back_to}, in"
    verb = "roll back" if plan.verb is ReleaseVerb.ROLLBACK else plan.verb
    head = f"{verb} environment {plan.environment} of app {plan.app} {direction}"
    return f"{head} {plan.destination}"


def _removal_summary(plan: Plan) -> str:
    return f"{plan.count(Action.DELETE)} to delete, {plan.count(Action.KEEP)} kept"


def _step_line(step: Step, width: int, barriers: Iterable[Barrier]) -> str:
    sign, color = SIGNS[step.action]
    if step.action is Action.KEEP:
        return f"  {sign} {step.ref}  kept: {step.why}"
    component = step.manifest.origin.component
    text = "  ".join(
        [f"{step.ref!s:{width}}", f"{component:16}", *_remarks(step, barriers)]
    ).rstrip()
    return styled(f"  {sign} {text}", fg=color or None)


def _remarks(step: Step, barriers: Iterable[Barrier]) -> Iterator[str]:
    fields = [item.path for item in step.fields]
    if fields:
        left = len(fields) - _MAX_FIELDS
        yield ", ".join(fields[:_MAX_FIELDS]) + (f" and {left} more" if left > 0 else "")
    is_new_run = step.action is Action.CREATE and step.fields
    if step.action in {Action.ADOPT, Action.REPLACE} or is_new_run:
        yield f"({step.why})"
    if step.action is not Action.DELETE:
        asked = {need.reason for need in step.needs if need.span}
        asked |= {barrier.reason for barrier in barriers if barrier.span}
        yield from (f"({reason})" for reason in sorted(asked))


def plan_json(plan: Plan) -> str:
    """Return the steps with their actions, needs and goals."""
    document: JsonObject = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "Plan",
        "app": plan.app,
        "environment": plan.environment,
        "destination": plan.destination,
        "steps": [
            {
                "object": step.ref.qualified,
                "component": step.manifest.origin.component,
                "action": ACTION_WORDS[step.action],
                "until": str(step.until),
                "needs": [f"{need.needed.qualified} {need.until}" for need in step.needs],
                "fields": [item.path for item in step.fields],
                "conflicts": [conflict_document(item) for item in step.conflicts],
            }
            for step in plan.steps
        ],
        "barriers": [
            {
                "objects": [ref.qualified for ref in barrier.dependents],
                "need": [ref.qualified for ref in barrier.needed],
                "until": str(barrier.until),
            }
            for barrier in plan.barriers
        ],
    }
    return json_text(document)
