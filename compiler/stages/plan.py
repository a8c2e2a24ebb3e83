"""Makes a plan from a comparison: steps in dependency order, each with what it waits for."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

from compiler.errors import AppError
from compiler.kinds.kind import Life
from compiler.kinds.table import kind_of
from compiler.model.app import Goal
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.dag import Barrier, Dependency, ManifestDag
from compiler.model.manifest import ObjectRef, text_at
from compiler.model.plan import Plan, Seen, Step, TargetIdentity
from compiler.model.release import ReleaseVerb
from compiler.stages.link.link import link


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """What a plan says besides what differs.

    Attributes:
        verb: What is planned.
        destination: The target in words.
        after: The newest release when the objects were compared; 0 when there was none.
        digest: Of the compile, without anything that is secret.
        wait: Whether to wait until every object is ready, not only those that others need.
        force: Whether fields and objects of others are taken.
    """

    verb: ReleaseVerb
    target: TargetIdentity
    destination: str
    after: int
    digest: str
    wait: bool = True
    force: bool = False


def build_plan(
    compiled: CompiledEnvironment, comparison: Comparison, settings: PlanSettings
) -> Plan:
    """Return the plan that does what a comparison has found to do: an apply, or a delete."""
    actions = {change.manifest.ref: change.action for change in comparison.changes}
    among_left = _among_left(compiled, comparison)
    added = _added_namespace(compiled, comparison)
    needs = _needs((*compiled.dag.direct, *added, *among_left.direct), actions)
    barriers = tuple(_barriers((*compiled.dag.barriers, *among_left.barriers), actions))
    goals = {change.manifest.ref: _goal(change, settings) for change in comparison.changes}
    for need in chain.from_iterable(needs.values()):
        goals[need.needed] = max(goals[need.needed], need.until)
    for barrier in barriers:
        for ref in barrier.needed:
            goals[ref] = max(goals[ref], barrier.until)
    environment = compiled.environment
    return Plan(
        verb=settings.verb,
        app=environment.app,
        environment=environment.name,
        destination=settings.destination,
        target=settings.target,
        owner=environment.owner,
        after=settings.after,
        digest=settings.digest,
        readiness=environment.readiness,
        keep=environment.keep,
        conflicts=environment.conflicts,
        patient=frozenset(item.name for item in environment.components if item.is_patient),
        steps=tuple(
            Step(
                manifest=change.manifest,
                action=change.action,
                seen=_seen(change),
                needs=tuple(needs[change.manifest.ref]),
                until=goals[change.manifest.ref],
                is_forced=settings.force and change.action is not Action.KEEP,
                fields=change.fields,
                generates=change.generates,
                leftover=change.leftover,
                conflicts=change.conflicts,
                scaler=change.scaler,
                why=change.note,
                has_ended=change.has_ended,
                keeps_pods=change.keeps_pods,
                is_last=settings.verb is not ReleaseVerb.DELETE and _is_last(change),
            )
            for change in comparison.changes
        ),
        barriers=barriers,
    )


def _goal(change: ObjectChange, settings: PlanSettings) -> Goal:
    if change.action is Action.DELETE:
        return Goal.GONE
    # A rollback runs nothing: how the runs have ended that it keeps is none of its business.
    is_old_run = settings.verb is ReleaseVerb.ROLLBACK and _is_run(change)
    is_over = change.action is Action.KEEP and (is_old_run or not change.live)
    return Goal.READY if settings.wait and not (is_over or change.has_left) else Goal.PRESENT


def _is_run(change: ObjectChange) -> bool:
    return kind_of(change.manifest.ref).life is Life.RUN


def _is_last(change: ObjectChange) -> bool:
    """Return whether an object is removed when all else is done, as what may still be in use is.

    A run goes first: it holds what new ones wait for.
    """
    return change.action is Action.DELETE and not _is_run(change)


def _seen(change: ObjectChange) -> Seen | None:
    metadata = change.live.get("metadata")
    if not change.live:
        return None
    return Seen(uid=text_at(metadata, "uid"), resource_version=text_at(metadata, "resourceVersion"))


def _needs(
    dependencies: Iterable[Dependency], actions: Mapping[ObjectRef, Action]
) -> dict[ObjectRef, list[Dependency]]:
    """Return what each object waits for; what goes waits until all that needs it is gone."""
    needs: dict[ObjectRef, list[Dependency]] = {ref: [] for ref in actions}
    for dependency in dependencies:
        goes = [
            actions[ref] is Action.DELETE
            for ref in (dependency.dependent, dependency.needed)
            if ref in actions
        ]
        if len(goes) < 2:  # noqa: PLR2004  one of the two is not in the plan
            continue
        if all(goes):
            needs[dependency.needed].append(_reversed(_without_excerpt(dependency)))
        elif not any(goes):
            needs[dependency.dependent].append(_without_excerpt(dependency))
    return needs


def _barriers(
    barriers: Iterable[Barrier], actions: Mapping[ObjectRef, Action]
) -> Iterator[Barrier]:
    """Yield the barriers between objects of the plan; what goes, goes the other way round."""

    def parted(refs: Iterable[ObjectRef]) -> tuple[tuple[ObjectRef, ...], tuple[ObjectRef, ...]]:
        known = [ref for ref in refs if ref in actions]
        goes = tuple(ref for ref in known if actions[ref] is Action.DELETE)
        return tuple(ref for ref in known if actions[ref] is not Action.DELETE), goes

    for barrier in barriers:
        dependents, leaving_dependents = parted(barrier.dependents)
        needed, leaving_needed = parted(barrier.needed)
        span = barrier.span and replace(barrier.span, excerpt="")
        if dependents and needed:
            yield replace(barrier, dependents=dependents, needed=needed, span=span)
        if leaving_dependents and leaving_needed:
            yield replace(
                barrier,
                dependents=leaving_needed,
                needed=leaving_dependents,
                until=Goal.GONE,
                span=span,
            )


def _among_left(compiled: CompiledEnvironment, comparison: Comparison) -> ManifestDag:
    """Return what objects that have left the app need of each other, as the cluster has them."""
    left = [
        replace(change.manifest, body=change.live)
        for change in comparison.changes
        if change.has_left and change.action is Action.DELETE
    ]
    with suppress(AppError):  # a cycle: then there is no order
        return link(replace(compiled.environment, components=()), left)
    return ManifestDag()


def _without_excerpt(dependency: Dependency) -> Dependency:
    """Leave out the line that asks for it, in which anything may stand: a plan can be kept."""
    span = dependency.span and replace(dependency.span, excerpt="")
    return replace(dependency, span=span)


def _reversed(dependency: Dependency) -> Dependency:
    return replace(
        dependency,
        dependent=dependency.needed,
        needed=dependency.dependent,
        until=Goal.GONE,
    )


def _added_namespace(compiled: CompiledEnvironment, comparison: Comparison) -> Iterator[Dependency]:
    """Yield the dependencies on a Namespace that the comparison added to the compile's objects."""
    known = set(compiled.dag.order)
    refs = [change.manifest.ref for change in comparison.changes]
    added = {ref.name: ref for ref in refs if ref.kind == "Namespace" and ref not in known}
    for ref in refs:
        if ref.namespace in added:
            yield Dependency(
                dependent=ref,
                needed=added[ref.namespace],
                until=Goal.READY,
                reason="lives in this Namespace",
            )
