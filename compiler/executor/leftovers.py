"""Finds what others wrote into a live object: the app does not have it, and no apply removes it."""

import copy
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from compiler.executor.field_owners import ITSELF, child, remove, segment
from compiler.executor.port import ApiError, ClusterPort, Place
from compiler.executor.takeover import is_tool
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at

_OF_TOOLS = {
    ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ("metadata", "annotations", "deployment.kubernetes.io/revision"),
}
_OF_SERVER = {"status", "apiVersion", "kind"}

Steps: TypeAlias = tuple[str, ...]  # of fieldsV1


def leftovers(
    cluster: ClusterPort, manifest: Manifest, live: JsonObject, merged: JsonObject
) -> tuple[Steps, ...]:
    """Return the fields that only tools of people own; defaults, which would come back, are none.

    Args:
        merged: What an apply of ours would make of the live object.
    """
    found = [steps for steps in _only_theirs(merged) if value_of(live, steps) is not None]
    if not found:
        return ()
    try:
        left = cluster.without(manifest, [_place(live, steps) for steps in found])
    except ApiError:  # it may not be without one of them, or we may not ask
        left = {}
    gone = (steps for steps in found if not same(value_of(left, steps), value_of(live, steps)))
    return tuple(sorted(gone))


def field_of(steps: Steps) -> str:
    """Return a field as people write it."""
    return _shown([*map(segment, steps)])


def without_fields(live: JsonObject, fields: Iterable[Steps]) -> JsonObject:
    """Return an object without some of its fields."""
    left = copy.deepcopy(live)
    for steps in fields:
        above, value = value_of(left, steps[:-1]), value_of(left, steps)
        remove(above, steps[-1], value)
    return left


def _only_theirs(live: JsonObject) -> set[Steps]:
    owners = objects_at(live, "metadata", "managedFields")
    theirs = [item for item in owners if is_tool(text_at(item, "manager"))]
    ours = [mapping_at(item, "fieldsV1") for item in owners if item not in theirs]
    return {
        steps
        for item in theirs
        if not text_at(item, "subresource")
        for steps in _only_in(mapping_at(item, "fieldsV1"), ours, live, ())
    }


def _only_in(
    owned: JsonObject, others: list[JsonObject], live: JsonValue, above: Steps
) -> Iterator[Steps]:
    """Yield the topmost owned places that exist, and in which nobody else owns anything."""
    for key, inner in owned.items():
        steps = (*above, key)
        path = tuple(map(segment, steps))
        if key == ITSELF or path in _OF_TOOLS or (not above and path[0] in _OF_SERVER):
            continue
        value = child(live, key)
        if value is None:
            continue
        known = [mapping_at(other, key) for other in others if key in other]
        is_frame = path[0] == "metadata" or not above  # every object has it
        if not known and not (is_frame and isinstance(inner, dict) and inner):
            yield steps
        elif isinstance(inner, dict):
            yield from _only_in(inner, known, value, steps)


def value_of(live: JsonValue, steps: Steps) -> JsonValue:
    """Return what stands at a place; ``None`` where nothing does."""
    for step in steps:
        live = child(live, step)
    return live


def _place(live: JsonValue, steps: Steps) -> Place:
    """Return where a field stands: list items by their number."""
    place: list[str | int] = []
    for step in steps:
        inner = child(live, step)
        if isinstance(live, list):
            place.append(next(at for at, item in enumerate(live) if item is inner))
        else:
            place.append(segment(step))
        live = inner
    return tuple(place)


def _shown(path: list[str]) -> str:
    text = ""
    for part in path:
        if part.startswith("["):
            text += part
        elif "." in part or "/" in part:
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text
