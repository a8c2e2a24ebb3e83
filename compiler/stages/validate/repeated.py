"""Finds items of lists that the API server tells apart by a key, and that share it.

The schemas say which lists those are. Server-side apply refuses two items of one key, though a
POST may take them; what else must differ, validation on the server says.

Source: kube-openapi, ``pkg/schemaconv``; kubernetes, ``pkg/apis/core/validation``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.kinds.pods import pods_of
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, list_at, mapping_at, objects_at, text_at
from compiler.stages.validate.json_schema import field_path, shown

_Path = tuple[str | int, ...]
_DEFAULTS: dict[str, JsonValue] = {"protocol": "TCP"}  # not in the schemas; the only key with one


@dataclass(frozen=True, slots=True)
class _Walk:
    """Follows a value through its schema, whose definitions may be shared."""

    definitions: JsonObject

    def findings(self, value: JsonValue, schema: JsonObject, path: _Path) -> Iterator[Finding]:
        schema = self._resolved(schema)
        if isinstance(value, dict):
            properties, others = schema.get("properties"), schema.get("additionalProperties")
            for key, item in value.items():
                below = mapping_at(properties, key) or mapping_at(others)
                if below:
                    yield from self.findings(item, below, (*path, key))
        elif isinstance(value, list):
            items = self._resolved(mapping_at(schema, "items"))
            yield from _alike(value, schema, items, path)
            for index, item in enumerate(value):
                yield from self.findings(item, items, (*path, index))

    def _resolved(self, schema: JsonObject) -> JsonObject:
        while name := text_at(schema, "$ref").rpartition("/")[2]:
            schema = mapping_at(self.definitions, name)
        return schema


def repeated_items(
    value: JsonValue, schema: JsonObject, definitions: JsonObject | None = None
) -> Iterator[Finding]:
    """Yield a finding for each item that has the key of an earlier one.

    Args:
        definitions: What references in the schema mean, by name.
    """
    yield from _Walk(definitions or {}).findings(value, schema, ())


def repeated_names(manifest: Manifest) -> Iterator[Finding]:
    """Yield a finding for each name that must differ, though no schema says so."""
    ports = {f"spec.ports[{i}]": item for i, item in _enumerated(manifest.body, "spec", "ports")}
    if (manifest.ref.group, manifest.ref.kind) == ("", "Service"):
        yield from _same_name(ports)
    for pods in pods_of(manifest):
        containers = {
            f"{pods.path}.{kind}[{index}]": item
            for kind in ("initContainers", "containers")
            for index, item in _enumerated(pods.spec, kind)
        }
        yield from _same_name(containers, across=True)
        for place, container in containers.items():
            named = _enumerated(container, "ports")
            yield from _same_name({f"{place}.ports[{index}]": item for index, item in named})


def _enumerated(value: JsonValue, *keys: str) -> list[tuple[int, JsonObject]]:
    return list(enumerate(objects_at(value, *keys)))


def _same_name(items: Mapping[str, JsonObject], *, across: bool = False) -> Iterator[Finding]:
    """Yield a finding for each name that stands twice.

    Args:
        across: Only in two different lists; a schema tells of those in one.
    """
    first: dict[str, str] = {}
    for place, item in items.items():
        name = text_at(item, "name")
        other = first.setdefault(name, place) if name else place
        if other != place and not (across and _list_of(other) == _list_of(place)):
            yield _finding(place, other, f'name "{name}"')


def _list_of(place: str) -> str:
    return place.rpartition("[")[0]


def _alike(
    value: list[JsonValue], schema: JsonObject, items: JsonObject, path: _Path
) -> Iterator[Finding]:
    keys = _keys(schema)
    if keys is None:
        return
    first: dict[str, int] = {}
    for index, item in enumerate(value):
        key = _key(item, keys, items)
        other = first.setdefault(json.dumps(key, sort_keys=True), index)
        if other != index:
            words = [f"{name} {shown(part)}" for name, part in zip(keys, key, strict=False)]
            what = " and ".join(words) or shown(item)
            yield _finding(field_path((*path, index)), field_path((*path, other)), what)


def _keys(schema: JsonObject) -> list[str] | None:
    """Return what tells items apart; nothing where they must differ as a whole, or ``None``."""
    kind = schema.get("x-kubernetes-list-type")
    if kind == "map":
        return [str(key) for key in list_at(schema, "x-kubernetes-list-map-keys")]
    if kind == "set":
        return []
    is_merged = text_at(schema, "x-kubernetes-patch-strategy").startswith("merge")
    if kind is None and is_merged:  # older schemas say it this way
        merge_key = text_at(schema, "x-kubernetes-patch-merge-key")
        return [merge_key] if merge_key else []
    return None


def _key(item: JsonValue, keys: list[str], items: JsonObject) -> list[JsonValue]:
    """Return the key of an item; a default counts as if it were written."""
    if not keys or not isinstance(item, dict):
        return [item]
    defaults = {name: mapping_at(items, "properties", name).get("default") for name in keys}
    return [item.get(name, defaults[name] or _DEFAULTS.get(name)) for name in keys]


def _finding(place: str, first: str, what: str) -> Finding:
    return Finding(
        rule="object-repeated",
        message=f"{place}: {what} stands twice",
        field=place,
        notes=(f"first at {first}",),
        hint="the API server tells the items of this list apart by that; remove one of the two",
    )
