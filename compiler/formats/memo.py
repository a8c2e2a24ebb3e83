"""Remembers what was compiled before, so that the same is not compiled again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.model.json import JsonValue


@dataclass(slots=True, kw_only=True)
class Memo:
    """What one run of kuplet has worked out; it is not kept: Secrets may be in it.

    Attributes:
        reused: How many components were not evaluated, because their trees were known.
    """

    reused: int = 0
    _trees: dict[str, JsonValue] = field(default_factory=dict)
    _sound: set[str] = field(default_factory=set)

    def uncounted(self) -> "Memo":
        """Return the same knowledge, shared, for compiles that no report counts."""
        return Memo(_trees=self._trees, _sound=self._sound)

    def trees(self, keys: Mapping[str, str]) -> dict[str, JsonValue]:
        """Return the trees that are known, by component.

        Args:
            keys: The digest of all that a component reads, by component.
        """
        known = {name: self._trees[key] for name, key in keys.items() if key in self._trees}
        self.reused += len(known)
        return known

    def learn(self, keys: Mapping[str, str], trees: Mapping[str, JsonValue]) -> None:
        """Remember the trees of the components that have a key."""
        self._trees |= {keys[name]: tree for name, tree in trees.items() if name in keys}

    def is_sound(self, schema: str, value: JsonValue) -> bool:
        """Return whether a value is known to be as a schema, named for itself, wants it."""
        return _digest(schema, value) in self._sound

    def trust(self, schema: str, value: JsonValue) -> None:
        """Remember that a value is as a schema wants it."""
        self._sound.add(_digest(schema, value))


def _digest(schema: str, value: JsonValue) -> str:
    return hashlib.sha256(json.dumps([schema, value], sort_keys=True).encode()).hexdigest()
