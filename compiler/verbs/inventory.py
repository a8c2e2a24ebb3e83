"""What an environment has in its cluster by its releases, and what of that has left the app."""

from collections.abc import Sequence
from dataclasses import replace

from compiler.errors import AppError, ExternalError
from compiler.executor.port import ClusterPort
from compiler.executor.releases import Records, Releases
from compiler.executor.removal import Pruning, compare_left
from compiler.model.app import Environment
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.release import Release
from compiler.stages.protection import protected
from compiler.stages.release import inventory_of, there_after
from compiler.stages.words import counted

# More than one of these is not removed unasked: a mistake in a file reaches that far at once.
_MOST = 10
_MOST_OF_ALL = 0.5
_FEW = 3  # so many are never too large a part


def inventory_in(
    environment: Environment, releases: Releases, records: Records
) -> tuple[Manifest, ...]:
    """Return what the environment may have in its cluster, but for what others now provide.

    Args:
        records: The newest release; where it does not say all, as older versions of kuplet did not,
            the others are read.

    Raises:
        ExternalError: The server does not let us read them.
    """
    newest = records.newest
    if newest is None or newest.app_id not in ("", environment.app_id):
        return ()
    known = records if newest.applyset else releases.all()
    return tuple(
        item
        for item in inventory_of(known.releases)
        if environment.external.isdisjoint({str(item.ref), item.ref.qualified})
    )


def last_applied(releases: Releases, records: Records) -> Release | None:
    """Return what the newest releases say of the whole environment.

    Raises:
        ExternalError: The server does not let us read them.
    """
    newest = records.newest
    if newest is None or not newest.components:
        return newest
    return there_after(releases.all().releases)


def left_of(compiled: CompiledEnvironment, inventory: Sequence[Manifest]) -> tuple[Manifest, ...]:
    """Return what has left the app, of the components that the command is about."""
    there = {item.ref for item in compiled.manifests}
    wanted = compiled.components
    return tuple(
        item
        for item in inventory
        if item.ref not in there and (not wanted or item.origin.component in wanted)
    )


def with_left(
    comparison: Comparison,
    compiled: CompiledEnvironment,
    cluster: ClusterPort,
    inventory: Sequence[Manifest],
    pruning: Pruning,
) -> Comparison:
    """Return a comparison with what becomes of all that has left the app."""
    left = left_of(compiled, inventory)
    changes = compare_left(compiled, cluster, left, pruning)
    return replace(comparison, changes=(*comparison.changes, *changes))


def besides(
    compiled: CompiledEnvironment, comparison: Comparison, inventory: Sequence[Manifest]
) -> tuple[Manifest, ...]:
    """Return what else of the environment may be there: all but what is surely gone."""
    gone = _gone(compiled, comparison, inventory)
    named = {item.ref for item in compiled.selected}
    return tuple(item for item in inventory if item.ref not in gone | named)


def _gone(
    compiled: CompiledEnvironment, comparison: Comparison, inventory: Sequence[Manifest]
) -> set[ObjectRef]:
    """Return what has left the app and is not in the cluster any more."""
    there = {change.manifest.ref for change in comparison.changes}
    return {item.ref for item in left_of(compiled, inventory)} - there


def refuse_unusual(
    comparison: Comparison,
    compiled: CompiledEnvironment,
    inventory: Sequence[Manifest],
    pruning: Pruning,
) -> None:
    """Refuse to remove all that there is, or more than usual, unless somebody has confirmed it.

    A protected environment keeps that and its data, whatever is confirmed.

    Args:
        inventory: What the environment has by its releases; what is gone does not count.

    Raises:
        AppError: Too many would be removed.
    """
    count = comparison.count(Action.DELETE)
    environment, span = compiled.environment.name, compiled.environment.protected
    if span and pruning.with_data:
        raise AppError(protected(environment, span, "--prune-data"))
    if count and not compiled.manifests:
        message = f"the app has no object any more: all {counted(count, 'object')} would be removed"
        hint = f"if that is meant: kuplet delete {environment}"
        raise AppError(Finding(rule="prune-empty", message=message, hint=hint))
    gone = _gone(compiled, comparison, inventory)
    gone |= {item.manifest.ref for item in comparison.changes if _is_absent(item)}
    total = sum(item.ref not in gone for item in inventory)
    is_much = count > _MOST or count > max(_FEW, _MOST_OF_ALL * total)
    if is_much and span:
        what = f"removing {counted(count, 'object')} of {total}, as the app has them no longer,"
        raise AppError(protected(environment, span, what))
    if is_much and not pruning.is_confirmed:
        message = f"{counted(count, 'object')} of {total} would be removed, as the app has them no"
        hint = "look at it with: kuplet diff; if that is meant: --yes-prune; else: --no-prune"
        raise AppError(Finding(rule="prune-limit", message=f"{message} longer", hint=hint))


def _is_absent(change: ObjectChange) -> bool:
    """Return whether an object of the app does not exist."""
    return not (change.live or change.has_left)


def left_elsewhere(
    environment: Environment, releases: Releases, records: Records
) -> tuple[Finding, ...]:
    """Return a warning for each namespace that an environment had before its present one."""
    if records.last or not environment.app_id:
        return ()
    return tuple(
        Finding(
            rule="environment-elsewhere",
            severity=Severity.WARNING,
            message=f'it was applied to namespace "{space}" before, and its objects are there',
            environment=environment.name,
            hint=f"to remove them: kuplet env set {environment.name} --namespace {space}, then"
            f" kuplet delete {environment.name}",
        )
        for space in releases.elsewhere()
    )


def removals_unseen(error: ExternalError) -> Finding:
    """Return the warning for whoever may not read which objects were applied before."""
    return Finding(
        rule="removals-unseen",
        severity=Severity.WARNING,
        message="what has left the app is not seen: the releases cannot be read",
        notes=tuple(finding.message for finding in error.findings),
    )
