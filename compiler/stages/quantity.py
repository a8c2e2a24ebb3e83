"""Reads Kubernetes quantities exactly, and writes them for people."""

import re
from fractions import Fraction

from compiler.model.json import JsonValue

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:(?P<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?P<exponent>[+-]?[0-9]{1,3}))?"
)
_BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_FACTORS: dict[str, Fraction] = {
    **{suffix: Fraction(1024) ** power for power, suffix in enumerate(_BINARY, 1)},
    **{suffix: Fraction(1000) ** power for power, suffix in enumerate("kMGTPE", 1)},
    **{suffix: Fraction(1, 1000**power) for power, suffix in enumerate("mun", 1)},
}


def parse_quantity(value: JsonValue) -> Fraction | None:
    """Return an amount such as ``500m``, ``4Gi``, ``1e3`` or 2; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _QUANTITY.fullmatch(str(value).strip())
    if match is None:
        return None
    number = Fraction(match["number"])
    if match["exponent"]:
        return number * Fraction(10) ** int(match["exponent"])
    return number * _FACTORS[match["suffix"]] if match["suffix"] else number


def quantity_text(resource: str, amount: Fraction) -> str:
    """Return an amount in the unit that people use for the resource."""
    if resource in {"memory", "ephemeral-storage", "storage"} or resource.startswith("hugepages-"):
        return _bytes_text(amount)
    if amount.denominator == 1:
        return str(amount.numerator)
    milli = amount * 1000
    if amount > 1 and milli.denominator == 1:
        whole, rest = divmod(milli.numerator, 1000)
        return f"{whole}.{rest:03}".rstrip("0")
    return f"{milli.numerator}m" if milli.denominator == 1 else f"{float(amount):g}"


def _bytes_text(amount: Fraction) -> str:
    for suffix in reversed(_BINARY):
        scaled = amount / _FACTORS[suffix]
        if abs(scaled) >= 1:
            return f"{float(scaled):.6g}{suffix}"
    return f"{float(amount):g}"
