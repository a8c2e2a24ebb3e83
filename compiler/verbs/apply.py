"""Brings a cluster to what the app says, or removes it: compare, plan, carry out, record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from compiler.errors import AppError, ExternalError
from compiler.executor.compare import compare_with_cluster
from compiler.executor.execute import Patience, execute
from compiler.executor.releases import Records
from compiler.executor.remarks import WITHOUT_EFFECT
from compiler.executor.removal import compare_removal
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.model.app import Environment
from compiler.model.change import Comparison
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.outcome import Outcome
from compiler.model.plan import Plan
from compiler.model.release import Release, ReleaseVerb
from compiler.stages.plan import PlanSettings, build_plan
from compiler.verbs.destination import Target
from compiler.verbs.record import deletion_draft, draft_of, recorded, releases_of
from compiler.verbs.secret_parameters import secret_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that was made just now.

    Attributes:
        comparison: What it is made from, with the live objects as they were.
        newest: The release that it was made on.
        damaged: Records of later releases, which cannot be read.
    """

    compiled: CompiledEnvironment
    comparison: Comparison
    plan: Plan
    newest: Release | None
    verb: ReleaseVerb
    damaged: tuple[Finding, ...] = ()


def compare(compiled: CompiledEnvironment, target: Target, *, force: bool = False) -> Comparison:
    """Return what applying what is selected would change; nothing is written.

    Args:
        force: Whether fields and objects of others would be taken.
    """
    return compare_with_cluster(compiled, target.cluster, force=force)


def plan_apply(
    compiled: CompiledEnvironment, target: Target, *, wait: bool = True, force: bool = False
) -> Proposal:
    """Plan what brings the target to what is selected of a compile; nothing is written.

    Args:
        wait: Whether to wait until every object is ready, not only those that others need.
        force: Whether fields and objects of others are taken.

    Raises:
        AppError: The server refused some of the objects in the dry run, or what changes is a run
            that is over.
        ExternalError: It refused us, or could not do it whatever the app says.
    """
    try:
        records = _records(compiled, target, force=force)
    except ExternalError as error:  # what else is forbidden belongs to it
        denied = compare(compiled, target, force=force).denied
        raise ExternalError(*denied, *error.findings) from error
    comparison = compare(compiled, target, force=force)
    useless = [item for item in comparison.findings if item.rule == WITHOUT_EFFECT]
    if useless:
        raise AppError(*(replace(item, severity=Severity.ERROR) for item in useless))
    if comparison.denied:
        raise ExternalError(*comparison.denied)
    if any(finding.is_error for finding in comparison.findings):
        refused = ExternalError if comparison.is_external else AppError
        raise refused(*comparison.findings)
    settings = _settings(target, records, wait=wait, force=force)
    return _proposal(compiled, comparison, settings, records, ReleaseVerb.APPLY)


def plan_delete(
    compiled: CompiledEnvironment, target: Target, *, grace_period_s: int | None = None
) -> Proposal:
    """Plan what removes the selected objects that are the environment's own; nothing is written.

    Args:
        grace_period_s: How long pods may take to stop; ``None`` leaves it to each object.

    Raises:
        ExternalError: The server does not let us look.
    """
    records = _records(compiled, target, force=False)
    comparison = compare_removal(compiled, target.cluster)
    settings = _settings(target, records, wait=False, force=False)
    proposal = _proposal(compiled, comparison, settings, records, ReleaseVerb.DELETE)
    return replace(proposal, plan=replace(proposal.plan, grace_period_s=grace_period_s))


def carry_out(
    app: AnyApp,
    proposal: Proposal,
    target: Target,
    options: CompileOptions,
    patience: Patience,
) -> Iterator[Outcome]:
    """Carry out a plan, record it as a release, and yield what happens.

    Args:
        options: How the environment was compiled; it is compiled again to find secret parameters.

    Raises:
        ExternalError: The release cannot be recorded, or the target is another one than planned.
    """
    compiled, plan = proposal.compiled, proposal.plan
    live = {change.manifest.ref: change.live for change in proposal.comparison.changes}

    def run(may_write: Callable[[], None]) -> Iterator[Outcome]:
        return execute(plan, target.cluster, patience, live, may_write)

    if proposal.verb is ReleaseVerb.DELETE:
        draft = deletion_draft(app, compiled, proposal.newest, proposal.comparison)
    else:
        secret = secret_parameters(app, compiled, options)
        draft = draft_of(app, compiled, proposal.newest, secret)
    yield from recorded(run, draft, plan, proposal.newest, target.cluster)


def _other_app(environment: Environment, newest: Release) -> Finding:
    """Return the error for an environment whose objects another app of its name has applied."""
    return Finding(
        rule="app-other",
        message=f'another app that is called "{environment.app}" was applied as'
        f' "{environment.name}" to the namespace "{environment.namespace}"',
        notes=(f"release {newest.revision}, by {newest.user}, {newest.started}",),
        hint="give this app another name in app.yaml, or its environment another namespace; if it"
        " is the same app, with a new id: --force-conflicts",
    )


def _records(compiled: CompiledEnvironment, target: Target, *, force: bool) -> Records:
    """Return the releases that a plan is made on: read before anything is compared.

    Raises:
        ExternalError: Another app of the name made the newest, and nobody said to take its place.
    """
    records = releases_of(compiled.environment, target.cluster).newest()
    newest = records.newest
    if newest is None or force:
        return records
    if newest.verb is ReleaseVerb.DELETE and not (newest.components or newest.objects):
        return records  # nothing of the other one is left
    if newest.app_id != compiled.environment.app_id:
        raise ExternalError(_other_app(compiled.environment, newest))
    return records


def _settings(target: Target, records: Records, *, wait: bool, force: bool) -> PlanSettings:
    return PlanSettings(
        target=target.identity,
        destination=target.words,
        after=records.last,
        wait=wait,
        force=force,
    )


def _proposal(
    compiled: CompiledEnvironment,
    comparison: Comparison,
    settings: PlanSettings,
    records: Records,
    verb: ReleaseVerb,
) -> Proposal:
    return Proposal(
        compiled=compiled,
        comparison=comparison,
        plan=build_plan(compiled, comparison, settings),
        newest=records.newest,
        damaged=records.damaged,
        verb=verb,
    )
