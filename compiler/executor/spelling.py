"""Tells another amount from one that is only written in another way.

The API server reads objects of its own kinds into their types, and writes them as these write
themselves. Of a custom resource it keeps every letter, until a webhook or a controller does the
same: ``cpu: 1`` becomes ``"1"``.
"""

from collections.abc import Collection
from dataclasses import replace

from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, text_at
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
        return [_spelled(item, partner(item, n, live), amounts) for n, item in enumerate(asked)]
    return asked


def _amounts(asked: JsonValue, live: JsonValue) -> JsonValue:
    if isinstance(asked, dict) and isinstance(live, dict):
        return {key: _amounts(value, live.get(key)) for key, value in asked.items()}
    amount = parse_quantity(asked)
    return live if amount is not None and amount == parse_quantity(live) else asked


def partner(item: JsonValue, position: int, live: list[JsonValue]) -> JsonValue:
    """Return the item that has the same name, or the same place where there are no names."""
    name = _name(item)
    if not name:
        return live[position] if position < len(live) else None
    return next((each for each in live if _name(each) == name), None)


def _name(item: JsonValue) -> str:
    return text_at(item, "name") or text_at(item, "groupName")  # of Ray's workers
