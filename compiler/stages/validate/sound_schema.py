"""Leaves out of a schema what no validator could use: definitions are written by anybody."""

import re

from compiler.model.json import JsonObject, JsonValue

_BOUNDS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
)
_SHAPES: dict[str, type | tuple[type, ...]] = {
    "additionalProperties": (dict, bool),
    "enum": list,
    "items": dict,
    "not": dict,
    "properties": dict,
    "uniqueItems": bool,
}
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SUBSCHEMAS = ("allOf", "anyOf", "oneOf")


def sound_schema(schema: JsonObject) -> JsonObject:
    """Return what is well-formed on the top of an OpenAPI v3 schema, as JSON Schema.

    ``properties``, ``items`` and ``additionalProperties`` keep what is below them as it is.
    """
    sound = {key: value for key, value in schema.items() if _is_sound(key, value)}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in sound:  # OpenAPI v3.0 says it this way
            sound[exclusive] = sound.pop(bound)
    for key in _SUBSCHEMAS:
        if key in sound:
            sound[key] = [_below(item) for item in _list(sound[key])]
    if "not" in sound:
        sound["not"] = _below(sound["not"])
    return sound


def _below(value: JsonValue) -> JsonValue:
    """Return a schema for use as a condition, where nothing is added but what it says."""
    if not isinstance(value, dict):
        return {}
    sound = sound_schema(value)
    properties = sound.get("properties")
    if isinstance(properties, dict):
        sound["properties"] = {name: _below(item) for name, item in properties.items()}
    for key in ("items", "additionalProperties"):
        if isinstance(sound.get(key), dict):
            sound[key] = _below(sound[key])
    return sound


def _is_sound(key: str, value: JsonValue) -> bool:
    match key:
        case "type":
            return value in _TYPES
        case "required":
            names = _list(value)
            return bool(names) and all(isinstance(name, str) for name in names)
        case "pattern":
            return isinstance(value, str) and _is_pattern(value)
        case "multipleOf":
            return _is_number(value) and bool(value)
        case _ if key in _SUBSCHEMAS:
            return bool(_list(value))
        case _ if key in _BOUNDS:
            return _is_number(value)
        case _:
            return key in _SHAPES and isinstance(value, _SHAPES[key])


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
