"""Checks a value against a JSON Schema and says in plain words what is wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, cast

from compiler.model.json import JsonObject, JsonValue
from compiler.stages.names import did_you_mean

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator
    from jsonschema_rs import Draft202012Validator as FastValidator

MAX_SHOWN = 60  # characters of a value in a message
_MOST_CHECKERS = 512


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One place where a value breaks its schema.

    Attributes:
        path: Keys and indexes that lead to the value.
        at_key: Whether the last key itself is wrong, not the value behind it.
    """

    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    at_key: bool = False


class Checker:
    """A JSON Schema that is ready to be asked.

    A fast validator accepts; another one, which is slow, is asked only about what that refuses, and
    has the words and the last say. What they take for JSON is the same, but for patterns, where
    digits and words are to the fast one what they are to an API server: those of ASCII.
    """

    def __init__(self, schema: JsonObject) -> None:
        self.schema = schema

    def accepts(self, value: JsonValue) -> bool:
        """Return whether a value is certainly as the schema wants it."""
        if self._fast is None:
            return False
        try:
            return self._fast.is_valid(value)
        except ValueError:  # half a character, or a number that is none
            return False

    def violations(self, value: JsonValue, *, show_values: bool = True) -> list[SchemaViolation]:
        """Return every violation, in the order of the paths.

        Args:
            show_values: Whether messages may repeat the offending value; not for Secrets.
        """
        if self.accepts(value):
            return []
        found = [
            violation
            for error in self._slow.iter_errors(value)
            for violation in _violations(error, show_values=show_values)
        ]
        return sorted(found, key=lambda violation: [str(key) for key in violation.path])

    @cached_property
    def _fast(self) -> "FastValidator | None":
        import jsonschema_rs

        try:
            return jsonschema_rs.Draft202012Validator(self.schema, offline=True)
        except ValueError:  # a pattern that only Python reads
            return None

    @cached_property
    def _slow(self) -> "Validator":
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.schema)


def check_schema(value: JsonValue, schema: JsonObject) -> list[SchemaViolation]:
    """Return every violation, in the order of the paths."""
    return _checker_of(_Identity(schema)).violations(value)


class _Identity:
    """Tells one schema from another one by which object it is, and keeps that object alive."""

    def __init__(self, schema: JsonObject) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.schema is other.schema


@lru_cache(maxsize=_MOST_CHECKERS)
def _checker_of(schema: _Identity) -> Checker:
    return Checker(schema.schema)


def is_schema(schema: JsonObject) -> bool:
    """Return whether a JSON Schema of others may be used: it is one, and refers to nothing else."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return all(target.startswith("#") for target in references_in(schema))


def references_in(value: JsonValue) -> Iterator[str]:
    """Yield what a schema refers to."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from references_in(item)
    if isinstance(value, dict):
        found = (value.get(key) for key in ("$ref", "$dynamicRef"))
        yield from (target for target in found if isinstance(target, str))


def field_path(path: tuple[str | int, ...]) -> str:
    """Return a path as people write it: ``spec.containers[0].image``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".")


def shown(value: JsonValue) -> str:
    """Return a value as messages show it."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            text = f'"{value}"'
        case _:
            text = json.dumps(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _violations(error: "ValidationError", *, show_values: bool) -> Iterator[SchemaViolation]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.schema, dict):
        known = error.schema.get("properties", {})
        for key in sorted(set(cast("JsonObject", error.instance)) - set(known)):
            message = f'unknown field "{key}"'
            yield SchemaViolation((*path, key), message, did_you_mean(key, known), at_key=True)
        return
    best = _closest(error)
    if best is not None:
        yield from _violations(best, show_values=show_values)
        return
    if error.validator == "pattern" and error.parent and error.parent.validator == "propertyNames":
        path = (*path, str(error.instance))
    message = _message(error) if show_values else "the value is not of the right type or form"
    yield SchemaViolation(path, message)


def _closest(error: "ValidationError") -> "ValidationError | None":
    """Return the error of the alternative that was most likely meant."""
    if error.validator not in {"anyOf", "oneOf", "propertyNames"} or not error.context:
        return None
    deepest = max(error.context, key=lambda child: len(child.absolute_path))
    return deepest if len(deepest.absolute_path) > len(error.absolute_path) else None


_TYPE_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


_TEMPLATES = {
    "const": "must be {wanted}, got {value}",
    "pattern": "{value} does not match {wanted}",
    "minimum": "must be at least {wanted}, got {value}",
    "exclusiveMinimum": "must be more than {wanted}, got {value}",
    "maximum": "must be at most {wanted}, got {value}",
    "exclusiveMaximum": "must be less than {wanted}, got {value}",
    "minLength": "must have at least {wanted} characters, got {value}",
    "maxLength": "must have at most {wanted} characters, got {value}",
    "minItems": "must have at least {wanted} items",
    "maxItems": "must have at most {wanted} items",
}


def _message(error: "ValidationError") -> str:
    value = cast("JsonValue", error.instance)
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            return _must_be(_type_words([{"type": wanted}]), value)
        case "anyOf" | "oneOf":
            words = _type_words(wanted)
            return _must_be(words, value) if words else error.message
        case "enum":
            return _must_be([f"one of {', '.join(shown(item) for item in wanted)}"], value)
        case "required":
            missing = [name for name in wanted if name not in cast("JsonObject", value)]
            return "missing " + ", ".join(f'"{name}"' for name in missing)
        case "not" if "required" in wanted:
            return " and ".join(f'"{name}"' for name in wanted["required"]) + " exclude each other"
        case str() as keyword if keyword in _TEMPLATES:
            return _template(error, keyword).format(wanted=str(wanted), value=shown(value))
        case _:
            return error.message


def _template(error: "ValidationError", keyword: str) -> str:
    """Return how to say that a keyword is not met; editors know ``patternErrorMessage``, too."""
    schema = error.schema if isinstance(error.schema, dict) else {}
    own = schema.get("patternErrorMessage") if keyword == "pattern" else None
    if not isinstance(own, str):
        return _TEMPLATES[keyword]
    literal = own.replace("{", "{{").replace("}", "}}")
    return f"{literal}, got {{value}}"


def _must_be(words: list[str], value: JsonValue) -> str:
    return f"must be {' or '.join(words)}, got {shown(value)}"


def _type_words(schemas: list[JsonObject]) -> list[str]:
    """Return the types that the alternatives allow, in words; ``null`` goes without saying."""
    words: list[str] = []
    for schema in schemas:
        types = schema.get("type")
        for name in types if isinstance(types, list) else [types]:
            word = _TYPE_WORDS.get(str(name))
            if word and word not in words:
                words.append(word)
    return words
