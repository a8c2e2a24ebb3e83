"""Tells what differs from what is only written in another way.

The API server reads objects of its own kinds into their types, and writes them as these write
themselves. Of a custom resource it keeps every letter, until a webhook or a controller does the
same: ``cpu: 1`` becomes ``"1"``, ``suspend: false`` goes and ``resources: {}`` comes.
"""

from collections.abc import Collection
from dataclasses import replace

from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import Manifest
from compiler.stages.diff import normalised
from compiler.stages.quantity import parse_quantity


def with_live_amounts(manifest: Manifest, live: JsonObject) -> Manifest:
    """Return a manifest whose amounts are written as in the live object, where they are the same.

    A field that may not change may not be written in another way, either.
    """
    amounts = kind_of(manifest.ref).amounts
    if not amounts or not live:
        return manifest
    body: JsonObject = {
        key: _spelled(value, live.get(key), amounts) if key == "spec" else value
        for key, value in manifest.body.items()
    }
    return replace(manifest, body=body)


def _spelled(asked: JsonValue, live: JsonValue, amounts: Collection[str]) -> JsonValue:
    if isinstance(asked, dict) and isinstance(live, dict):
        return {
            key: _amounts(value, live.get(key))
            if key in amounts
            else _spelled(value, live.get(key), amounts)
            for key, value in asked.items()
        }
    if isinstance(asked, list) and isinstance(live, list):
        return [_spelled(item, _partner(item, n, live), amounts) for n, item in enumerate(asked)]
    return asked


def _amounts(asked: JsonValue, live: JsonValue) -> JsonValue:
    if isinstance(asked, dict) and isinstance(live, dict):
        return {key: _amounts(value, live.get(key)) for key, value in asked.items()}
    amount = parse_quantity(asked)
    return live if amount is not None and amount == parse_quantity(live) else asked


def _partner(item: JsonValue, position: int, live: list[JsonValue]) -> JsonValue:
    """Return the item that has the same name, or the same place where there are no names."""
    name = item.get("name") if isinstance(item, dict) else None
    if name is None:
        return live[position] if position < len(live) else None
    return next(
        (each for each in live if isinstance(each, dict) and each.get("name") == name), None
    )


def is_rewritten(merged: JsonObject, live: JsonObject) -> bool:
    """Whether a live object only lacks the zeros, and has the empty objects, of Go's writing."""
    return _is_rewritten(normalised(merged), normalised(live))


def _is_rewritten(asked: JsonValue, live: JsonValue) -> bool:
    if isinstance(asked, dict) and isinstance(live, dict):
        return all(
            not asked[key]
            if key not in live
            else _is_empty(live[key])
            if key not in asked
            else _is_rewritten(asked[key], live[key])
            for key in asked.keys() | live.keys()
        )
    if isinstance(asked, list) and isinstance(live, list):
        return len(asked) == len(live) and all(map(_is_rewritten, asked, live))
    return same(asked, live)


def _is_empty(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    return value is None or value == []
