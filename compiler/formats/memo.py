"""Remembers what was compiled before, so that the same is not compiled again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from compiler.model.json import JsonValue
from compiler.model.ref import ParameterRef


@dataclass(slots=True, kw_only=True)
class Memo:
    """What one run of kuplet has worked out; it is not kept: Secrets may be in it.

    Attributes:
        reused: How many components were not evaluated, because their trees were known.
    """

    reused: int = 0
    _trees: dict[str, JsonValue] = field(default_factory=dict)
    _unread: dict[str, frozenset[str]] = field(default_factory=dict)

    def uncounted(self) -> "Memo":
        """Return the same knowledge, shared, for compiles that no report counts."""
        return Memo(_trees=self._trees, _unread=self._unread)

    def trees(self, keys: Mapping[str, str]) -> dict[str, JsonValue]:
        """Return the trees that are known, by component.

        Args:
            keys: The digest of all that a component reads, by component.
        """
        known = {name: self._trees[key] for name, key in keys.items() if key in self._trees}
        self.reused += len(known)
        return known

    def learn(
        self,
        keys: Mapping[str, str],
        trees: Mapping[str, JsonValue],
        unread: Collection[ParameterRef] = (),
    ) -> None:
        """Remember the trees of the components that have a key, and what they do not read."""
        for name in trees.keys() & keys.keys():
            self._trees[keys[name]] = trees[name]
            silent = (ref.name for ref in unread if ref.component == name)
            self._unread[keys[name]] = frozenset(silent)

    def unread(self, keys: Mapping[str, str], known: Iterable[str]) -> frozenset[ParameterRef]:
        """Return the parameters that known components do not read."""
        return frozenset(
            ParameterRef(name, parameter)
            for name in known
            for parameter in self._unread.get(keys[name], ())
        )
