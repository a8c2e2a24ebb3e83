"""What happens while a plan is carried out."""

from dataclasses import dataclass
from typing import TypeAlias

from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.manifest import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An object was written, or found to be as it should."""

    ref: ObjectRef
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An object has not come far enough yet; sent when the message changes."""

    ref: ObjectRef
    until: Goal
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """An object has come as far as anybody asks."""

    ref: ObjectRef
    goal: Goal
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An object could not be written, failed, or took too long."""

    ref: ObjectRef
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTried:
    """An object was not written because something it needs failed, or because the apply stopped."""

    ref: ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """An object is gone."""

    ref: ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A run was left to go on by itself, or an object that waits for one."""

    ref: ObjectRef


Outcome: TypeAlias = Written | Waiting | Reached | Deleted | Failed | NotTried | Left
