"""Says how an environment stands: what the app says, what was released, what is in the cluster."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from compiler.executor.compare import CONCURRENCY
from compiler.executor.diagnose import reasons
from compiler.executor.drift import Drift
from compiler.executor.field_owners import seconds_since_change
from compiler.executor.port import ApiError
from compiler.executor.queueing import how_far
from compiler.executor.remarks import unasked
from compiler.executor.sight import Sight
from compiler.kinds.own_rules import rules_of
from compiler.model.app import Goal
from compiler.model.change import Action, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.fit import Cause
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.owner import component_of
from compiler.model.status import (
    Deviation,
    EnvironmentStatus,
    FieldStatus,
    ObjectState,
    ObjectStatus,
)
from compiler.verbs.apply import Survey, survey
from compiler.verbs.causes import Causes, with_causes
from compiler.verbs.destination import Target

# What is said of an object and its fields anyway.
_SAID = {"field-conflict", "conflict-taken", "field-left"}
_STATES = {
    Goal.PRESENT: ObjectState.PENDING,
    Goal.READY: ObjectState.READY,
    Goal.COMPLETED: ObjectState.COMPLETED,
}


def status_of(
    compiled: CompiledEnvironment, target: Target, sight: Sight, causes: Causes
) -> EnvironmentStatus:
    """Return how what is selected of an environment stands; nothing is written.

    Args:
        sight: The cluster of the target, and what of it cannot be seen.
        causes: Knows the parameters behind fields.
    """
    found = survey(compiled, replace(target, cluster=sight))
    found = replace(found, comparison=with_causes(found.comparison, causes))
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        look = _Look(found, sight, causes)
        changes = list(pool.map(look.at, found.comparison.changes))
        unseen = list(pool.map(look.at_unseen, found.comparison.unseen))
    place = {item.ref: index for index, item in enumerate(found.compiled.manifests)}
    objects = sorted((*changes, *unseen), key=lambda item: place.get(item.manifest.ref, len(place)))
    return EnvironmentStatus(
        app=compiled.environment.app,
        environment=compiled.environment.name,
        destination=target.words,
        release=found.records.newest if found.records else None,
        objects=tuple(objects),
        findings=(*_remarks(found, objects), *sight.unseen),
        is_fully_seen=all(item.state is not ObjectState.UNSEEN for item in objects)
        and found.records is not None,
    )


def _remarks(found: Survey, objects: Iterable[ObjectStatus]) -> list[Finding]:
    """Return what the comparison says besides what is said of the objects."""
    said = {str(item.manifest.ref) for item in objects if item.note}
    damaged = found.records.damaged if found.records else ()
    odd = [
        item
        for item in found.comparison.findings
        if item.rule not in _SAID and not (item.is_error and item.object in said)
    ]
    return [*odd, *unasked(found.comparison), *damaged]


class _Look:
    """Looks at one object after the other."""

    def __init__(self, found: Survey, sight: Sight, causes: Causes) -> None:
        self._sight = sight
        self._causes = causes
        self._rules = rules_of(found.compiled.environment.readiness)
        self._drift = Drift(found.last, found.compiled.manifests)
        self._is_known = found.records is not None
        self._compiled = {item.ref: item for item in found.compiled.manifests}
        self._findings = {item.object: item for item in found.comparison.findings if item.is_error}

    def at(self, change: ObjectChange) -> ObjectStatus:
        """Return how a compared object stands."""
        manifest = change.manifest
        if not change.live:
            return self._missing(change)
        state, message = self._state(manifest, change.live)
        is_kept = change.has_left and change.action is Action.KEEP
        return ObjectStatus(
            manifest=manifest,
            component=manifest.origin.component or component_of(change.live),
            state=state,
            message=message,
            fields=() if change.has_left else self._fields(change),
            is_released=self._is_released(manifest),
            has_left=change.has_left,
            is_going=change.has_left and not is_kept,
            note=change.note,
        )

    def at_unseen(self, ref: ObjectRef) -> ObjectStatus:
        """Return how an object stands of which nobody knows what an apply would make."""
        manifest = self._compiled[ref]
        finding = self._findings.get(str(ref))
        note = finding.message if finding else "it could not be compared"
        try:
            live = self._sight.read(manifest)
        except ApiError:
            live, state, message = None, ObjectState.UNSEEN, ""
        else:
            state, message = ObjectState.MISSING, "not there"
        if live is not None:
            state, message = self._state(manifest, live)
        return ObjectStatus(
            manifest=manifest,
            component=manifest.origin.component,
            state=state,
            message=message,
            is_released=self._is_released(manifest),
            note=note,
        )

    def _missing(self, change: ObjectChange) -> ObjectStatus:
        manifest = change.manifest
        is_released = self._is_released(manifest)
        message = "not applied yet" if self._is_known else "not there"
        if change.action is Action.KEEP:
            message = change.note
        elif change.before is not None:
            message = "the next apply starts it"
        elif is_released:
            message = "somebody deleted it, or the last apply did not get there"
        return ObjectStatus(
            manifest=manifest,
            component=manifest.origin.component,
            state=ObjectState.COMPLETED if change.has_ended else ObjectState.MISSING,
            message=message,
            is_released=is_released,
            has_left=change.has_left,
            note="" if change.action is Action.KEEP else change.note,
        )

    def _is_released(self, manifest: Manifest) -> bool | None:
        return self._drift.released(manifest) is not None if self._is_known else None

    def _state(self, manifest: Manifest, live: JsonObject) -> tuple[ObjectState, str]:
        """Return how far a live object has come, as an apply would judge, and why not further."""
        found = how_far(self._sight, live, self._rules, manifest.body, is_settled=True)
        reached = found.after(seconds_since_change(live))
        if found.has_failed:
            return ObjectState.FAILED, found.message
        if reached >= Goal.READY:
            return _STATES[reached], found.message
        why = reasons(self._sight, live, is_waited_for=False)
        message = ": ".join(filter(None, (found.message, why)))
        return ObjectState.QUEUED if found.is_queued else ObjectState.PENDING, message

    def _fields(self, change: ObjectChange) -> tuple[FieldStatus, ...]:
        return tuple(
            replace(item, cause=self._cause(change.manifest, item))
            for item in self._drift.fields(change)
        )

    def _cause(self, manifest: Manifest, item: FieldStatus) -> Cause | None:
        """Return the parameter behind a field; what others added has none."""
        if item.deviation is Deviation.ADDED:
            return None
        return self._causes.of_field(manifest, item.path)
