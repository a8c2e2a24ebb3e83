"""Reads ``managedFields``: who owns what of a live object, and what an apply would make of it.

Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/, fieldsV1 of
structured-merge-diff: ``f:name`` is a field, ``k:{…}`` an item of a list by its keys, ``v:…`` an
item of a set, ``.`` the thing itself.
"""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from compiler.executor.port import FIELD_MANAGER
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.stages.quantity import parse_quantity

ITSELF = "."
_USUAL_KEYS = {"protocol": "TCP"}  # keys that the server fills in where nobody says them
_MAPS = {"annotations", "data", "labels", "limits", "matchLabels", "nodeSelector", "requests"}
_AMOUNTS = {"limits", "requests", "capacity", "hard"}  # fields that hold quantities


def child(live: JsonValue, key: str) -> JsonValue:
    """Return what stands at one step of a path of fieldsV1; ``None`` where nothing does."""
    kind, _, name = key.partition(":")
    if kind == "f" and isinstance(live, dict):
        return live.get(name)
    if kind == "k" and isinstance(live, list):
        keys = json.loads(name)
        return next((item for item in live if _has_keys(item, keys)), None)
    if kind == "v" and isinstance(live, list):
        return next((item for item in live if same(item, json.loads(name))), None)
    return None


def _has_keys(item: JsonValue, keys: Mapping[str, JsonValue]) -> bool:
    if not isinstance(item, dict):
        return False
    return all(same(item.get(k, _USUAL_KEYS.get(k)), v) for k, v in keys.items())


def segment(step: str) -> str:
    """Return one step of a path of fieldsV1 for people; an item of a list in brackets."""
    kind, _, name = step.partition(":")
    if kind != "k":
        return name
    keys = json.loads(name)
    return f"[{keys.get('name') or ','.join(map(str, keys.values()))}]"


def last_change(live: JsonObject) -> str:
    """Return when anybody changed more than the status of an object; empty if nobody knows."""
    changes = (
        text_at(item, "time")
        for item in objects_at(live, "metadata", "managedFields")
        if not text_at(item, "subresource")
    )
    return max(changes, default="")


def seconds_since_change(live: JsonObject) -> float:
    """Return how long ago anybody changed more than the status of an object; 0 if nobody knows."""
    try:
        newest = datetime.fromisoformat(last_change(live))
        return max((datetime.now(UTC) - newest).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return 0.0


def predicted(live: JsonObject, body: JsonObject, manager: str = FIELD_MANAGER) -> JsonObject:
    """Return what a forced server-side apply would make of a live object, as far as it shows.

    Defaults, admission and conversion are the server's own; whoever may ask it should.
    """
    owners = objects_at(live, "metadata", "managedFields")
    mine = [
        mapping_at(item, "fieldsV1")
        for item in owners
        if (text_at(item, "manager"), text_at(item, "operation")) == (manager, "Apply")
    ]
    others = [mapping_at(item, "fieldsV1") for item in owners]
    others = [item for item in others if item not in mine]
    result = copy.deepcopy(live)
    for owned in mine:
        _drop(result, owned, others, body)
    merged = _merged(result, body, [*mine, *others])
    return merged if isinstance(merged, dict) else body


def _drop(live: JsonValue, owned: JsonObject, others: list[JsonObject], body: JsonValue) -> None:
    """Remove what we own and do not want any more, unless somebody else owns it too."""
    for key, inner in owned.items():
        if key == ITSELF:
            continue
        wanted, value = child(body, key), child(live, key)
        shared = [mapping_at(other, key) for other in others if key in other]
        if wanted is not None:
            if isinstance(inner, dict):
                _drop(value, inner, shared, wanted)
        elif shared and isinstance(inner, dict):
            _drop(value, inner, shared, None)
        elif value is not None:
            remove(live, key, value)


def remove(live: JsonValue, key: str, value: JsonValue) -> None:
    """Remove what stands at one step of a path of fieldsV1.

    Args:
        value: What stands there.
    """
    if isinstance(live, dict):
        live.pop(key.partition(":")[2], None)
    elif isinstance(live, list):
        live[:] = [item for item in live if item is not value]


def _merged(
    live: JsonValue, body: JsonValue, owned: list[JsonObject], *, is_amount: bool = False
) -> JsonValue:
    if isinstance(live, dict) and isinstance(body, dict):
        return live | {
            key: _merged(
                live.get(key),
                value,
                _below(owned, f"f:{key}"),
                is_amount=is_amount or key in _AMOUNTS,
            )
            for key, value in body.items()
            if key in live or not _is_left_out(key, value)
        }
    if isinstance(live, list) and isinstance(body, list):
        return _merged_list(live, body, owned)
    return live if is_amount and _is_same_amount(live, body) else body


def _is_left_out(key: str, value: JsonValue) -> bool:
    """Return whether the server keeps nothing of a value: Go leaves out what is empty."""
    return value == [] or (value == {} and key in _MAPS)


def _below(owned: list[JsonObject], key: str) -> list[JsonObject]:
    return [mapping_at(item, key) for item in owned if key in item]


def _merged_list(
    live: list[JsonValue], body: list[JsonValue], owned: list[JsonObject]
) -> list[JsonValue]:
    """Merge lists whose items have keys; the server replaces others as a whole."""
    steps = sorted({key for item in owned for key in item if key.startswith(("k:", "v:"))})
    if not steps:
        return body
    olds: list[JsonValue] = []
    news: list[JsonValue] = []
    for item in body:
        key = next((step for step in steps if child([item], step) is not None), "")
        olds.append(child(live, key))
        news.append(_merged(olds[-1], item, _below(owned, key)))
    rest = [item for item in live if not any(item is old for old in olds)]
    places = [at for old in olds for at, item in enumerate(live) if item is old]
    if places != sorted(places):
        return [*news, *rest]
    renewed = {id(old): new for old, new in zip(olds, news, strict=True) if old is not None}
    added = [new for old, new in zip(olds, news, strict=True) if old is None]
    return [*(renewed.get(id(item), item) for item in live), *added]


def same_amounts(live: JsonValue, body: JsonValue) -> bool:
    """Return whether two values are the same, or one amount that is written in two ways."""
    return same(live, body) or _is_same_amount(live, body)


def _is_same_amount(live: JsonValue, body: JsonValue) -> bool:
    """Return whether two values are one amount: the server writes ``0.5`` as ``500m``."""
    old, new = parse_quantity(live), parse_quantity(body)
    return old is not None and old == new
