"""Values that JSON can hold: their names, and when two are the same."""

from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]


MAX_DEPTH = 100  # a definition of a custom resource has 60


def is_deep(value: JsonValue) -> bool:
    """Return whether a value is nested deeper than our recursive functions can follow."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for each in level
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


def same(first: JsonValue, second: JsonValue) -> bool:
    """Return whether two values are one to JSON, where no boolean is a number.

    To Python ``1`` equals ``True``; never compare values with ``==``. ``1`` and ``1.0`` are the
    same number.
    """
    return first == second and _as_boolean_alike(first, second)


def _as_boolean_alike(first: JsonValue, second: JsonValue) -> bool:
    """Return whether values that are equal to Python have their booleans in the same places."""
    if isinstance(first, dict) and isinstance(second, dict):
        return all(_as_boolean_alike(value, second[key]) for key, value in first.items())
    if isinstance(first, list) and isinstance(second, list):
        return all(map(_as_boolean_alike, first, second))
    return isinstance(first, bool) == isinstance(second, bool)
