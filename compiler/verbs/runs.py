"""Lists the runs of an environment, and removes earlier ones."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from compiler.errors import ExternalError
from compiler.executor.compare import CONCURRENCY
from compiler.executor.lock import Lock, Locking
from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.queueing import in_queue
from compiler.executor.refusal import refusal
from compiler.kinds.own_rules import rules_of
from compiler.kinds.readiness import readiness_of
from compiler.kinds.run_times import beginning_of, end_of
from compiler.model.app import Environment, Goal
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.model.owner import Owner, base_name
from compiler.model.readiness import Readiness
from compiler.model.run import Run, RunStatus
from compiler.stages.runs import recorded_runs
from compiler.verbs.destination import Target
from compiler.verbs.record import releases_of, user


def list_runs(environment: Environment, target: Target) -> tuple[list[Run], tuple[Finding, ...]]:
    """Return the runs of an environment, the newest first, and what of its records is damaged.

    Raises:
        ExternalError: The server does not let us look.
    """
    records = releases_of(environment, target.cluster).all()
    found = recorded_runs(records.releases)
    there = {run.manifest.ref: run for run in reversed(found)}  # the newest of each name
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        live = pool.map(lambda run: _read(target.cluster, run), there.values())
        now = dict(zip(there, live, strict=True))
    looked = [
        _seen(run, now[run.manifest.ref], environment, target.cluster)
        if there[run.manifest.ref] is run
        else run
        for run in found
    ]
    return looked, records.damaged


def superfluous_runs(runs: Sequence[Run], keep: int, components: Collection[str]) -> list[Run]:
    """Return the earlier runs whose objects may go: those that are over, but for the last ones.

    Args:
        runs: The newest first.
        keep: How many of each job stay, besides the newest.
        components: The only ones that are meant; empty for all.
    """
    kept: dict[tuple[str, str], int] = {}
    found = []
    for run in runs:
        if run.is_newest or not (run.is_there and run.is_over):
            continue
        if components and run.manifest.origin.component not in components:
            continue
        job = base_name(run.manifest.body), run.manifest.ref.kind
        kept[job] = kept.get(job, 0) + 1
        if kept[job] > keep:
            found.append(run)
    return found


def remove_runs(
    environment: Environment, target: Target, runs: Sequence[Run], locking: Locking
) -> None:
    """Remove the objects of runs, with their pods; nobody applies meanwhile.

    Raises:
        ExternalError: Somebody does, or the server refuses.
    """
    cluster = target.cluster
    lock = Lock(cluster, environment.namespace, environment.owner, locking)
    lock.take(user(), "runs rm")
    try:
        for run in runs:
            lock.check()
            try:
                cluster.delete(run.manifest.ref, run.manifest.api_version, run.uid)
            except ApiError as failure:
                raise ExternalError(refusal(failure, run.manifest)) from failure
    finally:
        lock.give_back()


def _read(cluster: ClusterPort, run: Run) -> JsonObject | None:
    try:
        return cluster.read(run.manifest)
    except ApiError as failure:
        raise ExternalError(refusal(failure, run.manifest)) from failure


def _seen(run: Run, live: JsonObject | None, environment: Environment, cluster: ClusterPort) -> Run:
    """Return a run with what its object says, if there is one of ours."""
    if live is None or Owner.of(live) != environment.owner:
        return run
    rules = rules_of(environment.readiness)
    state = readiness_of(live, cluster, rules, run.manifest.body)
    state = in_queue(cluster, live, state, is_settled=True)
    began, status = beginning_of(live), _status(state)
    is_over = status in {RunStatus.COMPLETED, RunStatus.FAILED}
    end = end_of(live) if is_over else datetime.now(UTC).isoformat()
    has_begun = is_over or status is RunStatus.RUNNING
    return replace(
        run,
        status=status,
        message="" if status is RunStatus.COMPLETED else state.message,
        started=began or run.started,
        seconds=_between(began, end) if has_begun else None,
        is_there=True,
        uid=text_at(live, "metadata", "uid"),
    )


def _status(state: Readiness) -> RunStatus:
    if state.has_failed:
        return RunStatus.FAILED
    if state.reached is Goal.COMPLETED:
        return RunStatus.COMPLETED
    if state.is_queued:
        return RunStatus.QUEUED
    return RunStatus.RUNNING if state.reached is Goal.READY else RunStatus.PENDING


def _between(begin: str, end: str) -> float | None:
    try:
        span = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    except (ValueError, TypeError):
        return None
    return max(span.total_seconds(), 0.0)
