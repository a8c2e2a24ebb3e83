"""Says who wrote a field of a live object, as its ``managedFields`` have it."""

from collections.abc import Iterator

from compiler.executor.field_owners import ITSELF, child, segment
from compiler.executor.port import FIELD_MANAGER
from compiler.model.conflict import Writer
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.stages.diff import field_below


def writers_of(live: JsonObject, path: str) -> tuple[Writer, ...]:
    """Return who besides us owns a field, or part of it, the latest first.

    Args:
        path: As differences write it.
    """
    found = [
        _writer(item)
        for item in _others(live)
        if any(is_part(path, own) for own in _owned(mapping_at(item, "fieldsV1"), live, ""))
    ]
    return _latest_first(found)


def other_writers(live: JsonObject) -> tuple[Writer, ...]:
    """Return who besides us and the controllers of its status wrote into an object."""
    return _latest_first([_writer(item) for item in _others(live) if not _is_of_status(item)])


def _others(live: JsonObject) -> Iterator[JsonObject]:
    for item in objects_at(live, "metadata", "managedFields"):
        if text_at(item, "manager") != FIELD_MANAGER:
            yield item


def _is_of_status(item: JsonObject) -> bool:
    return text_at(item, "subresource") == "status"


def _writer(item: JsonObject) -> Writer:
    manager, time, part = (text_at(item, key) for key in ("manager", "time", "subresource"))
    return Writer(manager=manager, time=time, subresource=part)


def _latest_first(writers: list[Writer]) -> tuple[Writer, ...]:
    return tuple(sorted(writers, key=lambda item: (item.time, item.manager), reverse=True))


def _owned(fields: JsonObject, live: JsonValue, path: str) -> Iterator[str]:
    """Yield the paths of all that somebody owns and that is there."""
    for key, inner in fields.items():
        value = child(live, key)
        if value is None:
            continue
        below = {name: part for name, part in mapping_at(inner).items() if name != ITSELF}
        for place in _places(path, live, key, value):
            if below:
                yield from _owned(below, value, place)
            else:
                yield place


def _places(path: str, live: JsonValue, key: str, value: JsonValue) -> Iterator[str]:
    """Yield how differences and others may write the place of a field or an item."""
    kind, _, name = key.partition(":")
    if kind == "f":
        yield field_below(path, name)
    elif isinstance(live, list):
        number = next(at for at, item in enumerate(live) if item is value)
        named = f"[{text_at(value, 'name')}]"
        yield from (f"{path}{end}" for end in {segment(key), f"[{number}]", named})


def is_part(path: str, other: str) -> bool:
    """Return whether one of two paths leads to the other, or through it."""
    short, long = sorted((path, other), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")
