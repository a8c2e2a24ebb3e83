"""The directed acyclic graph of an environment's objects."""

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.model.app import Goal
from compiler.model.manifest import ObjectRef
from compiler.model.source import SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One object waits for another one, for a reason.

    Attributes:
        dependent: The object that waits.
        needed: The object it waits for.
        until: How far the needed object must have come.
        reason: Why, in words: ``ServiceAccount at spec.template.spec.serviceAccountName``.
        span: Where a person asked for it; ``None`` when kuplet derived it.
        is_soft: Only a habit of ordering; dropped where it would close a cycle.
    """

    dependent: ObjectRef
    needed: ObjectRef
    until: Goal
    reason: str
    span: SourceSpan | None = None
    is_soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestDag:
    """Objects in dependency order.

    Attributes:
        waves: Each object stands one wave after the last object it needs; sorted inside a wave.
        dependencies: Sorted; at most one for each pair of objects.
    """

    waves: tuple[tuple[ObjectRef, ...], ...] = ()
    dependencies: tuple[Dependency, ...] = ()

    @property
    def order(self) -> tuple[ObjectRef, ...]:
        """Every object, each after all that it needs."""
        return tuple(ref for wave in self.waves for ref in wave)

    @property
    def needs(self) -> Mapping[ObjectRef, tuple[Dependency, ...]]:
        """What each object waits for; an object without dependencies has an empty entry."""
        found: dict[ObjectRef, list[Dependency]] = {ref: [] for ref in self.order}
        for dependency in self.dependencies:
            found[dependency.dependent].append(dependency)
        return {ref: tuple(dependencies) for ref, dependencies in found.items()}
