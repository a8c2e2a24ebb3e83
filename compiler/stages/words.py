"""Puts numbers, commands and what went wrong on a connection into words."""

import re

from compiler.model.manifest import ObjectRef


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a time in words: ``40 s``, ``3 min``, ``2 h 5 min``."""
    minutes, hours = int(seconds) // 60, int(seconds) // 3600
    if not minutes:
        return f"{int(seconds)} s"
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min"


def cause_of(error: Exception) -> str:
    """Return the innermost reason of an error of a connection, without addresses of objects."""
    inner: object = getattr(error, "reason", None) or error
    behind = getattr(inner, "original_error", None)
    if isinstance(behind, Exception):
        return f"the proxy: {cause_of(behind)}"
    without_place = re.sub(r"^(<[^>]*>|\w+\([^)]*\)): ", "", str(inner))
    return without_place or type(error).__name__


def deletion(ref: ObjectRef) -> str:
    """Return the command that deletes an object."""
    scope = f" -n {ref.namespace}" if ref.namespace else ""
    return f"kubectl delete {ref.kind.lower()} {ref.name}{scope}"
