"""Which changed fields the API server refuses."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from compiler.model.json import JsonObject

if TYPE_CHECKING:
    from compiler.model.change import FieldChange

# Takes the body of an object and a change of it.
Immutable: TypeAlias = Callable[[JsonObject, "FieldChange"], bool]


def nothing(_: JsonObject, __: "FieldChange") -> bool:
    """Every field may change, as far as is known."""
    return False


def below(*prefixes: str) -> Immutable:
    """Return that some fields never change."""
    return lambda _, change: is_below(change.path, *prefixes)


def spec_except(*prefixes: str) -> Immutable:
    """Return that no field of the spec changes but for some."""
    return lambda _, change: is_below(change.path, "spec") and not is_below(change.path, *prefixes)


def is_below(path: str, *prefixes: str) -> bool:
    """Return whether a path is one of some others, or leads into one of them."""
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in prefixes)
