"""What applying an environment would do to each live object."""

import enum
from dataclasses import dataclass, field

from compiler.model.conflict import FieldConflict
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.ref import ParameterRef


class Action(enum.StrEnum):
    """What is done to one object.

    ``ADOPT`` is an update that takes the object from another environment. ``REPLACE`` deletes it
    and makes it anew.
    """

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    REPLACE = "replace"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs; ``None`` stands for a field that is not there."""

    path: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDifference:
    """One parameter whose value differs; ``None`` stands for one that is not there."""

    ref: ParameterRef
    before: JsonValue
    after: JsonValue

    @property
    def path(self) -> str:
        """How people write its name."""
        return str(self.ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChange:
    """One object, as it is and as it would be.

    Attributes:
        before: The live object; ``None`` when it does not exist.
        after: The object after the apply; both without what the server writes itself.
        live: The live object as it was then, Secret values masked; empty when there is none.
        fields: Every field that differs, sorted by path; empty unless it is updated.
        generates: Keys of a Secret whose values are made up during the apply.
        leftover: Fields of the live object that the app does not have, and no apply removes.
        conflicts: Fields that others own with another value than the app's.
        scaler: The autoscaler that decides how many replicas there are; empty if none does.
        note: The reason for the action, where it is not that the object differs.
        has_left: Whether the app has the object no longer.
        has_ended: Whether it is a run that was complete and has removed itself.
        is_unchecked: Whether the server could not be asked.
        keeps_pods: Whether its pods stay while it is made anew, and their claims grow before.
    """

    manifest: Manifest
    action: Action
    before: JsonObject | None
    after: JsonObject
    live: JsonObject = field(default_factory=dict)
    fields: tuple[FieldChange, ...] = ()
    generates: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    scaler: str = ""
    note: str = ""
    has_left: bool = False
    has_ended: bool = False
    is_unchecked: bool = False
    keeps_pods: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPart:
    """One thing that a server objects to in an object.

    Attributes:
        paths: The fields that it is about, as differences write them; empty where nobody knows.
    """

    message: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An object that the server would not take.

    Attributes:
        finding: All that it says, as one finding.
        parts: The same, part by part.
        is_external: Whether that is no fault of the app.
    """

    manifest: Manifest
    finding: Finding
    parts: tuple[RefusedPart, ...] = ()
    is_external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All changes of an environment, in dependency order, and what the server objects to.

    Attributes:
        refusals: Those of the findings that are the server's own.
        unseen: Objects of which nobody knows what would become, as findings say.
        denied: Why the server could not be asked, where what it shows was compared instead.
        is_external: Whether what the server objects to is no fault of the app: rights, quotas, a
            webhook that is down.
    """

    changes: tuple[ObjectChange, ...]
    findings: tuple[Finding, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unseen: tuple[ObjectRef, ...] = ()
    denied: tuple[Finding, ...] = ()
    is_external: bool = False

    def count(self, *actions: Action) -> int:
        """Return how many objects some actions concern."""
        return sum(change.action in actions for change in self.changes)

    @property
    def has_changes(self) -> bool:
        """Whether an apply would write anything."""
        return any(change.action is not Action.KEEP for change in self.changes)
