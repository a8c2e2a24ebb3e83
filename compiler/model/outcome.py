"""What happens while a plan is carried out."""

from dataclasses import dataclass
from typing import TypeAlias

from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.manifest import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """How far a live object has come.

    Attributes:
        reached: The highest goal that it has met.
        has_failed: Whether it is in a state that it will not leave by itself.
        is_queued: Whether it waits for its turn in a queue, which says nothing of how it will go.
        message: What it waits for or why it failed, in a few words.
        patience_s: Seconds after which to count it as ready, because nobody may ever report that;
            ``None`` means never. Patience does not complete anything.
    """

    reached: Goal
    has_failed: bool = False
    is_queued: bool = False
    message: str = ""
    patience_s: float | None = None

    def after(self, waited_s: float) -> Goal:
        """Return how far it counts as having come: what nobody reports is ready after a while.

        It is never completed so: work that nobody reports may not be done.
        """
        is_over = self.patience_s is not None and waited_s >= self.patience_s
        return max(self.reached, Goal.READY) if is_over and not self.has_failed else self.reached


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
