"""Brings a cluster to what the app says, or removes it: compare, plan, carry out, record."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from compiler.errors import AppError, ExternalError
from compiler.executor.compare import compare_with_cluster
from compiler.executor.execute import Patience, execute
from compiler.executor.removal import compare_removal
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.model.change import Comparison
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
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
        AppError: The server refused some of the objects in the dry run.
        ExternalError: It refused us, or could not do it whatever the app says.
    """
    comparison = compare(compiled, target, force=force)
    if any(finding.is_error for finding in comparison.findings):
        refused = ExternalError if comparison.is_external else AppError
        raise refused(*comparison.findings)
    return _proposal(compiled, comparison, target, ReleaseVerb.APPLY, wait=wait, force=force)


def plan_delete(
    compiled: CompiledEnvironment, target: Target, *, grace_period_s: int | None = None
) -> Proposal:
    """Plan what removes the selected objects that are the environment's own; nothing is written.

    Args:
        grace_period_s: How long pods may take to stop; ``None`` leaves it to each object.

    Raises:
        ExternalError: The server does not let us look.
    """
    comparison = compare_removal(compiled, target.cluster)
    proposal = _proposal(compiled, comparison, target, ReleaseVerb.DELETE)
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
    outcomes = execute(plan, target.cluster, patience, live)
    if proposal.verb is ReleaseVerb.DELETE:
        draft = deletion_draft(app, compiled, proposal.newest, proposal.comparison)
    else:
        secret = secret_parameters(app, compiled, options)
        draft = draft_of(app, compiled, proposal.newest, secret)
    yield from recorded(outcomes, draft, plan, proposal.newest, target.cluster)


def _proposal(
    compiled: CompiledEnvironment,
    comparison: Comparison,
    target: Target,
    verb: ReleaseVerb,
    *,
    wait: bool = False,
    force: bool = False,
) -> Proposal:
    records = releases_of(compiled.environment, target.cluster).newest()
    settings = PlanSettings(
        target=target.identity,
        destination=target.words,
        after=records.last,
        wait=wait,
        force=force,
    )
    return Proposal(
        compiled=compiled,
        comparison=comparison,
        plan=build_plan(compiled, comparison, settings),
        newest=records.newest,
        damaged=records.damaged,
        verb=verb,
    )
