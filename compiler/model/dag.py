"""The directed acyclic graph of an environment's objects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

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
class Barrier:
    """Each of some objects waits for all of some others, for one reason.

    It stands for as many dependencies as there are pairs, which are too many to be written out
    where both sides are large.

    Attributes:
        reason: Empty for a habit, whose words name the kinds of the two.
        until, span, is_soft: As those of a `Dependency`.
    """

    dependents: tuple[ObjectRef, ...]
    needed: tuple[ObjectRef, ...]
    until: Goal
    reason: str = ""
    span: SourceSpan | None = None
    is_soft: bool = False

    def dependency(self, dependent: ObjectRef, needed: ObjectRef) -> Dependency:
        """Return the dependency of one object on another one."""
        return Dependency(
            dependent=dependent,
            needed=needed,
            until=self.until,
            reason=self.reason or f"{needed.kind} usually comes before {dependent.kind}",
            span=self.span,
            is_soft=self.is_soft,
        )

    def pairs(self) -> Iterator[Dependency]:
        """Yield the dependency of every pair."""
        for dependent in self.dependents:
            for needed in self.needed:
                yield self.dependency(dependent, needed)


@dataclass(frozen=True, kw_only=True)
class ManifestDag:
    """Objects in dependency order.

    Attributes:
        waves: Each object stands one wave after the last object it needs; sorted inside a wave.
        direct: Sorted; at most one for each pair of objects.
        barriers: What many objects wait for in many others.
    """

    waves: tuple[tuple[ObjectRef, ...], ...] = ()
    direct: tuple[Dependency, ...] = ()
    barriers: tuple[Barrier, ...] = ()

    @property
    def order(self) -> tuple[ObjectRef, ...]:
        """Every object, each after all that it needs."""
        return tuple(ref for wave in self.waves for ref in wave)

    @property
    def needed(self) -> frozenset[ObjectRef]:
        """The objects that others wait for."""
        many = (ref for barrier in self.barriers for ref in barrier.needed)
        return frozenset((*(item.needed for item in self.direct), *many))

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """Every pair of objects of which one waits for the other; sorted.

        There may be a million of them: to be shown, not to be computed with.
        """
        found: dict[tuple[ObjectRef, ObjectRef], Dependency] = {}
        for item in self.direct:
            found[item.dependent, item.needed] = item
        for item in (pair for barrier in self.barriers for pair in barrier.pairs()):
            known = found.get((item.dependent, item.needed))
            if known is None or known.until < item.until:
                found[item.dependent, item.needed] = item
        return tuple(found[pair] for pair in sorted(found))

    def needs_of(self, ref: ObjectRef) -> Iterator[Dependency]:
        """Yield what an object waits for."""
        direct, barriers = self._by_dependent
        yield from direct.get(ref, ())
        for barrier in barriers.get(ref, ()):
            for needed in barrier.needed:
                yield barrier.dependency(ref, needed)

    def barriers_before(self, ref: ObjectRef) -> tuple[Barrier, ...]:
        """Return the barriers that an object stands behind."""
        return tuple(self._by_dependent[1].get(ref, ()))

    def direct_needs_of(self, ref: ObjectRef) -> tuple[Dependency, ...]:
        """Return what an object waits for by itself, not behind a barrier."""
        return tuple(self._by_dependent[0].get(ref, ()))

    def renamed(self, names: Mapping[ObjectRef, ObjectRef]) -> "ManifestDag":
        """Return the same graph of objects of which some have other names."""

        def all_of(refs: tuple[ObjectRef, ...]) -> tuple[ObjectRef, ...]:
            return tuple(names.get(ref, ref) for ref in refs)

        return ManifestDag(
            waves=tuple(map(all_of, self.waves)),
            direct=tuple(
                replace(
                    item,
                    dependent=names.get(item.dependent, item.dependent),
                    needed=names.get(item.needed, item.needed),
                )
                for item in self.direct
            ),
            barriers=tuple(
                replace(item, dependents=all_of(item.dependents), needed=all_of(item.needed))
                for item in self.barriers
            ),
        )

    @cached_property
    def _by_dependent(
        self,
    ) -> tuple[dict[ObjectRef, list[Dependency]], dict[ObjectRef, list[Barrier]]]:
        direct: dict[ObjectRef, list[Dependency]] = {}
        for item in self.direct:
            direct.setdefault(item.dependent, []).append(item)
        barriers: dict[ObjectRef, list[Barrier]] = {}
        for barrier in self.barriers:
            for ref in barrier.dependents:
                barriers.setdefault(ref, []).append(barrier)
        return direct, barriers
