"""Reads what status fields say."""

from compiler.model.app import Goal
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

PATIENCE_S = 30.0  # some statuses are never written: there is no controller, or no verdict
STALE = "its controller has not seen the change yet"
READY = Readiness(reached=Goal.READY)
RUNNING = Readiness(reached=Goal.READY, message="running")  # it has an end, but is not there yet
COMPLETED = Readiness(reached=Goal.COMPLETED)


def is_stale(live: JsonObject) -> bool:
    """Return whether the status, or a part of it, speaks of an older spec; many kinds say so.

    Some write the number as text; what is no number says nothing.
    """
    generation = mapping_at(live, "metadata").get("generation")
    if not isinstance(generation, int):
        return False
    seen = [mapping_at(live, "status").get("observedGeneration")]
    seen += [item.get("observedGeneration") for item in objects_at(live, "status", "conditions")]
    return any(number < generation for value in seen for number in _whole(value))


def _whole(value: JsonValue) -> list[int]:
    if isinstance(value, str) and value.isdecimal():
        return [int(value)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


def pending(message: str) -> Readiness:
    """Return that an object is there, but not ready."""
    return Readiness(reached=Goal.PRESENT, message=message)


def unknown(message: str) -> Readiness:
    """Return that nobody knows; after a while that counts as ready, never as completed."""
    return Readiness(reached=Goal.PRESENT, message=message, patience_s=PATIENCE_S)


def failed(message: str) -> Readiness:
    """Return that an object will not become ready by itself."""
    return Readiness(reached=Goal.PRESENT, has_failed=True, message=message)


def conditions_of(live: JsonObject) -> dict[str, JsonObject]:
    """Return the status conditions by type."""
    return {text_at(item, "type"): item for item in objects_at(live, "status", "conditions")}


def status_of(condition: JsonObject) -> str:
    """Return ``True``, ``False`` or ``Unknown``; some controllers write it as a boolean."""
    status = condition.get("status")
    return str(status) if isinstance(status, str | bool) else ""


def is_true(live: JsonObject, condition: str) -> bool:
    """Return whether a condition holds."""
    return status_of(conditions_of(live).get(condition, {})) == "True"


def is_false(live: JsonObject, condition: str) -> bool:
    """Return whether a condition is known not to hold."""
    return status_of(conditions_of(live).get(condition, {})) == "False"


def explained(live: JsonObject, condition: str) -> str:
    """Return the reason and message of a condition as one line."""
    found = conditions_of(live).get(condition, {})
    words = (text_at(found, "reason"), text_at(found, "message"))
    return ": ".join(word for word in words if word)


def failure(live: JsonObject, condition: str) -> Readiness:
    """Return that an object failed, as a condition says; it may not say why."""
    return failed(explained(live, condition) or f"condition {condition}")


def number(live: JsonObject, *path: str, default: int = 0) -> int:
    """Return the whole number at a path."""
    found = mapping_at(live, *path[:-1]).get(path[-1])
    return found if isinstance(found, int) else default
