"""What a plain scalar means to kubectl, which reads YAML with ``sigs.k8s.io/yaml``.

That is YAML 1.1 in the variant of Go's yaml.v2: ``no`` is false, ``0400`` and ``0o400`` are 256,
but dates and ``12:30`` are text. Imports nothing of kuplet, because the Jsonnet worker uses it.

Source: go.yaml.in/yaml/v2, ``resolve.go``.
"""

import re
from typing import TypeAlias

Scalar: TypeAlias = bool | int | float | str | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NOT_FINITE = re.compile(r"\.(nan|NaN|NAN)|[-+]?\.(inf|Inf|INF)")
_INTEGER = re.compile(r"[-+]?(0[bB][01]+|0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MIN, _MAX = -(2**63), 2**64 - 1  # what an int64 or a uint64 holds; the rest are floats


def go_scalar(text: str) -> Scalar:
    """Return the value of a plain scalar.

    Raises:
        ValueError: It is a number that JSON cannot hold.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"JSON cannot hold {text}")
    if text[0] not in "+-.0123456789":
        return text
    plain = text if text[0] == "." else text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        number = int(_with_prefix(plain), 0)
        if _MIN <= number <= _MAX:
            return number
    if _FLOAT.fullmatch(plain):
        found = float(plain)
        return text if abs(found) == float("inf") else found
    return text


def go_key(value: Scalar) -> str:
    """Return what a key becomes in JSON.

    Raises:
        ValueError: There is no key of this kind in JSON.
    """
    if value is None:
        raise ValueError("a key must be text")
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _with_prefix(digits: str) -> str:
    """Write an octal number of YAML 1.1 as Python wants it."""
    sign = digits[0] if digits[0] in "+-" else ""
    bare = digits.removeprefix(sign)
    is_octal = len(bare) > 1 and bare[0] == "0" and bare[1].isdigit()
    return f"{sign}0o{bare[1:]}" if is_octal else digits
