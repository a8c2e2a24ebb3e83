"""A plan: what an apply will do, as data that is printed and carried out from the same object."""

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.model.app import Goal
from compiler.model.change import Comparison, ObjectChange
from compiler.model.dag import Dependency
from compiler.model.manifest import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One object of a plan.

    Attributes:
        needs: What must have come far enough before this object is written.
        until: How far the object itself must come for the apply to be done.
    """

    change: ObjectChange
    needs: tuple[Dependency, ...]
    until: Goal

    @property
    def ref(self) -> ObjectRef:
        """The object's identity."""
        return self.change.manifest.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of an apply, each after all that it needs.

    Attributes:
        app: Name of the app.
        environment: Name of the environment.
        destination: Where it goes, in words.
    """

    app: str
    environment: str
    destination: str
    comparison: Comparison
    steps: tuple[Step, ...]

    @property
    def dependents(self) -> Mapping[ObjectRef, tuple[ObjectRef, ...]]:
        """The objects that directly wait for each object."""
        found: dict[ObjectRef, list[ObjectRef]] = {step.ref: [] for step in self.steps}
        for step in self.steps:
            for need in step.needs:
                found[need.needed].append(step.ref)
        return {ref: tuple(waiting) for ref, waiting in found.items()}
