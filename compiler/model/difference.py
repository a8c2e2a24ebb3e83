"""What differs between two sets of objects."""

import enum
from dataclasses import dataclass, replace

from compiler.model.change import FieldChange
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.model.secret import masked_pair


class Difference(enum.StrEnum):
    """How something differs between the two sides."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDifference:
    """An object that differs; the manifests hold the values of Secrets, the fields do not.

    Attributes:
        fields: Every field that differs, masked; empty unless both sides have the object.
    """

    before: Manifest | None
    after: Manifest | None
    fields: tuple[FieldChange, ...] = ()

    @property
    def manifest(self) -> Manifest:
        """The object as it will be, or as it was when it is removed."""
        found = self.after or self.before
        if found is None:
            raise ValueError("an object differs that neither side has")
        return found

    @property
    def kind(self) -> Difference:
        """Whether it is added, removed or changed."""
        if self.before is None:
            return Difference.ADDED
        return Difference.REMOVED if self.after is None else Difference.CHANGED

    @property
    def bodies(self) -> tuple[JsonObject, JsonObject]:
        """Both sides; one that is not there is empty."""
        return self.before.body if self.before else {}, self.after.body if self.after else {}

    @property
    def masked(self) -> "ObjectDifference":
        """The same without values of Secrets."""
        before, after = masked_pair(*self.bodies)
        return replace(
            self,
            before=replace(self.before, body=before) if self.before else None,
            after=replace(self.after, body=after) if self.after else None,
        )
