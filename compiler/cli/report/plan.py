"""Renders a plan and the progress of its apply."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

import click

from compiler.cli.report.diff import summary_text
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.model.outcome import Failed, NotTried, Outcome, Reached, Waiting, Written
from compiler.model.plan import Plan, Step

_SIGNS = {Action.CREATE: ("+", "green"), Action.CHANGE: ("~", "yellow")}
_PAST = {Action.CREATE: "created", Action.CHANGE: "changed"}


def plan_text(plan: Plan) -> str:
    """Return what is written, in order: sign, object, component, and what changes or is awaited."""
    lines = [f"apply environment {plan.environment} of app {plan.app} to {plan.destination}", ""]
    steps = [step for step in plan.steps if step.change.action is not Action.NOTHING]
    width = max((len(str(step.ref)) for step in steps), default=0)
    lines += [_step_line(step, width) for step in steps]
    return "\n".join([*lines, "", summary_text(plan.comparison)]) + "\n"


def _step_line(step: Step, width: int) -> str:
    sign, color = _SIGNS[step.change.action]
    component = step.change.manifest.origin.component
    fields = [item.path for item in step.change.fields]
    words = [f"{step.ref!s:{width}}", f"{component:16}"]
    if fields:
        more = f" and {len(fields) - 3} more" if len(fields) > 3 else ""  # noqa: PLR2004  fits a line
        words.append(f"{', '.join(fields[:3])}{more}")
    asked = sorted({(need.span and need.reason) or "" for need in step.needs} - {""})
    words += [f"({reason})" for reason in asked]
    return click.style(f"  {sign} {'  '.join(words).rstrip()}", fg=color)


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
                "component": step.change.manifest.origin.component,
                "action": step.change.action.value,
                "until": str(step.until),
                "needs": [f"{need.needed.qualified} {need.until}" for need in step.needs],
                "fields": [item.path for item in step.change.fields],
            }
            for step in plan.steps
        ],
    }
    return json.dumps(document, indent=2)


class Progress:
    """Prints outcomes to stderr as they come, and keeps count."""

    def __init__(self, plan: Plan) -> None:
        self._left = len(plan.steps)
        self._total = len(plan.steps)
        self._counts: Counter[Action] = Counter()
        self.failures: list[Finding] = []
        self.not_tried: list[ObjectRef] = []

    def show(self, outcome: Outcome) -> None:
        """Print one outcome."""
        match outcome:
            case Written(ref=ref, action=action):
                self._counts[action] += 1
                if action is not Action.NOTHING:
                    self._line(_SIGNS[action][0], f"{ref} {_PAST[action]}", _SIGNS[action][1])
            case Waiting(ref=ref, until=until, message=message):
                self._line("…", f"{ref} until {until}: {message}", "bright_black")
            case Reached(ref=ref, goal=goal, seconds=seconds):
                self._left -= 1
                if goal is not Goal.PRESENT and seconds >= 1:
                    self._line("✓", f"{ref} {goal} after {seconds:.0f} s", "green")
            case Failed(ref=ref, finding=finding):
                self._left -= 1
                self.failures.append(finding)
                self._line("✗", f"{ref} failed", "red")
            case NotTried(ref=ref):
                self.not_tried.append(ref)
            case _:
                assert_never(outcome)

    def _line(self, sign: str, text: str, color: str) -> None:
        done = f"[{self._total - self._left}/{self._total}]"
        click.echo(f"{done:>9} {click.style(f'{sign} {text}', fg=color or None)}", err=True)

    def summary(self) -> str:
        """Return one line about what was done."""
        created, changed = self._counts[Action.CREATE], self._counts[Action.CHANGE]
        same = self._counts[Action.NOTHING]
        if not created and not changed:
            return f"no changes: {same} objects are as they should be"
        return f"{created} created, {changed} changed, {same} unchanged"


def stopped_findings(progress: Progress) -> Sequence[Finding]:
    """Return why an apply stopped: the failures, and a note about what was not tried."""
    first, *others = dict.fromkeys(progress.failures)  # a lost cluster fails every object alike
    notes = [*first.notes]
    if progress.not_tried:
        notes.append(f"not tried: {', '.join(str(ref) for ref in progress.not_tried)}")
    notes.append("what is done stays done: mend the cause and apply again")
    return [replace(first, notes=tuple(notes)), *others]
