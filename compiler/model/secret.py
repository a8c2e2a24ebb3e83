"""Keeps the values of Secrets off screens, logs and records."""

import base64
import difflib
import hashlib
import hmac
import json
from collections.abc import Callable
from functools import lru_cache

from compiler.model.json import JsonObject, JsonValue, same

MASK = "***"
MASK_BEFORE, MASK_AFTER = f"{MASK} (before)", f"{MASK} (after)"  # of a value that changes
GENERATE = "kuplet.dev/generate"  # annotation of a Secret: "key:length key:length"
SECRET_FIELDS = ("data", "stringData")
# What may be seen of a Secret besides the keys of its values. Any other field is a mistake, often a
# misspelt "stringData", and holds what nobody is to see.
_HARMLESS = ("apiVersion", "immutable", "kind", "metadata", "type")
# The same of its metadata, into which a wrong indentation moves "stringData".
_METADATA = frozenset(
    {
        *("annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp"),
        *("finalizers", "generateName", "generation", "labels", "managedFields", "name"),
        *("namespace", "ownerReferences", "resourceVersion", "selfLink", "uid"),
    }
)
_ALIKE = 0.8  # "Secrets" and "Secert" are so much like "Secret", and no other kind is
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # holds a copy of the values


def is_secret(body: JsonObject) -> bool:
    """Return whether an object is a Secret."""
    return body.get("kind") == "Secret" and body.get("apiVersion") == "v1"


def masked(body: JsonObject) -> JsonObject:
    """Return the object with the values of a Secret replaced by stars; others stay as they are."""
    return with_hidden(body, lambda _: MASK)


def with_hidden(body: JsonObject, hide: Callable[[JsonValue], JsonValue]) -> JsonObject:
    """Return the object with something else for each value of a Secret; others stay as they are."""
    if not looks_secret(body):
        return body
    shown: JsonObject = {}
    for field, value in body.items():
        if field in _HARMLESS or value is None:
            shown[field] = value
        elif field in SECRET_FIELDS and isinstance(value, dict):
            shown[field] = {key: hide(item) for key, item in value.items()}
        else:
            shown[field] = hide(value)
    metadata = shown.get("metadata")
    if isinstance(metadata, dict):
        strange = {key: hide(metadata[key]) for key in metadata.keys() - _METADATA}
        shown["metadata"] = _without_copy({**metadata, **strange})
    return shown


def hidden_fields(body: JsonObject) -> JsonObject:
    """Return the fields of a Secret that nobody is to see; none of any other object."""
    if not looks_secret(body):
        return {}
    found = {field: value for field, value in body.items() if field not in _HARMLESS}
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        strange = sorted(metadata.keys() - _METADATA)
        found |= {f"metadata.{field}": metadata[field] for field in strange}
    return found


def looks_secret(body: JsonObject) -> bool:
    """Return whether an object is a Secret, or is meant as one by whoever misspelt it."""
    if "stringData" in body:  # no other kind has it
        return True
    kind = str(body.get("kind")).strip().lower()
    return kind == "secret" or (body.get("apiVersion") == "v1" and _is_alike(kind))


@lru_cache(maxsize=1024)
def _is_alike(kind: str) -> bool:
    return difflib.SequenceMatcher(None, kind, "secret").ratio() >= _ALIKE


def masked_pair(before: JsonObject, after: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return two states of an object, masked so that one still sees which values changed."""
    if not looks_secret(before) and not looks_secret(after):
        return before, after
    left, right = masked(before), masked(after)
    _tell_apart((before, after), (left, right))
    for field in (*SECRET_FIELDS, "metadata"):
        old, new = before.get(field), after.get(field)
        old_shown, new_shown = left.get(field), right.get(field)
        if (
            isinstance(old, dict)
            and isinstance(new, dict)
            and isinstance(old_shown, dict)
            and isinstance(new_shown, dict)
        ):
            _tell_apart((old, new), (old_shown, new_shown))
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


def _tell_apart(
    states: tuple[JsonObject, JsonObject], shown: tuple[JsonObject, JsonObject]
) -> None:
    """Let masked values of two states look different where they are."""
    for key in states[0].keys() & states[1].keys():
        is_masked = shown[0][key] == MASK and shown[1][key] == MASK
        if is_masked and not same(states[0][key], states[1][key]):
            shown[0][key], shown[1][key] = MASK_BEFORE, MASK_AFTER


def digest_of(value: JsonValue, salt: str) -> str:
    """Return what a record holds in the place of a secret value.

    Whoever has the digest alone cannot try out passwords: without the salt, nobody can.
    """
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    found = hmac.new(salt.encode(), text.encode(errors="surrogatepass"), hashlib.sha256)
    return f"hmac-sha256:{found.hexdigest()}"


def _without_copy(metadata: JsonValue) -> JsonValue:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("annotations"), dict):
        return metadata
    annotations = metadata["annotations"]
    if not isinstance(annotations, dict) or _LAST_APPLIED not in annotations:
        return metadata
    return {**metadata, "annotations": {**annotations, _LAST_APPLIED: MASK}}
