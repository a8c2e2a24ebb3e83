"""What is known of a step while it is carried out, and how long is waited for it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.model.change import Action
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.model.plan import Step

_FIRST_REASON_S = 1.0  # how long it waits before its pods are asked why


class Deed(enum.Enum):
    """One thing that is done to an object."""

    LOOK = enum.auto()
    WRITE = enum.auto()
    REMOVE = enum.auto()


# What each action consists of; a deed begins when the one before it has come as far as it can.
DEEDS: Mapping[Action, tuple[Deed, ...]] = {
    Action.CREATE: (Deed.WRITE,),
    Action.UPDATE: (Deed.WRITE,),
    Action.ADOPT: (Deed.WRITE,),
    Action.REPLACE: (Deed.REMOVE, Deed.WRITE),
    Action.DELETE: (Deed.REMOVE,),
    Action.KEEP: (Deed.LOOK,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited, in seconds.

    Attributes:
        ready_s: Until an object is ready.
        completion_s: Until a training job is done once it runs, if others wait for it.
        queue_s: Until a job is admitted that waits in a queue. The other clocks start then.
        queue_settles_s: Until what a queue says is taken for its last word: it may be new.
        deletion_s: Until an object is gone.
        first_look_s: Until an object is looked at for the first time; later looks come slower.
        for_runs: Whether runs are waited for; else they are left when they have started.
    """

    ready_s: float = 600.0
    completion_s: float = 24 * 3600.0
    queue_s: float = 24 * 3600.0
    queue_settles_s: float = 3.0
    deletion_s: float = 300.0
    first_look_s: float = 0.1
    for_runs: bool = True


@dataclass(slots=True)
class Running:
    """A step that has begun.

    Attributes:
        left: What is still to be done to the object.
        is_queued: Whether it waits in a queue.
        turned: Since when it does, or does no longer.
        age_s: How long the object has been as it is when it was not written.
        said: What was reported last of what it waits for, with its numbers and without.
        heard: After how many seconds of waiting each of these was reported, without its numbers.
        next_numbers: After how many seconds of waiting a change of its numbers is news.
        reason: Why its pods do not run, as they said last.
        next_reason: After how many seconds of waiting they are asked again.
    """

    step: Step
    left: list[Deed]
    since: float = 0.0
    next_look: float = 0.0
    pause_s: float = 0.0
    is_queued: bool = False
    turned: float = 0.0
    age_s: float = 0.0
    said: tuple[str, str] | None = None
    heard: dict[str, float] = field(default_factory=dict)
    next_numbers: float = 0.0
    reason: str = ""
    next_reason: float = _FIRST_REASON_S
    live: JsonObject = field(default_factory=dict)

    @property
    def deed(self) -> Deed:
        """What is being done."""
        return self.left[0]

    def is_same(self, live: JsonObject) -> bool:
        """Return whether it is the object that was looked at before, if one was."""
        return not self.live or text_at(live, "metadata", "uid") == text_at(
            self.live, "metadata", "uid"
        )

    def is_seen(self, live: JsonObject) -> bool:
        """Return whether it is the object that the plan was made with, if there was one."""
        seen = self.step.seen
        return seen is None or text_at(live, "metadata", "uid") == seen.uid
