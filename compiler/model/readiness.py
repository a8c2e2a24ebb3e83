"""How far an object has come, as its status says."""

from dataclasses import dataclass

from compiler.model.app import Goal


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
