"""How far a live object has come: asks the row of its kind.

Source: kstatus' rules, ``kubectl rollout status`` and the status types of the controllers, with two
additions. A custom resource that reports status is not ready before it has one, and a training job
has two goals: it is ready when it trains, and completed when it is done.
"""

from dataclasses import replace

from compiler.kinds.conditions import STALE, explained, failed, failure, is_stale, is_true, pending
from compiler.kinds.custom import Surroundings
from compiler.kinds.kind import Kind, Life, Rules
from compiler.kinds.queues import queue_of, queued
from compiler.kinds.table import kind_of_live
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, value_at
from compiler.model.readiness import Readiness

_NONE: Rules = {}


def readiness_of(
    live: JsonObject,
    around: Surroundings,
    rules: Rules = _NONE,
    asked: JsonObject | None = None,
) -> Readiness:
    """Return how far a live object has come.

    Args:
        rules: Those that the app has for kinds of its own; they count more than what is known.
        asked: Its manifest, which alone says whether it is suspended on purpose.
    """
    kind = kind_of_live(live)
    own = rules.get((kind.group, kind.kind))
    if own:
        kind = replace(kind, readiness=own)
    if mapping_at(live, "metadata").get("deletionTimestamp"):
        return _going(kind, live, around)
    # What its queue has suspended, its controller may not look at.
    if is_stale(live) and not kind.counts_child:
        is_queued = _asks_to_wait(kind, live) and bool(queue_of(live))
        return queued(live) if is_queued else pending(STALE)
    if own:
        return own(live, around)
    if is_true(live, "Stalled"):
        return failure(live, "Stalled")
    if is_true(live, "Reconciling"):
        return pending(explained(live, "Reconciling") or "reconciling")
    state = kind.readiness(live, around)
    is_over = state.has_failed or state.reached is Goal.COMPLETED
    is_held = _asks_to_wait(kind, live) or (bool(kind.suspend) and is_true(live, "Suspended"))
    return _suspended(kind, live, asked or {}) if is_held and not is_over else state


def ignores_changes(live: JsonObject, around: Surroundings) -> bool:
    """Return whether a live object is a run that is over: its controller looks away."""
    kind = kind_of_live(live)
    if not kind.run or kind.again:
        return False
    state = kind.readiness(live, around)
    return state.has_failed or state.reached is Goal.COMPLETED


def _asks_to_wait(kind: Kind, body: JsonObject) -> bool:
    return bool(kind.suspend) and value_at(body, *kind.suspend.split(".")) is True


def _suspended(kind: Kind, live: JsonObject, asked: JsonObject) -> Readiness:
    """Nobody can wait for a run that is held back on purpose, so it is ready, but not done."""
    if queue_of(live):
        return queued(live)
    if _asks_to_wait(kind, asked):
        return Readiness(reached=Goal.READY, message="suspended")
    return pending("suspended by somebody else: the app does not ask for that")


def _going(kind: Kind, live: JsonObject, around: Surroundings) -> Readiness:
    """Nobody can take a deletion back, so it has failed; but for a run that is done already."""
    state = kind.readiness(live, around)
    is_done = kind.life is Life.RUN and state.reached is Goal.COMPLETED
    return state if is_done else failed("it is being deleted")
