"""What applying an environment would do to each live object."""

import enum
from dataclasses import dataclass, field

from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest


class Action(enum.StrEnum):
    """What an apply does to one object."""

    CREATE = "create"
    CHANGE = "change"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs; ``None`` stands for a field that is not there."""

    path: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChange:
    """One object, as it is and as it would be.

    Attributes:
        before: The live object; ``None`` when it does not exist.
        after: The object after the apply; both without what the server writes itself.
        live: The live object as it was then, Secret values masked; empty when there is none.
        fields: Every field that differs, sorted by path; empty unless the action is ``CHANGE``.
        generates: Keys of a Secret whose values are made up during the apply.
        note: Why the server could not be asked, if it could not.
    """

    manifest: Manifest
    action: Action
    before: JsonObject | None
    after: JsonObject
    live: JsonObject = field(default_factory=dict)
    fields: tuple[FieldChange, ...] = ()
    generates: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All changes of an environment, in dependency order, and what the server objects to."""

    changes: tuple[ObjectChange, ...]
    findings: tuple[Finding, ...] = ()

    def count(self, action: Action) -> int:
        """Return how many objects an action concerns."""
        return sum(change.action is action for change in self.changes)

    @property
    def has_changes(self) -> bool:
        """Whether an apply would write anything."""
        return any(change.action is not Action.NOTHING for change in self.changes)
