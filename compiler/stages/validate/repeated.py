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
        schema = _resolved(schema, self.definitions)
        if isinstance(value, dict):
            properties, others = schema.get("properties"), schema.get("additionalProperties")
            for key, item in value.items():
                below = mapping_at(properties, key) or mapping_at(others)
                if below:
                    yield from self.findings(item, below, (*path, key))
        elif isinstance(value, list):
            items = _resolved(mapping_at(schema, "items"), self.definitions)
            yield from _alike(value, schema, items, path)
            for index, item in enumerate(value):
                yield from self.findings(item, items, (*path, index))


def _resolved(schema: JsonObject, definitions: JsonObject) -> JsonObject:
    while name := text_at(schema, "$ref").rpartition("/")[2]:
        schema = mapping_at(definitions, name)
    return schema


def repeated_items(value: JsonValue, schema: JsonObject) -> Iterator[Finding]:
    """Yield a finding for each item that has the key of an earlier one.

    Args:
        schema: With the definitions that it refers to, if it does.
    """
    yield from _Walk(mapping_at(schema, "$defs")).findings(value, schema, ())


class Lists:
    """Where below a value stand lists whose items must differ: only there it is looked."""

    def __init__(self) -> None:
        self.keys: list[str] | None = None
        self.defaults: list[JsonValue] = []
        self.fields: dict[str, Lists] = {}
        self.others: Lists | None = None
        self.items: Lists | None = None

    def are_distinct(self, value: JsonValue) -> bool:
        """Return whether certainly no item has the key of another one."""
        if isinstance(value, dict):
            for name, below in self.fields.items():
                item = value.get(name)
                if item and not below.are_distinct(item):
                    return False
            others = self.others
            return others is None or all(
                others.are_distinct(item) for name, item in value.items() if name not in self.fields
            )
        if isinstance(value, list):
            if self.keys is not None and len(value) > 1 and not self._have_own_keys(value):
                return False
            items = self.items
            return items is None or all(map(items.are_distinct, value))
        return True

    def _have_own_keys(self, items: list[JsonValue]) -> bool:
        """Return whether all have keys that even Python tells apart, to which ``1`` is ``True``."""
        keys = self.keys or []
        found = [
            tuple(map(item.get, keys, self.defaults)) if keys and isinstance(item, dict) else item
            for item in items
        ]
        try:
            return len(set(found)) == len(found)
        except TypeError:  # a key that is a list or an object
            return False


def lists_of(schema: JsonObject) -> Lists:
    """Return where a schema, and what it refers to, speaks of lists whose items must differ."""
    definitions = mapping_at(schema, "$defs")
    known: dict[int, Lists] = {}

    def lists(part: JsonObject) -> Lists:
        part = _resolved(part, definitions)
        if id(part) in known:  # definitions may contain themselves
            return known[id(part)]
        found = known[id(part)] = Lists()
        found.fields = {
            name: lists(item)
            for name, item in mapping_at(part, "properties").items()
            if isinstance(item, dict)
        }
        found.others = (
            lists(others) if (others := mapping_at(part, "additionalProperties")) else None
        )
        found.items = lists(items) if (items := mapping_at(part, "items")) else None
        found.keys = _keys(part)
        found.defaults = [
            _default(name, _resolved(items, definitions)) for name in found.keys or ()
        ]
        return found

    root = lists(schema)
    _prune(list(known.values()))
    return root


def _prune(parts: list[Lists]) -> None:
    """Leave out the ways on which there is no such list."""
    above: dict[int, list[Lists]] = {}
    for part in parts:
        for item in (*part.fields.values(), part.others, part.items):
            if item is not None:
                above.setdefault(id(item), []).append(part)
    left = [part for part in parts if part.keys is not None]
    matter = {id(part) for part in left}
    while left:
        for part in above.get(id(left.pop()), ()):
            if id(part) not in matter:
                matter.add(id(part))
                left.append(part)
    for part in parts:
        part.fields = {name: item for name, item in part.fields.items() if id(item) in matter}
        part.others = part.others if id(part.others) in matter else None
        part.items = part.items if id(part.items) in matter else None


def has_distinct_names(manifest: Manifest) -> bool:
    """Return whether certainly no name stands twice that must differ, though no schema says so."""
    if (manifest.ref.group, manifest.ref.kind) == ("", "Service"):
        return _differ(objects_at(manifest.body, "spec", "ports"))
    for pods in pods_of(manifest):
        main, first = (objects_at(pods.spec, name) for name in ("containers", "initContainers"))
        if not _differ([*first, *main]):
            return False
        if not all(_differ(objects_at(item, "ports")) for item in (*first, *main)):
            return False
    return True


def _differ(items: list[JsonObject]) -> bool:
    names = [name for item in items if (name := item.get("name"))]
    return len(names) < 2 or len(set(map(str, names))) == len(names)  # noqa: PLR2004  two differ


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
    return [item.get(name, _default(name, items)) for name in keys]


def _default(name: str, items: JsonObject) -> JsonValue:
    return mapping_at(items, "properties", name).get("default") or _DEFAULTS.get(name)


def _finding(place: str, first: str, what: str) -> Finding:
    return Finding(
        rule="object-repeated",
        message=f"{place}: {what} stands twice",
        field=place,
        notes=(f"first at {first}",),
        hint="the API server tells the items of this list apart by that; remove one of the two",
    )
