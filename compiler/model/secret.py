"""Keeps the values of Secrets off screens, logs and records."""

import base64
import hashlib
import json

from compiler.model.json import JsonObject, JsonValue, same

MASK = "***"
MASK_BEFORE, MASK_AFTER = f"{MASK} (before)", f"{MASK} (after)"  # of a value that changes
GENERATE = "kuplet.dev/generate"  # annotation of a Secret: "key:length key:length"
SECRET_FIELDS = ("data", "stringData")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # holds a copy of the values


def is_secret(body: JsonObject) -> bool:
    """Return whether an object is a Secret."""
    return body.get("kind") == "Secret" and body.get("apiVersion") == "v1"


def masked(body: JsonObject) -> JsonObject:
    """Return the object with the values of a Secret replaced by stars; others stay as they are."""
    if not is_secret(body):
        return body
    hidden: JsonObject = {
        field: dict.fromkeys(values, MASK)
        for field in SECRET_FIELDS
        if isinstance(values := body.get(field), dict)
    }
    return {**body, **hidden, "metadata": _without_copy(body.get("metadata"))}


def masked_pair(before: JsonObject, after: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return two states of an object, masked so that one still sees which values changed."""
    if not is_secret(before) and not is_secret(after):
        return before, after
    left, right = masked(before), masked(after)
    for field in SECRET_FIELDS:
        old, new = before.get(field), after.get(field)
        old_shown, new_shown = left.get(field), right.get(field)
        if not (isinstance(old, dict) and isinstance(new, dict)):
            continue
        for key in old.keys() & new.keys():
            if same(old[key], new[key]):
                continue
            if isinstance(old_shown, dict) and isinstance(new_shown, dict):
                old_shown[key], new_shown[key] = MASK_BEFORE, MASK_AFTER
    return left, right


def as_written(body: JsonObject) -> JsonObject:
    """Return a Secret with its values in ``data``, as the server keeps them; others as they are.

    Server-side apply does not remove what it owned as ``stringData``: the value would stay.
    """
    texts = body.get("stringData")
    if not is_secret(body) or not isinstance(texts, dict):
        return body
    data = body.get("data")
    encoded: JsonObject = {
        key: base64.b64encode(value.encode()).decode() if isinstance(value, str) else value
        for key, value in texts.items()
    }
    rest = {key: value for key, value in body.items() if key != "stringData"}
    return {**rest, "data": {**(data if isinstance(data, dict) else {}), **encoded}}


def digest_of(value: JsonValue) -> str:
    """Return what a record holds in the place of a secret value."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _without_copy(metadata: JsonValue) -> JsonValue:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("annotations"), dict):
        return metadata
    annotations = metadata["annotations"]
    if not isinstance(annotations, dict) or _LAST_APPLIED not in annotations:
        return metadata
    return {**metadata, "annotations": {**annotations, _LAST_APPLIED: MASK}}
