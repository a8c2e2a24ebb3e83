"""Reads values as they are typed after ``param set``, by ksonnet's rules with its faults mended."""

import json
import re

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.model.json import JsonValue

_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[+-]?(?:0|[1-9][0-9]*)\.[0-9]+")
_LARGEST_EXACT = 2**53  # Jsonnet calculates in 64-bit floats


def typed(text: str) -> JsonValue:
    """Return a number, a boolean, a JSON list or object, or else the text itself.

    ``null``, ``1e3``, ``010`` and ``1.2.3`` are text, as they were in ksonnet.

    Raises:
        UsageError: The text is empty, no JSON, or a number that Jsonnet cannot hold.
    """
    if not text:
        raise _unfit("the value is empty", "add --as-string to set an empty text")
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return _json(text) if text[0] in "[{" else text


def _integer(text: str) -> int:
    value = int(text) if len(text) <= len(str(_LARGEST_EXACT)) + 1 else _LARGEST_EXACT + 1
    if abs(value) <= _LARGEST_EXACT:
        return value
    raise _unfit(
        f"Jsonnet cannot hold {text} exactly: it ends at 2^53", "add --as-string to keep the digits"
    )


def _json(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"a value that starts with {text[0]} must be JSON: {error}"
        raise _unfit(message, "put names and texts in double quotes, or add --as-string") from error
    return value


def _unfit(message: str, hint: str) -> UsageError:
    return UsageError(Finding(rule="parameter-value", message=message, hint=hint))
