"""Finds out what a parameter reaches: the fields that change when its value does."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from compiler.model.change import FieldChange
from compiler.model.difference import ObjectDifference
from compiler.model.json import JsonValue, same
from compiler.model.manifest import Manifest
from compiler.model.parameter import Parameter
from compiler.stages.diff import by_place, compare, value_below

_MARK = "probe"
_NEW_KEY = re.compile(rf"(?<=[.\[]){_MARK}(?=$|[.\[\]])")
_NUMBER = re.compile(r"([0-9]+)(.*)", re.DOTALL)


def probes_of(parameter: Parameter) -> Iterator[JsonValue]:
    """Yield other values that a parameter might take, those first that change all of it."""
    if parameter.spec and parameter.spec.choices:
        yield from (item for item in parameter.spec.choices if not same(item, parameter.value))
        return
    yield from (item for item in _candidates(parameter.value) if not same(item, parameter.value))


def _candidates(value: JsonValue) -> Iterator[JsonValue]:
    match value:
        case int() | float() if not isinstance(value, bool):
            yield from (value + 1, value - 1)
        case str():
            yield from (_otherwise(value), f"{value}{_MARK}", f"{_MARK}{value}")
        case list():
            changed = [_otherwise(item) for item in value]
            yield from ([*changed, *changed[-1:]], changed, [*value, *value[-1:]])
            yield from ([*value, _MARK], value[:-1])
        case dict():
            yield {key: _otherwise(item) for key, item in value.items()}
            yield {**value, _MARK: _MARK}
        case None:
            yield from (_MARK, 1, True)
        case _:
            yield _otherwise(value)


def _otherwise(value: JsonValue) -> JsonValue:
    """Return another value of the same kind; a text that begins with a number stays one."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            number = _NUMBER.fullmatch(value)
            return f"{int(number[1]) + 1}{number[2]}" if number else f"{value}{_MARK}"
        case list():
            return [_otherwise(item) for item in value]
        case dict():
            return {key: _otherwise(item) for key, item in value.items()}
        case _:
            return _MARK


def reached(before: Iterable[Manifest], after: Iterable[Manifest]) -> list[ObjectDifference]:
    """Return the objects that differ, each with its fields.

    Objects are told apart by their place in the component, so one that changes its name stays the
    same object.
    """
    return [
        replace(item, fields=tuple(map(_with_any_key, item.fields)))
        for item in compare(before, after, by_place)
    ]


def _with_any_key(change: FieldChange) -> FieldChange:
    """Return a change of a key that was made up as one of any key that somebody adds."""
    return replace(change, path=_NEW_KEY.sub("*", change.path))


def values_below(value: JsonValue, path: str) -> Iterator[JsonValue]:
    """Yield the leaves below a path as differences write it: ``spec.containers[web].image``."""
    found = value_below(value, path)
    if found is not None:
        yield from _leaves(found)


def _leaves(value: JsonValue) -> Iterator[JsonValue]:
    match value:
        case dict():
            for item in value.values():
                yield from _leaves(item)
        case list():
            for item in value:
                yield from _leaves(item)
        case _:
            yield value
