"""Finds the runs of an environment in the records of its releases."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from compiler.kinds.kind import Life
from compiler.kinds.pods import containers_of, pods_of
from compiler.kinds.table import kind_of
from compiler.model.app import Goal
from compiler.model.change import Action, FieldChange, ParameterDifference
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import Manifest, text_at
from compiler.model.owner import base_name, component_of
from compiler.model.ref import ParameterRef
from compiler.model.release import Release, RunState
from compiler.model.run import Run, RunStatus
from compiler.model.secret import MASK
from compiler.stages.diff import field_changes
from compiler.stages.pod_requests import pod_requests

_STATUS = {
    RunState.STARTED: RunStatus.UNKNOWN,
    RunState.COMPLETED: RunStatus.COMPLETED,
    RunState.FAILED: RunStatus.FAILED,
}
_MAKES = {Action.CREATE, Action.REPLACE}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDifference:
    """How a run differs from another one."""

    parameters: tuple[ParameterDifference, ...]
    images: tuple[FieldChange, ...]
    before: JsonObject
    after: JsonObject


def recorded_runs(releases: Sequence[Release]) -> list[Run]:
    """Return the runs that releases tell of, the newest first, as if all of them were gone.

    A run is one name with one spec, from when it was made until it is deleted: a job that was
    replaced under its name, or made once more after it was deleted, is another run.

    Args:
        releases: The newest first.
    """
    found: dict[tuple[str, str, int], Run] = {}
    made: dict[tuple[str, str], int] = {}
    newest: dict[tuple[str, ...], tuple[str, str, int]] = {}
    for release in reversed(releases):
        for item in release.manifests:
            if kind_of(item.ref).life is not Life.RUN:
                continue
            name, spec = item.ref.qualified, json.dumps(spec_of(item.body), sort_keys=True)
            if (name, spec) not in made or (release.actions or {}).get(name) in _MAKES:
                made[name, spec] = release.revision
            key = (name, spec, made[name, spec])
            before = found.pop(key, None)
            found[key] = _later(before, release, item) if before else _first(release, item)
            newest[item.ref.group, item.ref.kind, item.ref.namespace, base_name(item.body)] = key
    last = set(newest.values())
    return [replace(run, is_newest=key in last) for key, run in reversed(found.items())]


def _first(release: Release, item: Manifest) -> Run:
    component = component_of(item.body)
    origin = replace(item.origin, component=component)
    parameters = release.parameters.get(component, {})
    return Run(
        manifest=replace(item, origin=origin),
        release=release.revision,
        user=release.user,
        status=_status(release, item),
        started=release.started.replace("+00:00", "Z"),  # as Kubernetes writes it
        parameters={
            name: MASK if found.is_secret else found.value for name, found in parameters.items()
        },
        images=_images(release, item),
        gpus=_devices(item),
        is_newest=False,
    )


def _later(run: Run, release: Release, item: Manifest) -> Run:
    """Return a run with what a later release knows of it."""
    status = _status(release, item)
    return replace(
        run,
        status=run.status if status is RunStatus.UNKNOWN else status,
        images={**_images(release, item), **run.images},
    )


def _status(release: Release, item: Manifest) -> RunStatus:
    state = release.runs.get(item.ref.qualified)
    return _STATUS[state] if state else RunStatus.UNKNOWN


def _images(release: Release, item: Manifest) -> dict[str, str]:
    images = {text_at(container, "image") for _, container in containers_of(item)}
    return {
        image: " and ".join(release.images[image])
        for image in sorted(images)
        if image in release.images
    }


def _devices(item: Manifest) -> dict[str, Fraction]:
    """Return how many devices the pods of a run ask for: resources of a vendor, by name."""
    found: dict[str, Fraction] = {}
    for pods in pods_of(item):
        for name, amount in pod_requests(pods.spec).items():
            if "/" in name and amount:
                found[name] = found.get(name, Fraction(0)) + pods.count * amount
    return found


def spec_of(body: JsonObject) -> JsonObject:
    """Return what makes a run another one: all but its identity."""
    return {key: value for key, value in body.items() if key != "metadata"}


def unproven(release: Release, runs: Sequence[Run]) -> dict[str, tuple[str, ...]]:
    """Return why what components have applied last has not run to its end, by their names.

    A run proves all runs that are just like it: one that is repeated has been proven before. What
    a component has waited for counts as its own: a model is as good as its training.

    Args:
        runs: Those of the environment, the newest first.
    """
    found: dict[str, list[str]] = {}
    for item in release.manifests:
        if kind_of(item.ref).life is Life.RUN:
            alike = [run for run in runs if _is_alike(run.manifest, item)]
            if not any(run.status is RunStatus.COMPLETED for run in alike):
                found.setdefault(component_of(item.body), []).append(_state_of(item, alike))
    behind = {
        name: [need.component for need in needs if need.until is Goal.COMPLETED]
        for name, needs in release.needs.items()
    }
    reasons: dict[str, tuple[str, ...]] = {}
    for name in sorted({*found, *behind}):
        judged = (name, *behind.get(name, ()))
        if words := tuple(item for each in judged for item in found.get(each, ())):
            reasons[name] = words
    return reasons


def _is_alike(one: Manifest, other: Manifest) -> bool:
    is_same_job = one.ref.kind == other.ref.kind and base_name(one.body) == base_name(other.body)
    return is_same_job and same(spec_of(one.body), spec_of(other.body))


def _state_of(item: Manifest, alike: Sequence[Run]) -> str:
    state = next((run for run in alike if run.manifest.ref == item.ref), None)
    if state is None:
        return f"{item.ref} was not run"
    if state.status is RunStatus.UNKNOWN:
        return f"{item.ref} is gone, and nobody saw how it ended"
    return f"{item.ref} is {state.status}" + (f": {state.message}" if state.message else "")


def difference_of(before: Run, after: Run) -> RunDifference:
    """Return how a run differs from another one."""
    component = after.manifest.origin.component
    return RunDifference(
        parameters=tuple(
            ParameterDifference(ref=ParameterRef(component, name), before=old, after=new)
            for name, old, new in _pairs(before.parameters, after.parameters)
        ),
        images=tuple(field_changes({**before.images}, {**after.images})),
        before=spec_of(before.manifest.body),
        after=spec_of(after.manifest.body),
    )


def _pairs(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> Iterable[tuple[str, JsonValue, JsonValue]]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if (name in before) != (name in after) or not same(old, new):
            yield name, old, new
