"""How an environment stands in its cluster: what the app says, what was released, what is there."""

import enum
from dataclasses import dataclass

from compiler.model.conflict import Writer
from compiler.model.finding import Finding
from compiler.model.fit import Cause
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.release import Release


class ObjectState(enum.StrEnum):
    """How far an object has come, from the worst to the best."""

    FAILED = "failed"
    MISSING = "missing"
    UNSEEN = "unseen"  # it could not be looked at
    PENDING = "pending"
    QUEUED = "queued"
    READY = "ready"
    COMPLETED = "completed"


class Deviation(enum.StrEnum):
    """Why a field of a live object is not what the app says."""

    CHANGED = "changed"  # by somebody else
    ADDED = "added"  # by somebody else; no apply removes it
    UNAPPLIED = "unapplied"  # the app has changed, or the last apply did not get there
    UNKNOWN = "unknown"  # no release tells


_WELL = (ObjectState.READY, ObjectState.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStatus:
    """A field that is not what the app says; ``None`` stands for one that is not there.

    Attributes:
        desired: What an apply would make of it.
        released: What the last release says.
        writers: Who owns it besides us, the latest first. Who removed a field, nobody knows: these
            are all the others who wrote into the object.
        is_drift: Whether somebody else made it so.
        is_removed: Whether somebody removed it.
        cause: The parameter that it comes from.
    """

    path: str
    deviation: Deviation
    live: JsonValue = None
    desired: JsonValue = None
    released: JsonValue = None
    writers: tuple[Writer, ...] = ()
    is_drift: bool = False
    is_removed: bool = False
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStatus:
    """One object.

    Attributes:
        message: What it waits for, why it failed, or why it is not there.
        is_released: Whether the last release has it; ``None`` where nobody knows.
        has_left: Whether the app has it no longer.
        is_going: Whether the next apply removes it.
        note: Why the next apply does what it does, where that is not that a field differs.
    """

    manifest: Manifest
    component: str
    state: ObjectState
    message: str = ""
    fields: tuple[FieldStatus, ...] = ()
    is_released: bool | None = None
    has_left: bool = False
    is_going: bool = False
    note: str = ""

    @property
    def is_well(self) -> bool:
        """Whether it is there, as it should be, and does its work."""
        if self.has_left:
            return not self.is_going
        return self.state in _WELL and not self.fields and not self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentStatus:
    """An environment, or some of its components.

    Attributes:
        destination: The cluster and the namespace in words.
        release: The last release; ``None`` when there is none, or when nobody may read it.
        objects: In dependency order; what has left the app comes last.
        findings: What is odd, and what could not be seen.
        is_fully_seen: Whether all that decides the verdict could be looked at.
    """

    app: str
    environment: str
    destination: str
    release: Release | None
    objects: tuple[ObjectStatus, ...]
    findings: tuple[Finding, ...] = ()
    is_fully_seen: bool = True

    @property
    def is_well(self) -> bool:
        """Whether nothing that was seen is other than it should be."""
        return all(item.is_well for item in self.objects if item.state is not ObjectState.UNSEEN)
