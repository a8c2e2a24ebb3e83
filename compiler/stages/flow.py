"""Writes a value as one line of YAML, and says what a plain scalar of YAML 1.2 means."""

import json
import math
import re

from compiler.model.json import JsonValue

MAX_DIGITS = 20
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]+)?")
_LARGEST_EXACT = 2**53
_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./:@%+=-]*")
_YAML_1_1_WORDS = {"y", "n", "yes", "no", "on", "off"}  # other tools would read a boolean


def flow_text(value: JsonValue, quote: str = "") -> str:
    """Return a value as one line of YAML; text is quoted only where it must be.

    Args:
        quote: What text is quoted with, though it need not be; keys are not.
    """
    match value:
        case str():
            is_plain = _PLAIN.fullmatch(value) and scalar_value(value) == value
            is_safe = is_plain and value.lower() not in _YAML_1_1_WORDS and not value.endswith(":")
            if quote == "'" and value.isprintable():
                return "'" + value.replace("'", "''") + "'"
            return value if is_safe and not quote else _quoted(value)
        case list():
            return f"[{', '.join(flow_text(item, quote) for item in value)}]"
        case dict():
            pairs = (f"{flow_text(key)}: {flow_text(item, quote)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return json.dumps(value)


def scalar_value(text: str) -> JsonValue:
    """Return the value of a plain (unquoted) scalar."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text) and len(text) < MAX_DIGITS and abs(int(text)) <= _LARGEST_EXACT:
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _quoted(text: str) -> str:
    """Return text in double quotes; YAML wants more characters escaped than JSON."""
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08x}"
        for char in json.dumps(text, ensure_ascii=False)
    )
