"""Puts together what all parts of a status say."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    STALE,
    failed,
    is_stale,
    is_true,
    pending,
    unknown,
)
from compiler.kinds.habits import words
from compiler.kinds.habits.conditions import (
    conditions_in,
    has_open_end,
    is_claimed,
    of_conditions,
    running,
)
from compiler.kinds.habits.parts import WHOLE, of_counts, of_parts
from compiler.kinds.queues import queue_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, text_at
from compiler.model.readiness import Readiness

_ERRORS = ("errMsg", "error", "errorMessage", "failureMessage", "failureReason", "lastError")
_LABEL_ENDS = ("-state", "/status")
_NO_CONTENT = ("observedGeneration",)
_RESTS = ("disabled", "paused", "suspend", "suspended")
_SCHEDULED = ("lastScheduleTime", "lastScheduledTime")
_SETTINGS = ("Composition", "CompositionRevision", "Config", "ConfigUsage")


_SILENT = unknown("no verdict in its status yet")


def verdict(live: JsonObject) -> Readiness:
    """Return how far a custom resource has come by what its status says.

    A status that says nothing is no verdict, and never the end.
    """
    status = mapping_at(live, "status")
    if not status:
        is_settings = is_claimed(live) and text_at(live, "kind").endswith(_SETTINGS)
        return COMPLETED if is_settings else unknown("no status yet")
    if is_stale(live):
        return pending(STALE)
    heard = [*_heard(live, status)]
    least = min(heard or [_SILENT], key=lambda state: (not state.has_failed, state.reached))
    if _is_asked_to_rest(live) and not least.has_failed:
        return Readiness(reached=Goal.READY, message="it is asked to do nothing")
    if least.reached >= Goal.READY and _is_empty(status):
        return unknown("its status names nothing yet")
    return READY if least.reached is Goal.COMPLETED and has_open_end(live) else least


def _heard(live: JsonObject, status: JsonObject) -> Iterator[Readiness]:
    """Yield what counts.

    A part may speak against the whole. For it, or in unknown words, only where that is silent, and
    not where conditions are to say it, but none of them does yet.
    """
    whole = [
        *of_conditions(live),
        *_of_phases(live, status),
        *_of_errors(status),
        *_of_labels(live),
        *_of_wishes(live, status),
        *of_counts(live, status),
    ]
    parts = [*of_parts(live, status)]
    yield from whole
    if whole or conditions_in(live):
        yield from (part for part in parts if part.reached < Goal.READY and part.patience_s is None)
    elif parts:
        yield from parts
    elif any(text_at(status, field) for field in _SCHEDULED):
        yield unknown("a run of it is active") if status.get("active") else READY


def _of_phases(live: JsonObject, status: JsonObject) -> Iterator[Readiness]:
    for field in WHOLE:
        phase = text_at(status, field)
        if not phase:
            continue
        word = words.word_of(phase, live)
        if word in words.BAD:
            yield failed(text_at(status, "message") or f"{field} {phase}")
        elif word in words.DONE | words.GOOD:
            yield COMPLETED
        elif word in words.RUNNING:
            yield running(live)
        elif word in words.RESTS and _is_all_well(live):
            yield Readiness(reached=Goal.READY, message=f"{field} {phase}")
        elif not is_true(live, "Ready") or word.endswith("ing"):
            yield pending(f"{field} {phase}")


def _is_all_well(live: JsonObject) -> bool:
    """Return whether it has conditions, and none that speaks against it."""
    said = [*of_conditions(live)]
    return bool(said) and all(state.reached >= Goal.READY for state in said)


def _of_errors(status: JsonObject) -> Iterator[Readiness]:
    for field in _ERRORS:
        if text_at(status, field):
            yield failed(text_at(status, field))


def _of_labels(live: JsonObject) -> Iterator[Readiness]:
    """Yield what some controllers say in labels: ``x.io/status: unhealthy``."""
    for key, value in mapping_at(live, "metadata", "labels").items():
        if key.endswith(_LABEL_ENDS) and isinstance(value, str):
            word = words.word_of(value, live)
            if word in words.BAD:
                yield failed(f"label {key} {value}")
            elif word == "unknown" or word.endswith(words.PENDING_PART_ENDS):
                yield pending(f"label {key} {value}")


def _of_wishes(live: JsonObject, status: JsonObject) -> Iterator[Readiness]:
    """Yield that something is in the very state that its spec asks for, such as suspended."""
    wishes = {value.lower() for value in _states(live.get("spec"))}
    if wishes & {value.lower() for value in _states(status)}:
        yield READY


def _states(value: JsonValue) -> Iterator[str]:
    for key, item in value.items() if isinstance(value, dict) else ():
        if isinstance(item, str) and item and key.lower().endswith("state"):
            yield item
        yield from _states(item)


def _is_asked_to_rest(live: JsonObject) -> bool:
    """Return whether its spec asks it to do nothing; a queue asks for that without being asked."""
    spec, notes = mapping_at(live, "spec"), mapping_at(live, "metadata", "annotations")
    is_noted = any(key.endswith("/paused") and value == "true" for key, value in notes.items())
    return (is_noted or any(spec.get(key) is True for key in _RESTS)) and not queue_of(live)


def _is_empty(status: JsonObject) -> bool:
    """Return whether its status, conditions aside, holds nothing but empty lists."""
    rest = [value for key, value in status.items() if key not in {"conditions", *_NO_CONTENT}]
    return bool(rest) and all(value == [] for value in rest)
