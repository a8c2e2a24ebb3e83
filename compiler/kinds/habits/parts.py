"""Reads the parts of a status: states, counts, lists of what belongs to an object."""

import re
from collections.abc import Iterator

from compiler.kinds.conditions import READY, STALE, failed, is_stale, pending, unknown
from compiler.kinds.habits import words
from compiler.kinds.habits.conditions import of_conditions, running
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

WHOLE = ("phase", "state", "status", "health", "healthStatus", "currentState", "currentStatus")
_PAST = ("history", "previous", "last", "timestamps")
_NOW = ("lastoperation",)  # the last one is the one that counts
_FLAGS = {"applied", "available", "healthy", "pass", "passed", "ready", "readytouse"}
_STATE_ENDS = ("compliant", "health", "phase", "state", "status", "stage")
_SHARE = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")
_COUNTED = re.compile(r"(?:ready|available|updated)([A-Z]\w*)")
_VERSIONS = ("revision", "sha", "version")
_WAYS = (("active", "proposed"), ("current", "desired"), ("current", "target"))
# Source: solo-kit, core.Status: gloo's kinds count their states, and say who has judged them.
_GLOO = {1: READY, 2: failed("rejected")}


def of_parts(live: JsonObject, value: JsonValue, place: str = "") -> Iterator[Readiness]:
    """Yield what parts of a status say; what is past is no news."""
    if isinstance(value, list):
        yield from _of_peers(value, place)
        for item in value:
            yield from of_parts(live, item, place)
    if not isinstance(value, dict):
        return
    if place and "conditions" in value:
        part = _as_object(live, value)
        if is_stale(part):
            yield pending(f"{place}: {STALE}")
        yield from of_conditions(part)
    yield from _of_ways(value, place)
    yield from _of_numbers(value, place)
    for key, item in value.items():
        if key == "conditions" or _is_past(key):
            continue
        if isinstance(item, list | dict):
            yield from of_parts(live, item, f"{place}.{key}" if place else key)
        elif place or key not in WHOLE:
            yield from _of_part(
                live, key, item, f"{place}: {key} {item}" if place else f"{key} {item}"
            )


def _is_past(key: str) -> bool:
    name = key.lower()
    return any(word in name for word in _PAST) and not name.startswith(_NOW)


def _as_object(live: JsonObject, part: JsonObject) -> JsonObject:
    status: JsonObject = {"conditions": part["conditions"]}
    return {"kind": live.get("kind"), "metadata": live.get("metadata"), "status": status}


def _of_peers(items: list[JsonValue], place: str) -> Iterator[Readiness]:
    """Yield the peers that lack a verdict which others of the same list have."""
    peers = [item for item in items if isinstance(item, dict) and "conditions" in item]
    said = [{text_at(each, "type") for each in objects_at(peer, "conditions")} for peer in peers]
    for name in sorted(set().union(*said)):
        if words.sort_of(name) is words.Sort.STANDS and not all(name in types for types in said):
            yield pending(f"{place}: not all are {name}")


def _of_ways(part: JsonObject, place: str) -> Iterator[Readiness]:
    """Yield that something is to become another version than it is: ``active``, ``proposed``."""
    for before, after in _WAYS:
        old, new = (dict(_versions(part.get(key))) for key in (before, after))
        is_same = any(old[path] == new[path] for path in old.keys() & new.keys())
        if before in part and after in part and old != new and not is_same:
            yield pending(f"{place}: {after} is not {before} yet".removeprefix(": "))


def _versions(value: JsonValue, path: str = "") -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key.lower() in _VERSIONS:
                yield f"{path}.{key}", item
            else:
                yield from _versions(item, f"{path}.{key}")


def _of_numbers(part: JsonObject, place: str) -> Iterator[Readiness]:
    """Yield what counts say beside what they count: ``members: 3, readyMembers: 2``."""
    for key, item in part.items():
        match = _COUNTED.fullmatch(key)
        wanted = count(part.get(match[1][0].lower() + match[1][1:])) if match and place else None
        have = count(item)
        if match and wanted is not None and have is not None:
            few = f"{place}: {have} of {wanted} {key}"
            yield pending(few) if have < wanted else READY
    state = count(part.get("state"))
    if "reportedBy" in part and state is not None:
        yield _GLOO.get(state, pending(f"{place}: state {state}".removeprefix(": ")))


def _of_part(live: JsonObject, key: str, value: JsonValue, said: str) -> Iterator[Readiness]:
    name = key.lower()
    if isinstance(value, bool) and name in _FLAGS:
        yield READY if value else pending(said)
    if not isinstance(value, str):
        return
    share = _SHARE.fullmatch(value)
    if share and ("ready" in name or "replicas" in name):
        yield pending(said) if int(share[1]) < int(share[2]) else READY
    if name.endswith(_STATE_ENDS):
        yield from _of_state(live, value, said)


def _of_state(live: JsonObject, value: str, said: str) -> Iterator[Readiness]:
    word = words.word_of(value, live)
    is_bad = word.startswith(words.BAD_PART_STARTS) or word.endswith(words.BAD_PART_ENDS)
    if is_bad or word in words.BAD | words.BAD_PART:
        yield failed(said)
    elif word.endswith(words.PENDING_PART_ENDS):
        yield pending(said)
    elif word in words.RUNNING:
        yield running(live)
    else:
        yield READY if word in words.DONE | words.GOOD else unknown(said)


def of_counts(live: JsonObject, status: JsonObject) -> Iterator[Readiness]:
    """Yield what the counts say of a kind that scales."""
    for wanted_field, fields in _COUNTS.items():
        wanted = _wanted(live, wanted_field)
        known = {name: have for name in fields if (have := count(status.get(name))) is not None}
        if wanted is None or not known:
            continue
        few = {name: have for name, have in known.items() if have < wanted}
        if few:
            yield pending(", ".join(f"{have} of {wanted} {name}" for name, have in few.items()))
        elif wanted_field == "desiredNumberScheduled" and "numberAvailable" not in known:
            yield unknown("its available pods are not counted yet")
        else:
            yield READY


def _wanted(live: JsonObject, field: str) -> int | None:
    spec = mapping_at(live, "spec")
    if field == "nodeSets":
        sets = objects_at(spec, field)
        return sum(count(item.get("count")) or 0 for item in sets) if sets else None
    wanted = count(spec.get(field))
    return count(mapping_at(live, "status").get(field)) if wanted is None else wanted


def count(value: JsonValue) -> int | None:
    """Return a value that is a whole number; ``true`` is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_COUNTS = {
    "replicas": (
        "availableReplicas",
        "readyReplicas",
        "updatedAvailableReplicas",
        "updatedReadyReplicas",
        "updatedReplicas",
    ),
    "desiredNumberScheduled": ("numberAvailable", "numberReady", "updatedNumberScheduled"),
    "expectedMachines": ("currentHealthy",),
    "nodeSets": ("availableNodes",),
}
