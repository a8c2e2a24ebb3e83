"""Fills in what the API server fills in before it judges a custom resource: the defaults.

Source: apiextensions-apiserver, ``pkg/apiserver/schema/defaulting``. A field that may not be null
and is null gets its default. Where there is none a create drops it, but a server-side apply, which
is what kuplet does, is refused.
"""

import copy

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at


def defaulted(value: JsonValue, schema: JsonObject) -> JsonValue:
    """Return a value as the server sees it when it asks what is ``required``.

    Args:
        schema: A structural schema that still says ``default`` and ``nullable``.
    """
    if isinstance(value, dict):
        return _object(value, schema)
    if isinstance(value, list):
        return [_filled(item, mapping_at(schema, "items")) for item in value]
    return value


def _object(value: JsonObject, schema: JsonObject) -> JsonObject:
    properties = mapping_at(schema, "properties")
    others = mapping_at(schema, "additionalProperties")
    found: JsonObject = {
        key: _filled(item, mapping_at(properties, key) or others) for key, item in value.items()
    }
    for key in properties.keys() - found.keys():
        below = mapping_at(properties, key)
        if "default" in below:
            found[key] = _filled(None, below)
    return found


def _filled(value: JsonValue, schema: JsonObject) -> JsonValue:
    if value is None and schema.get("nullable") is not True and "default" in schema:
        value = copy.deepcopy(schema["default"])
    return defaulted(value, schema)
