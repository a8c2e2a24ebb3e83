"""Reads from OpenAPI data which fields an object has, as far as builders need to know it."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.model.json import JsonObject

_Schema = Mapping[str, Any]

# Recursive: a CustomResourceDefinition's schema is written as a plain object.
_PLAIN_OBJECTS = frozenset({"apiextensions.v1.JSONSchemaProps"})
_SKIPPED_FIELDS = frozenset({"apiVersion", "kind", "status"})
_SKIPPED_DEFINITIONS = frozenset({"meta.v1.ListMeta", "meta.v1.Status"})
_REFERENCE = "#/$defs/"
_ID = re.compile(r"\.(\w+\.v\d\w*\.\w+)$")


class Shape(enum.Enum):
    """What a field holds, which decides what builders it gets."""

    SCALAR = enum.auto()
    LIST = enum.auto()
    MAP = enum.auto()
    PART = enum.auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a definition.

    Attributes:
        definition: Id of what the field, or each element of its list, is; ``""`` if nothing named.
    """

    shape: Shape
    definition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An object of the Kubernetes API or a part of one.

    Attributes:
        api_version: ``""`` for a part.
        kind: ``""`` for a part.
    """

    fields: Mapping[str, Field] = field(default_factory=dict)
    api_version: str = ""
    kind: str = ""


def read_definitions(document: JsonObject) -> dict[str, Definition]:
    """Return the definitions of an OpenAPI document by id, such as ``core.v1.Container``."""
    schemas: Any = document["$defs"]
    return {
        _id(name): _definition(schema, schemas) for name, schema in schemas.items() if _id(name)
    }


def _id(name: str) -> str:
    found = _ID.search(name)
    return found[1] if found else ""


def _definition(schema: _Schema, schemas: Mapping[str, _Schema]) -> Definition:
    required = schema.get("required", ())
    fields = {
        name: _field(prop, schemas)
        for name, prop in schema.get("properties", {}).items()
        if name in required or not _is_skipped(name, prop)
    }
    kinds = schema.get("x-kubernetes-group-version-kind", ())
    if len(kinds) != 1:  # options and events of watches belong to every group
        return Definition(fields=fields)
    group, version, kind = (kinds[0][key] for key in ("group", "version", "kind"))
    return Definition(fields=fields, api_version=f"{group}/{version}".lstrip("/"), kind=kind)


def _is_skipped(name: str, prop: _Schema) -> bool:
    """Return whether only the API server sets the field."""
    is_read_only = "read-only" in prop.get("description", "").lower() and name != "readOnly"
    return name in _SKIPPED_FIELDS or is_read_only or _reference(prop) in _SKIPPED_DEFINITIONS


def _field(prop: _Schema, schemas: Mapping[str, _Schema]) -> Field:
    reference = _reference(prop)
    if reference in _PLAIN_OBJECTS:
        return Field(Shape.MAP, reference)
    if "$ref" in prop:
        target = schemas[prop["$ref"].removeprefix(_REFERENCE)]
        return Field(Shape.PART, reference) if "properties" in target else Field(_shape(target))
    return Field(_shape(prop), _reference(prop.get("items", {})))


def _reference(prop: _Schema) -> str:
    return _id(prop.get("$ref", ""))


def _shape(schema: _Schema) -> Shape:
    types = schema.get("type", ())
    if "array" in types:
        return Shape.LIST
    return Shape.MAP if "object" in types else Shape.SCALAR
