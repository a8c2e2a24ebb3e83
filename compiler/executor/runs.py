"""Names runs: what is to run anew gets a name of its own, and what runs already keeps its name."""

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace

from compiler.executor.port import ClusterPort
from compiler.kinds.own_rules import rules_of
from compiler.kinds.readiness import readiness_of
from compiler.kinds.table import kind_of
from compiler.model.app import Environment, Goal
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject, same
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, text_at
from compiler.model.owner import RUN_OF, base_name
from compiler.model.release import Release, RunState
from compiler.stages.leaving import renewed

_SUFFIX = 6  # characters after the name; pods and Services get names that are longer still
_LONGEST = 63 - _SUFFIX - 1


def with_runs(
    compiled: CompiledEnvironment,
    last: Release | None,
    cluster: ClusterPort,
    again: Collection[str] = (),
    *,
    is_resumed: bool = False,
) -> CompiledEnvironment:
    """Return a compile whose runs have the names that they have in the cluster.

    A run that differs from the last one, or whose last one has failed, gets another name, so that
    the controllers start it. Which one was last, the newest release says.

    Args:
        last: What the newest releases say of the whole environment.
        again: Components whose runs start anew, changed or not.
        is_resumed: Whether it is the last release that goes on: its runs stay, failed or not.
    """
    before = {_key(item): item for item in last.manifests} if last else {}
    if last:
        compiled = replace(compiled, ended=_ended(compiled, before, last.runs, cluster, again))
    renamed: dict[ObjectRef, Manifest] = {}
    runs: dict[ObjectRef, Manifest] = {}
    for item in renewed(compiled):
        previous = before.get(_key(item))
        is_wanted = item.origin.component in again
        if previous is None:
            continue
        name = previous.ref.name
        if not is_resumed:
            name = _name(item, previous, cluster, compiled.environment, is_wanted=is_wanted)
        found = _named(item, name)
        renamed[item.ref] = found
        if name != previous.ref.name:
            runs[found.ref] = previous
    return replace(_with(compiled, renamed), previous=runs) if renamed else compiled


def with_live_runs(compiled: CompiledEnvironment, cluster: ClusterPort) -> CompiledEnvironment:
    """Return a compile whose runs have the names of the newest ones in the cluster.

    That is for whoever may not read the releases, which tell it for sure.
    """
    selector = compiled.environment.owner.selector
    renamed: dict[ObjectRef, Manifest] = {}
    for item in renewed(compiled):
        place = (item.api_version, item.ref.kind, item.ref.namespace)
        found = cluster.list_objects(*place, labelSelector=selector)
        runs = [live for live in found if base_name(live) == item.ref.name]
        if runs:
            newest = max(runs, key=lambda live: text_at(live, "metadata", "creationTimestamp"))
            renamed[item.ref] = _named(item, text_at(newest, "metadata", "name"))
    return _with(compiled, renamed)


def _with(compiled: CompiledEnvironment, renamed: dict[ObjectRef, Manifest]) -> CompiledEnvironment:
    manifests = tuple(renamed.get(item.ref, item) for item in compiled.manifests)
    refs = {ref: item.ref for ref, item in renamed.items()}
    return replace(compiled, manifests=manifests, dag=compiled.dag.renamed(refs))


def _ended(
    compiled: CompiledEnvironment,
    before: Mapping[tuple[str, str, str, str], Manifest],
    states: Mapping[str, RunState],
    cluster: ClusterPort,
    again: Collection[str],
) -> dict[ObjectRef, Goal]:
    """Return the runs that need not run again though they are gone: they have a time to live.

    What others wait for must have been seen complete.
    """
    needed = compiled.dag.needed
    found: dict[ObjectRef, Goal] = {}
    for item in compiled.manifests:
        previous = before.get(_key(item))
        if previous is None or item.origin.component in again:
            continue
        if not kind_of(item.ref).removes_itself(item.body):
            continue
        state = states.get(previous.ref.qualified)
        is_enough = state is RunState.COMPLETED or (state and item.ref not in needed)
        if not is_enough or state is RunState.FAILED:
            continue
        if same(_content(item), _content(previous)) and cluster.read(previous) is None:
            found[previous.ref] = Goal.COMPLETED if state is RunState.COMPLETED else Goal.PRESENT
    return found


def _name(
    item: Manifest,
    previous: Manifest,
    cluster: ClusterPort,
    environment: Environment,
    *,
    is_wanted: bool,
) -> str:
    """Return the name of the run: that of the previous one where that is still what is wanted.

    A new one is named after its content and the previous one, so that what the app said before and
    says again is not taken for the run of that time: others have run since.
    """
    seed = uuid.uuid4().hex if is_wanted else previous.ref.name
    if not is_wanted and same(_content(item), _content(previous)):
        live = cluster.read(previous)
        rules = rules_of(environment.readiness)
        if live is None or not readiness_of(live, cluster, rules).has_failed:
            return previous.ref.name  # what has failed stays failed
    text = json.dumps([_content(item), seed], sort_keys=True)
    suffix = hashlib.sha256(text.encode()).hexdigest()[:_SUFFIX]
    return f"{item.ref.name[:_LONGEST]}-{suffix}"


def _content(item: Manifest) -> JsonObject:
    return {key: value for key, value in item.body.items() if key != "metadata"}


def _key(item: Manifest) -> tuple[str, str, str, str]:
    return item.ref.group, item.ref.kind, item.ref.namespace, base_name(item.body)


def _named(item: Manifest, name: str) -> Manifest:
    """Return a run under another name, with the one that the app gives it in an annotation."""
    if name == item.ref.name:
        return item
    metadata = mapping_at(item.body, "metadata")
    annotations: JsonObject = {**mapping_at(metadata, "annotations"), RUN_OF: item.ref.name}
    body = {**item.body, "metadata": {**metadata, "name": name, "annotations": annotations}}
    return replace(item, ref=item.ref._replace(name=name), body=body)
