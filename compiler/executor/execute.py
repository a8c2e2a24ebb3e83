"""Carries out a plan: a step starts when everything it needs has come far enough."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from queue import Empty, SimpleQueue

from compiler.errors import ExternalError
from compiler.executor.compare import CONCURRENCY
from compiler.executor.conflicts import ContestedError, Sent, Stance, send
from compiler.executor.diagnose import deadlock_of, diagnosis, has_ended_well, reasons
from compiler.executor.failures import (
    OBJECT_FAILED,
    OBJECT_STUCK,
    given_up,
    made_again,
    not_done,
)
from compiler.executor.field_owners import seconds_since_change
from compiler.executor.generated_secrets import fill_generated
from compiler.executor.growth import grow_claims
from compiler.executor.looks import Looks
from compiler.executor.needs import Needs
from compiler.executor.pods_at_once import PodsAtOnce
from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.queueing import how_far
from compiler.executor.refusal import is_external, stuck
from compiler.executor.running import DEEDS, Deed, Patience, Running
from compiler.executor.shared_fields import Request, is_shared, request_for
from compiler.executor.takeover import hand_over
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.kind import Life
from compiler.kinds.own_rules import rules_of
from compiler.kinds.table import kind_of
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef
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
from compiler.model.plan import Plan, Step
from compiler.model.readiness import Readiness

_SLOWEST_LOOK_S = 2.0
_BETWEEN_REASONS_S = 5.0
_SETTLES_S = 5.0  # until each server of a cluster has heard what a definition says now
_BETWEEN_TRIES_S = 0.2
_BETWEEN_NUMBERS_S = 10.0  # a training may report its progress with every step
_BETWEEN_REPEATS_S = 60.0  # pods that are made again and again go through the same states
_NUMBER = re.compile(r"[0-9]+")


def execute(
    plan: Plan,
    cluster: ClusterPort,
    patience: Patience,
    live: Mapping[ObjectRef, JsonObject] | None = None,
    may_write: Callable[[], None] = lambda: None,
) -> Iterator[Outcome]:
    """Carry out a plan and yield what happens, as it happens.

    Objects that are kept are not written, but waited for. What needs an object that has failed, and
    what comes last, is not tried after a failure; all else goes on, unless nothing more can be
    written at all.

    Args:
        live: Objects as they were when the plan was made, where it was made just now.
        may_write: Called before each write; what it raises fails the object.

    Raises:
        ExternalError: The plan was made for another cluster.
    """
    _check_target(plan, cluster)
    yield from _Run(plan, cluster, patience, live or {}, may_write).outcomes()


def _check_target(plan: Plan, cluster: ClusterPort) -> None:
    target = plan.target
    if (target.server, target.ca) == (cluster.server, cluster.ca):
        return
    message = f"the plan was made for {target.server}, but this is {cluster.server}"
    if target.server == cluster.server:
        message = f"{target.server} is vouched for by another authority than when it was planned"
    hint = "make the plan again"
    raise ExternalError(Finding(rule="destination-mismatch", message=message, hint=hint))


class _Run:
    def __init__(
        self,
        plan: Plan,
        cluster: ClusterPort,
        patience: Patience,
        live: Mapping[ObjectRef, JsonObject],
        may_write: Callable[[], None],
    ) -> None:
        self._cluster = cluster
        self._may_write = may_write
        self._patience = patience
        self._rules = rules_of(plan.readiness)
        self._conflicts = plan.conflicts
        self._grace_period_s = plan.grace_period_s
        self._patient = plan.patient
        self._live = live
        self._told = {
            crd_kind(step.manifest)
            for step in plan.steps
            if is_crd(step.manifest) and step.action is not Action.KEEP
        }
        self._needs = Needs(plan, self._has_met)
        self._pending = {step.ref: step for step in plan.steps}
        self._busy: dict[Future[JsonObject], Running] = {}
        self._done: SimpleQueue[Future[JsonObject] | None] = SimpleQueue()  # None: look again
        self._looks = Looks(cluster, plan.owner.selector, lambda: self._done.put(None))
        self._around = PodsAtOnce(cluster)
        self._watched: dict[ObjectRef, Running] = {}
        self._reached: dict[ObjectRef, Goal] = {}
        self._has_failed = False
        self._is_stopped = False
        self._do: Mapping[Deed, Callable[[Running], JsonObject]] = {
            Deed.LOOK: self._look,
            Deed.WRITE: self._write,
            Deed.REMOVE: self._remove,
        }

    def outcomes(self) -> Iterator[Outcome]:
        """Do, watch and start what becomes possible, until nothing is left to do."""
        with closing(self._looks), ThreadPoolExecutor(CONCURRENCY) as pool:
            while True:
                self._start(pool)
                if not self._busy and (not self._watched or self._may_leave()):
                    break
                yield from self._finish_deeds()
                yield from self._look_at_watched(pool)
        yield from (Left(ref=ref) for ref in self._watched)
        is_left = self._watched and not self._has_failed
        yield from (Left(ref=ref) if is_left else NotTried(ref=ref) for ref in self._pending)

    def _may_leave(self) -> bool:
        """Return whether all that is waited for are runs, which go on by themselves."""
        if self._patience.for_runs:
            return False
        return all(
            kind_of(ref).life is Life.RUN and item.deed is not Deed.REMOVE
            for ref, item in self._watched.items()
        )

    def _start(self, pool: ThreadPoolExecutor) -> None:
        if self._is_stopped or not self._pending:
            return
        running = (item.step for item in (*self._busy.values(), *self._watched.values()))
        may_be_last = not self._has_failed and all(
            step.is_last for step in (*self._pending.values(), *running)
        )
        for ref, step in list(self._pending.items()):
            if step.is_last and not may_be_last:
                continue
            if self._needs.may_begin(step):
                del self._pending[ref]
                self._begin(pool, Running(step=step, left=list(DEEDS[step.action])))

    def _has_met(self, ref: ObjectRef, goal: Goal) -> bool:
        return self._reached.get(ref, 0) >= goal

    def _begin(self, pool: ThreadPoolExecutor, item: Running) -> None:
        deed = pool.submit(self._do[item.deed], item)
        self._busy[deed] = item
        deed.add_done_callback(self._done.put)

    def _look(self, item: Running) -> JsonObject:
        """Return the object as it was compared; nothing when only its presence counts."""
        return self._live.get(item.step.ref, {})

    def _write(self, item: Running) -> JsonObject:
        self._may_write()
        step = item.step
        if step.action is Action.ADOPT:
            hand_over(self._cluster, step.manifest)
        is_read = step.seen and is_shared(step.manifest)
        before = self._cluster.read(step.manifest) if is_read else None
        request = request_for(self._cluster, step.manifest, before)
        stance = Stance(rules=self._conflicts, force=step.is_forced, scaler=step.scaler)
        live = self._sent(step.manifest, request, stance).live
        if step.generates:
            fill_generated(self._cluster, step.manifest.body, live)
        return live

    def _sent(self, manifest: Manifest, request: Request, stance: Stance) -> Sent:
        """Write an object; what the server was just told of its kind, it knows a moment later."""
        is_told = (manifest.ref.group, manifest.ref.kind) in self._told
        limit = time.monotonic() + (_SETTLES_S if is_told else 0.0)
        while True:
            try:
                return send(self._cluster, manifest, request, stance)
            except ApiError as failure:
                if time.monotonic() >= limit or is_external(failure):
                    raise
            time.sleep(_BETWEEN_TRIES_S)

    def _remove(self, item: Running) -> JsonObject:
        self._may_write()
        step = item.step
        uid = step.seen.uid if step.seen else ""
        if step.keeps_pods:
            grow_claims(self._cluster, step.manifest)
        self._cluster.delete(
            step.ref,
            step.manifest.api_version,
            uid,
            self._grace_period_s,
            alone=step.keeps_pods,
        )
        return {}

    def _finish_deeds(self) -> Iterator[Outcome]:
        """Wait until a deed is done, or it is time to look at something."""
        for future in self._just_done(self._seconds_to_next_look() if self._watched else None):
            item = self._busy.pop(future)
            try:
                live = future.result()
            except ExternalError as error:
                yield self._refused(item, error)
            else:
                yield from self._watch(item, live)

    def _just_done(self, timeout_s: float | None) -> Iterator[Future[JsonObject]]:
        """Yield the deeds that are done, as soon as there is one or something has changed."""
        try:
            found = self._done.get(timeout=timeout_s)
            while True:
                if found:
                    yield found
                found = self._done.get_nowait()
        except Empty:
            return

    def _watch(self, item: Running, live: JsonObject) -> Iterator[Outcome]:
        item.since = item.turned = time.monotonic()
        item.pause_s = self._patience.first_look_s
        item.age_s = seconds_since_change(live) if item.deed is Deed.LOOK else 0.0
        self._watched[item.step.ref] = item
        if item.deed is Deed.REMOVE:
            return
        self._reached[item.step.ref] = Goal.PRESENT
        yield Written(ref=item.step.ref, action=item.step.action)
        if item.step.has_ended:
            yield self._settle(item, Goal.COMPLETED)
        elif item.step.until is Goal.PRESENT:
            yield self._settle(item, Goal.PRESENT)
        elif live:
            yield from self._judge(item, live)

    def _look_at_watched(self, pool: ThreadPoolExecutor) -> Iterator[Outcome]:
        now, changed = time.monotonic(), self._looks.changed()
        due = [
            item
            for item in self._watched.values()
            if item.next_look <= now or item.step.ref in changed
        ]
        for item, look in [(item, pool.submit(self._looked_at, item)) for item in due]:
            try:
                live = look.result()
            except ExternalError as error:
                yield self._refused(item, error)
                continue
            if item.deed is Deed.REMOVE:
                yield from self._judge_removal(item, live, pool)
            else:
                yield from self._judge(item, live)

    def _looked_at(self, item: Running) -> JsonObject | None:
        """Return an object as it is; what would be given up on is certainly read before."""
        limit_s = self._patience.deletion_s if item.deed is Deed.REMOVE else self._timeout_s(item)
        is_over = time.monotonic() - item.turned >= limit_s
        return self._looks.at(item.step.manifest, item.live, anew=is_over)

    def _judge_removal(
        self, item: Running, live: JsonObject | None, pool: ThreadPoolExecutor
    ) -> Iterator[Outcome]:
        """Settle an object that is gone, or look again later: finalizers may take their time."""
        waited = time.monotonic() - item.since
        if live is None or not item.is_seen(live):
            yield from self._gone(item, live, pool)
        elif waited >= self._patience.deletion_s:
            yield self._fail(item.step, stuck(item.step.manifest, live, waited))
        else:
            self._look_later(item)

    def _gone(
        self, item: Running, live: JsonObject | None, pool: ThreadPoolExecutor
    ) -> Iterator[Outcome]:
        del self._watched[item.step.ref]
        item.left.pop(0)
        if live is not None:
            yield self._fail(item.step, made_again(item.step))
        elif item.left:
            self._begin(pool, item)
        else:
            self._reached[item.step.ref] = Goal.GONE
            yield Deleted(ref=item.step.ref)

    def _judge(self, item: Running, live: JsonObject | None) -> Iterator[Outcome]:
        """Settle an object, let it fail, or look again later."""
        if live is None or not item.is_same(live):
            yield self._judge_absence(item, live)
            return
        until, ref = item.step.until, item.step.ref
        state = self._state(item, live)
        waited = time.monotonic() - item.turned
        reached = state.after(waited + item.age_s)
        item.live = live
        self._reached[ref] = max(self._reached[ref], reached)
        if reached >= until:
            yield self._settle(item, reached)
        elif state.has_failed:
            yield self._give_up(item, OBJECT_FAILED, f"failed: {state.message}")
        elif deadlock := self._asked_pods(item, waited):
            yield self._give_up(item, OBJECT_STUCK, f"will not be {until}: {deadlock}")
        elif waited >= self._timeout_s(item):
            message = f"is not {until} after {waited:.0f} s: {state.message}"
            yield self._give_up(item, "object-timeout", message)
        else:
            yield from self._say(item, state.message, waited)
            self._look_later(item)

    def _state(self, item: Running, live: JsonObject) -> Readiness:
        """Return how far an object has come; what waits in a queue has its clock start again."""
        is_settled = time.monotonic() - item.since >= self._patience.queue_settles_s
        asked = item.step.manifest.body
        state = how_far(self._around, live, self._rules, asked, is_settled=is_settled)
        if state.is_queued != item.is_queued:
            item.is_queued, item.turned = state.is_queued, time.monotonic()
            item.heard.clear()
        return state

    def _asked_pods(self, item: Running, waited: float) -> str:
        """Ask from time to time why pods do not run; return why they never will, if they say so.

        An object that was not written may be about to be mended by what was, such as a Secret.
        """
        if waited < item.next_reason:
            return ""
        item.next_reason = waited + _BETWEEN_REASONS_S
        item.reason = reasons(self._around, item.live)
        step = item.step
        is_patient = step.manifest.origin.component in self._patient
        if not item.reason or is_patient or step.action is Action.KEEP:
            return ""
        return deadlock_of(self._around, item.live)

    def _say(self, item: Running, message: str, waited: float) -> Iterator[Outcome]:
        """Say what an object waits for, and why its pods do not run, when that is news."""
        words = f"{message}: {item.reason}" if item.reason else message
        news = _NUMBER.sub("", words)  # a back-off that grows is no news
        last_message, last_news = item.said or ("", None)
        is_fresh = waited >= item.heard.get(news, -_BETWEEN_REPEATS_S) + _BETWEEN_REPEATS_S
        is_further = message != last_message and waited >= item.next_numbers
        if is_further if news == last_news else is_fresh:
            item.said, item.next_numbers = (message, news), waited + _BETWEEN_NUMBERS_S
            item.heard[news] = waited
            yield Waiting(ref=item.step.ref, until=item.step.until, message=words)

    def _judge_absence(self, item: Running, live: JsonObject | None) -> Outcome:
        """Settle an object that has removed itself after its success; let any other absence fail.

        Args:
            live: Another object of that name, if there is one.
        """
        if live is not None:
            return self._fail(item.step, made_again(item.step))
        if has_ended_well(self._cluster, item.live):
            return self._settle(item, Goal.COMPLETED)
        message = f"is gone: somebody deleted it while it was to become {item.step.until}"
        return self._give_up(item, "object-gone", message)

    def _look_later(self, item: Running) -> None:
        self._looks.expect(item.step.manifest)
        item.next_look = time.monotonic() + item.pause_s
        item.pause_s = min(item.pause_s * 1.5, _SLOWEST_LOOK_S)

    def _timeout_s(self, item: Running) -> float:
        if item.is_queued:
            return max(self._patience.queue_s, self._patience.ready_s)
        step = item.step
        is_long = step.until is Goal.COMPLETED and self._reached[step.ref] >= Goal.READY
        return self._patience.completion_s if is_long else self._patience.ready_s

    def _settle(self, item: Running, goal: Goal) -> Reached:
        del self._watched[item.step.ref]
        self._reached[item.step.ref] = goal
        return Reached(ref=item.step.ref, goal=goal, seconds=time.monotonic() - item.since)

    def _give_up(self, item: Running, rule: str, message: str) -> Failed:
        step = item.step
        blocked = [str(ref) for ref in self._needs.behind(step.ref) if ref in self._pending]
        waiting = [f"waiting for it: {', '.join(blocked)}"] if blocked else []
        notes = [*diagnosis(self._cluster, item.live), *waiting]
        return self._fail(step, given_up(step, rule, message, notes))

    def _refused(self, item: Running, error: ExternalError) -> Failed:
        # Without a server or the lock, or after a newer release, nothing else will work either.
        self._is_stopped |= not isinstance(error, ApiError | ContestedError)
        is_removal = item.deed is Deed.REMOVE
        return self._fail(item.step, not_done(error, item.step, is_removal=is_removal))

    def _fail(self, step: Step, finding: Finding) -> Failed:
        self._has_failed = True
        self._watched.pop(step.ref, None)
        return Failed(ref=step.ref, finding=finding)

    def _seconds_to_next_look(self) -> float:
        soonest = min(item.next_look for item in self._watched.values())
        return max(soonest - time.monotonic(), 0.0)
