"""Prints what happens while a plan is carried out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from compiler.cli.output import say
from compiler.cli.report.diff import summary_text
from compiler.cli.report.languages import styled
from compiler.cli.report.plan import SIGNS
from compiler.errors import ApplyStoppedError
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.finding import Finding
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
from compiler.model.release import ReleaseVerb
from compiler.stages.words import counted

_PAST = {
    Action.CREATE: "created",
    Action.UPDATE: "changed",
    Action.ADOPT: "taken",
    Action.REPLACE: "replaced",
}
_AGAIN = {
    ReleaseVerb.APPLY: "apply again",
    ReleaseVerb.DELETE: "delete again",
    ReleaseVerb.ROLLBACK: "roll back again",
}


def show_progress(plan: Plan, outcomes: Iterator[Outcome], components: Sequence[str] = ()) -> None:
    """Print outcomes as they come, and a summary.

    Args:
        components: The only ones that it is about, if it is not about all.

    Raises:
        ApplyStoppedError: Something failed.
    """
    progress = Progress(plan)
    try:
        for outcome in outcomes:
            progress.show(outcome)
    except KeyboardInterrupt:
        for ref, words in progress.waiting.items():
            say(f"it was waiting for {ref} {words}")
        say(f"{progress.counts()} so far; {progress.again} to go on")
        raise
    if progress.failures:
        raise ApplyStoppedError(*_stopped_findings(progress))
    say(progress.summary())
    for line in progress.leftovers(components):
        say(line)


def show_waiting(plan: Plan, outcomes: Iterator[Outcome]) -> None:
    """Print how objects come along of which none is written.

    Raises:
        ApplyStoppedError: Something failed.
    """
    progress = Progress(plan)
    for outcome in outcomes:
        progress.show(outcome)
    if progress.failures:
        raise ApplyStoppedError(*dict.fromkeys(progress.failures))
    say(f"{counted(len(plan.steps), 'object')} as far as asked for")


class Progress:
    """Prints outcomes to stderr as they come, and keeps count.

    Objects that are kept do not count among others, unless they are waited for.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        changed = {step.ref for step in plan.steps if step.action is not Action.KEEP}
        self._counted = changed or {step.ref for step in plan.steps}
        self._open = set(self._counted)  # those that have not come as far as asked for
        self._counts: Counter[Action] = Counter()
        self._kept = {step.ref: step.why for step in plan.steps if step.why}
        self._is_removal = plan.verb is ReleaseVerb.DELETE
        self.again = _AGAIN[plan.verb]
        self._begun: set[ObjectRef] = set()
        self.waiting: dict[ObjectRef, str] = {}
        self.failures: list[Finding] = []
        self.not_tried: list[ObjectRef] = []
        self.left: list[ObjectRef] = []

    def show(self, outcome: Outcome) -> None:
        """Print one outcome."""
        match outcome:
            case Written(ref=ref, action=action):
                self._written(ref, action)
            case Waiting(ref=ref, until=until, message=message):
                self.waiting[ref] = f"until {until}: {message}"
                self._counted.add(ref)
                self._open.add(ref)
                self._line("…", f"{ref} {self.waiting[ref]}", "bright_black")
            case Reached(ref=ref, goal=goal, seconds=seconds):
                self.waiting.pop(ref, None)
                self._open.discard(ref)
                if goal is not Goal.PRESENT and seconds >= 1:
                    self._line("✓", f"{ref} {goal} after {seconds:.0f} s", "green")
            case Deleted(ref=ref):
                self._open.discard(ref)
                self._counts[Action.DELETE] += 1
                self._line("-", f"{ref} deleted", "red")
            case Failed(ref=ref, finding=finding):
                self.waiting.pop(ref, None)
                self._counted.add(ref)
                self._open.discard(ref)
                self.failures.append(finding)
                self._line("✗", f"{ref} failed", "red")
            case NotTried(ref=ref):
                self.not_tried.append(ref)
            case Left(ref=ref):
                self.left.append(ref)
            case _:
                assert_never(outcome)

    def _written(self, ref: ObjectRef, action: Action) -> None:
        self._begun.add(ref)
        if action is not Action.KEEP:
            self._counts[action] += 1
            self._line(SIGNS[action][0], f"{ref} {_PAST[action]}", SIGNS[action][1])
        elif ref in self._kept:
            self._counts[action] += self._is_removal  # what left the app is not "unchanged"
            self._line("=", f"{ref} kept: {self._kept[ref]}", "")
        else:
            self._counts[action] += 1

    def _line(self, sign: str, text: str, color: str) -> None:
        done = f"[{len(self._counted) - len(self._open)}/{len(self._counted)}]"
        say(f"{done:>9} {styled(f'{sign} {text}', fg=color or None)}")

    def summary(self) -> str:
        """Return one line about what was done, when all of it was."""
        is_idle = self._counts.total() == self._counts[Action.KEEP] and not self.left
        return summary_text(self._plan) if is_idle and not self._is_removal else self.counts()

    def leftovers(self, components: Sequence[str]) -> Iterator[str]:
        """Yield lines about what was left to go on by itself, and about what waits for it."""
        going = [ref for ref in self.left if ref in self._begun]
        waiting = [ref for ref in self.left if ref not in self._begun]
        if not self.left:
            return
        yield f"left to go on: {', '.join(map(str, going))}"
        if waiting:
            yield f"waiting for that: {', '.join(map(str, waiting))}"
        only = "".join(f" -c {name}" for name in components)
        yield f"to finish it: kuplet apply {self._plan.environment}{only} --resume"

    def counts(self) -> str:
        """Return how much was done up to now."""
        same = self._counts[Action.KEEP]
        if self._is_removal:
            return f"{self._counts[Action.DELETE]} deleted, {same} kept"
        created, removed = self._counts[Action.CREATE], self._counts[Action.DELETE]
        changed = self._counts.total() - created - removed - same
        tail = f", {removed} removed" if removed else ""
        return f"{created} created, {changed} changed, {same} unchanged{tail}"


def _stopped_findings(progress: Progress) -> Sequence[Finding]:
    """Return why it stopped: the failures, and a note about what was not tried."""
    first, *others = dict.fromkeys(progress.failures)  # a lost cluster fails every object alike
    notes = [*first.notes]
    if progress.not_tried:
        notes.append(f"not tried: {', '.join(str(ref) for ref in progress.not_tried)}")
    notes.append(f"what is done stays done: mend the cause and {progress.again}")
    return [replace(first, notes=tuple(notes)), *others]
