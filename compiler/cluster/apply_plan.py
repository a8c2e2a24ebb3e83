"""Carries out a plan: an object starts when everything it needs has come far enough."""

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from compiler.cluster.api import ApiError
from compiler.cluster.cluster import Cluster
from compiler.cluster.compare import CONCURRENCY
from compiler.cluster.diagnose import diagnosis
from compiler.cluster.failures import refusal
from compiler.cluster.generated_secrets import fill_generated
from compiler.errors import ExternalError
from compiler.kinds.readiness import readiness_of
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.model.outcome import Failed, NotTried, Outcome, Reached, Readiness, Waiting, Written
from compiler.model.plan import Plan, Step

_FIRST_LOOK_S, _SLOWEST_LOOK_S = 0.1, 2.0
_HINTS = {"object-timeout": "allow it more time with --timeout, or do not wait for it: --no-wait"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """How a plan is carried out.

    Attributes:
        timeout_s: Seconds an object may take to become ready.
        completion_timeout_s: Seconds a training job may take once it runs, if others wait for it.
    """

    force_conflicts: bool = False
    timeout_s: float = 600.0
    completion_timeout_s: float = 24 * 3600.0


@dataclass(slots=True)
class _Watched:
    """An object that was written and has not come far enough yet."""

    step: Step
    since: float
    next_look: float = 0.0
    pause_s: float = _FIRST_LOOK_S
    message: str = ""
    live: JsonObject = field(default_factory=dict)


def apply_plan(plan: Plan, cluster: Cluster, options: ApplyOptions) -> Iterator[Outcome]:
    """Carry out a plan and yield what happens, as it happens.

    Unchanged objects are not written, but still waited for. After the first failure nothing new is
    started; what runs is finished, and the rest is reported as not tried.
    """
    yield from _Run(plan, cluster, options).outcomes()


class _Run:
    def __init__(self, plan: Plan, cluster: Cluster, options: ApplyOptions) -> None:
        self._cluster = cluster
        self._options = options
        self._steps = {step.ref: step for step in plan.steps}
        self._dependents = plan.dependents
        self._pending = dict(self._steps)
        self._writing: dict[Future[JsonObject], Step] = {}
        self._watched: dict[ObjectRef, _Watched] = {}
        self._reached: dict[ObjectRef, Goal] = {}
        self._has_failed = False

    def outcomes(self) -> Iterator[Outcome]:
        """Write, watch and start what becomes possible, until nothing is left to do."""
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            while True:
                self._start_writes(pool)
                if not self._writing and not self._watched:
                    break
                yield from self._finish_writes()
                yield from self._look_at_watched(pool)
        yield from (NotTried(ref=ref) for ref in self._pending)

    def _start_writes(self, pool: ThreadPoolExecutor) -> None:
        if self._has_failed:
            return
        for ref, step in list(self._pending.items()):
            if all(self._reached.get(need.needed, 0) >= need.until for need in step.needs):
                del self._pending[ref]
                self._writing[pool.submit(self._write, step)] = step

    def _write(self, step: Step) -> JsonObject:
        change = step.change
        body = change.manifest.body
        if change.action is Action.NOTHING:
            return change.live
        live = self._cluster.apply(body, force=self._options.force_conflicts)
        if change.generates:
            fill_generated(self._cluster, body, live)
        return live

    def _finish_writes(self) -> Iterator[Outcome]:
        if not self._writing:
            self._sleep_until_next_look()
            return
        timeout = self._seconds_to_next_look() if self._watched else None
        done, _ = wait(self._writing, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            step = self._writing.pop(future)
            try:
                live = future.result()
            except ApiError as failure:
                yield self._fail(step, refusal(failure, step.change.manifest))
            except ExternalError as error:
                yield self._fail(step, error.findings[0])
            else:
                yield Written(ref=step.ref, action=step.change.action)
                yield from self._watch(step, live)

    def _watch(self, step: Step, live: JsonObject) -> Iterator[Outcome]:
        self._reached[step.ref] = Goal.PRESENT
        watched = _Watched(step=step, since=time.monotonic(), live=live)
        self._watched[step.ref] = watched
        if step.until is Goal.PRESENT:
            yield self._settle(watched, Goal.PRESENT)
        else:
            yield from self._judge(watched, live)

    def _look_at_watched(self, pool: ThreadPoolExecutor) -> Iterator[Outcome]:
        now = time.monotonic()
        due = [item for item in self._watched.values() if item.next_look <= now]
        looks = [(item, pool.submit(self._cluster.read, item.step.change.manifest)) for item in due]
        for item, look in looks:
            try:
                live = look.result()
            except ApiError as failure:
                yield self._fail(item.step, refusal(failure, item.step.change.manifest))
            except ExternalError as error:
                yield self._fail(item.step, error.findings[0])
            else:
                yield from self._judge(item, live)

    def _judge(self, item: _Watched, live: JsonObject | None) -> Iterator[Outcome]:
        """Settle an object, let it fail, or look again later."""
        waited = time.monotonic() - item.since
        state = self._readiness(live)
        item.live = live or item.live
        self._reached[item.step.ref] = max(self._reached[item.step.ref], state.reached)
        is_patient_enough = state.patience_s is not None and waited >= state.patience_s
        if state.reached >= item.step.until or (is_patient_enough and not state.has_failed):
            yield self._settle(item, max(state.reached, item.step.until))
        elif state.has_failed:
            yield self._give_up(item, "object-failed", f"failed: {state.message}")
        elif waited >= self._timeout_s(item.step):
            message = f"is not {item.step.until} after {waited:.0f} s: {state.message}"
            yield self._give_up(item, "object-timeout", message)
        else:
            if state.message != item.message:
                item.message = state.message
                yield Waiting(ref=item.step.ref, until=item.step.until, message=state.message)
            item.next_look = time.monotonic() + item.pause_s
            item.pause_s = min(item.pause_s * 1.5, _SLOWEST_LOOK_S)

    def _readiness(self, live: JsonObject | None) -> Readiness:
        if live is None:  # a finished Job with a time to live removes itself
            return Readiness(reached=Goal.COMPLETED)
        return readiness_of(live, self._cluster)

    def _timeout_s(self, step: Step) -> float:
        is_long = step.until is Goal.COMPLETED and self._reached[step.ref] >= Goal.READY
        return self._options.completion_timeout_s if is_long else self._options.timeout_s

    def _settle(self, item: _Watched, goal: Goal) -> Reached:
        del self._watched[item.step.ref]
        self._reached[item.step.ref] = goal
        return Reached(ref=item.step.ref, goal=goal, seconds=time.monotonic() - item.since)

    def _give_up(self, item: _Watched, rule: str, message: str) -> Failed:
        step = item.step
        notes = [*diagnosis(self._cluster, item.live), *self._blocked_by(step.ref)]
        finding = Finding(
            rule=rule,
            message=f"{step.ref.qualified} {message}",
            object=str(step.ref),
            component=step.change.manifest.origin.component,
            notes=tuple(notes),
            hint=_HINTS.get(rule, ""),
        )
        return self._fail(step, finding)

    def _fail(self, step: Step, finding: Finding) -> Failed:
        self._has_failed = True
        self._watched.pop(step.ref, None)
        return Failed(ref=step.ref, finding=finding)

    def _blocked_by(self, ref: ObjectRef) -> list[str]:
        """Return a line about the objects that wait for ``ref``, directly or not."""
        blocked: dict[ObjectRef, None] = {}
        queue = [ref]
        while queue:
            for dependent in self._dependents[queue.pop(0)]:
                if dependent in self._pending and dependent not in blocked:
                    blocked[dependent] = None
                    queue.append(dependent)
        names = [str(item) for item in blocked]
        return [f"waiting for it: {', '.join(names)}"] if names else []

    def _seconds_to_next_look(self) -> float:
        soonest = min(item.next_look for item in self._watched.values())
        return max(soonest - time.monotonic(), 0.0)

    def _sleep_until_next_look(self) -> None:
        if self._watched:
            time.sleep(self._seconds_to_next_look())
