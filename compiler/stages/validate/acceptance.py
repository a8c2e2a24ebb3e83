"""Tells the objects of which nothing is to be said, without looking for words.

What all checks of an object want is said once more, as one JSON Schema for the fast validator. It
may refuse what is sound, and then the checks are asked; what it accepts, none of them has a word
about: a property test holds it to that.
"""

import re
from collections.abc import Iterable
from functools import cache

from compiler.kinds.kind import Naming
from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at
from compiler.model.secret import GENERATE
from compiler.stages.validate import metadata
from compiler.stages.validate.json_schema import Checker
from compiler.stages.validate.kubernetes_schemas import KubernetesSchemas, schemas_for
from compiler.stages.validate.quantities import QUANTITY
from compiler.stages.validate.repeated import Lists, has_distinct_names, lists_of

_AMOUNTS = "kuplet.amounts"


class Acceptance:
    """Accepts objects of one kind that Kubernetes itself has."""

    def __init__(self, checker: Checker, lists: Lists) -> None:
        self._checker = checker
        self._lists = lists

    def accepts(self, manifest: Manifest) -> bool:
        """Return whether no check of a single object finds anything."""
        return (
            self._checker.accepts(manifest.body)
            and self._lists.are_distinct(manifest.body)
            and has_distinct_names(manifest)
        )


def acceptance_of(schemas: KubernetesSchemas, manifest: Manifest) -> Acceptance | None:
    """Return what accepts objects of a kind; ``None`` where the version does not have it."""
    ref = manifest.ref
    name = schemas.definitions.get((manifest.api_version, ref.kind))
    return _acceptance(schemas.version, name, ref.group, ref.kind) if name else None


@cache
def _acceptance(version: str, name: str, group: str, kind: str) -> Acceptance:
    own = schemas_for(version).self_contained(name)
    amounts = _amounts()
    combined: JsonObject = {
        "allOf": [
            {"$ref": own["$ref"]},
            _labelled(group, kind),
            _without(metadata.server_fields(kind)),
            amounts,
        ],
        "$defs": {**mapping_at(own, "$defs"), _AMOUNTS: amounts},
    }
    return Acceptance(Checker(combined), lists_of(own))


def _labelled(group: str, kind: str) -> JsonObject:
    """Return the schema of what has a good name and good labels."""
    key: JsonObject = {"pattern": _whole(metadata.LABEL_KEY)}
    value: JsonObject = {"type": "string", "pattern": _whole(metadata.LABEL_VALUE)}
    fields: JsonObject = {
        "name": _name(group, kind),
        "namespace": {"pattern": _whole(metadata.NAMESPACE)},
        "labels": {"propertyNames": key, "additionalProperties": value},
        "annotations": {"propertyNames": key, "properties": {GENERATE: False}},
    }
    named: JsonObject = {"properties": fields, "required": ["name"]}
    return {"properties": {"metadata": named}, "required": ["metadata"]}


def _without(paths: Iterable[metadata.Path]) -> JsonObject:
    """Return the schema of what has nothing at some places."""
    below: dict[str, list[metadata.Path]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(tuple(rest))
    return {
        "properties": {
            name: False if () in rests else _without(rests) for name, rests in below.items()
        }
    }


def _name(group: str, kind: str) -> JsonObject:
    naming = kind_of(ObjectRef(group, kind, "", "")).naming
    if naming is Naming.PATH:
        return {"pattern": r"^(?:[^/%.]|\.[^/%.])[^/%]*$"}
    is_label = naming is Naming.LABEL
    pattern = metadata.LABEL_NAME if is_label else metadata.SUBDOMAIN
    return {"pattern": _whole(pattern), "maxLength": metadata.MAX_NAME[is_label]}


def _amounts() -> JsonObject:
    """Return the schema of what has good amounts below every field ``resources``."""
    amounts: JsonObject = {"additionalProperties": {"pattern": _whole(QUANTITY)}}
    below: JsonObject = {"$ref": f"#/$defs/{_AMOUNTS}"}
    return {
        "properties": {"resources": {"properties": {"requests": amounts, "limits": amounts}}},
        "additionalProperties": below,
        "items": below,
    }


def _whole(pattern: re.Pattern[str]) -> str:
    return f"^(?:{pattern.pattern})$"
