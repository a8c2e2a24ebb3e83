"""Finds out what a parameter reaches: the fields that change when its value does."""

from collections.abc import Iterator, Sequence

from compiler.model.change import FieldChange
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.parameter import Parameter
from compiler.stages.diff import field_changes

_MARK = "probe"


def probes_of(parameter: Parameter) -> Iterator[JsonValue]:
    """Yield other values that a parameter might take, the likeliest to be accepted first."""
    if parameter.spec and parameter.spec.choices:
        yield from (item for item in parameter.spec.choices if item != parameter.value)
        return
    match parameter.value:
        case bool(value):
            yield not value
        case int(value) | float(value):
            yield from (value + 1, value - 1)
        case str(value):
            yield from (f"{value}{_MARK}", f"{_MARK}{value}", *_other_number(value))
        case list(value):
            yield from ([*value, *value[-1:]] or [_MARK], [*value, _MARK], value[:-1])
        case dict(value):
            yield {**value, _MARK: _MARK}
            yield {key: f"{item}{_MARK}" for key, item in value.items()}
        case _:
            yield from (_MARK, 1, True)


def reached_fields(
    before: Sequence[Manifest], after: Sequence[Manifest]
) -> list[tuple[Manifest, list[FieldChange]]]:
    """Return the objects that differ, each with its fields.

    Objects are told apart by their place in the component, so one that changes its name stays the
    same object. One that comes or goes has no fields.
    """
    old, new = _by_place(before), _by_place(after)
    found: list[tuple[Manifest, list[FieldChange]]] = []
    for place in sorted({*old, *new}):
        if place not in old or place not in new:
            found.append((old.get(place) or new[place], []))
            continue
        changes = list(field_changes(old[place].body, new[place].body))
        if changes:
            found.append((old[place], changes))
    return found


def _by_place(manifests: Sequence[Manifest]) -> dict[tuple[str, str], Manifest]:
    return {(item.origin.component, item.origin.path): item for item in manifests}


def _other_number(text: str) -> list[JsonValue]:
    """Return a text that is still a number, if this one is: an amount, a port."""
    return [str(int(text) + 1)] if text.isdecimal() else []
