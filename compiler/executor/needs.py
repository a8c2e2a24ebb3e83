"""Knows what each step of a plan waits for, and what waits for it."""

from collections.abc import Callable

from compiler.model.app import Goal
from compiler.model.dag import Barrier
from compiler.model.manifest import ObjectRef
from compiler.model.plan import Plan, Step


class Needs:
    """The needs of a plan's steps.

    What stands before a barrier is asked for until it has come, so that all steps together ask as
    often as there are objects.
    """

    def __init__(self, plan: Plan, has_met: Callable[[ObjectRef, Goal], bool]) -> None:
        """Take the needs of a plan.

        Args:
            has_met: Says whether an object has come so far.
        """
        self._has_met = has_met
        self._dependents = plan.dependents
        self._barriers = plan.barriers
        self._behind = plan.behind
        self._missing = {id(item): list(item.needed) for item in plan.barriers}

    def may_begin(self, step: Step) -> bool:
        """Return whether all that a step needs has come far enough."""
        return all(self._has_met(need.needed, need.until) for need in step.needs) and all(
            self._is_open(barrier) for barrier in self._behind.get(step.ref, ())
        )

    def behind(self, ref: ObjectRef) -> list[ObjectRef]:
        """Return the objects that wait for one, directly or not; the nearest first."""
        found: dict[ObjectRef, None] = {}
        queue, left = [ref], list(self._barriers)
        while queue:
            item = queue.pop(0)
            opened = [barrier for barrier in left if item in barrier.needed]
            left = [barrier for barrier in left if item not in barrier.needed]
            many = (other for barrier in opened for other in barrier.dependents)
            fresh = [other for other in (*self._dependents[item], *many) if other not in found]
            found |= dict.fromkeys(fresh)
            queue += dict.fromkeys(fresh)
        return list(found)

    def _is_open(self, barrier: Barrier) -> bool:
        missing = self._missing[id(barrier)]
        while missing and self._has_met(missing[-1], barrier.until):
            missing.pop()
        return not missing
