"""Brings a cluster to what the app says, or removes it: compare, plan, carry out, record."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from compiler.errors import AppError, ExternalError
from compiler.executor.compare import compare_with_cluster
from compiler.executor.execute import execute
from compiler.executor.lock import LOCK_STORE, Lock, Locking
from compiler.executor.port import ApiError
from compiler.executor.releases import Records
from compiler.executor.remarks import CONFLICT, with_cause
from compiler.executor.removal import Pruning, compare_removal
from compiler.executor.running import Patience
from compiler.executor.runs import with_live_runs, with_runs
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.model.app import Environment
from compiler.model.change import Comparison
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.outcome import Failed, Outcome
from compiler.model.plan import Plan
from compiler.model.release import Release, ReleaseStatus, ReleaseVerb
from compiler.stages.protection import protected
from compiler.stages.release import is_of
from compiler.stages.rollback import rolled_back
from compiler.verbs.causes import Causes, with_causes
from compiler.verbs.compile import selected
from compiler.verbs.destination import Target
from compiler.verbs.inventory import (
    inventory_in,
    last_applied,
    left_elsewhere,
    left_of,
    refuse_unusual,
    removals_unseen,
    with_left,
)
from compiler.verbs.proposal import Proposal, planned
from compiler.verbs.record import (
    deletion_draft,
    draft_of,
    recorded,
    releases_of,
    rollback_draft,
)
from compiler.verbs.rights import check_rights
from compiler.verbs.secret_parameters import secret_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A comparison, and what it was made with.

    Attributes:
        compiled: The compile whose runs have the names that they have in the cluster.
        records: The newest releases; ``None`` when they cannot be read.
        last: What they say of the whole environment.
    """

    compiled: CompiledEnvironment
    comparison: Comparison
    records: Records | None = None
    last: Release | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """What a user may say about one apply.

    Attributes:
        wait: Whether to wait until every object is ready, not only those that others need.
        force: Whether fields of others are taken.
        adopt: Whether objects of others are, and of all objects what other tools own.
        pruning: What may be removed because the app has it no longer.
        forward: Whether what a rollback has taken back is applied again.
        skip_preflight: Whether it goes on without asking for rights and quotas beforehand.
        again: Components whose runs start anew, changed or not.
        resume: Whether the newest release goes on, with its runs.
    """

    wait: bool = True
    force: bool = False
    adopt: bool = False
    pruning: Pruning = field(default_factory=Pruning)
    forward: bool = False
    skip_preflight: bool = False
    again: frozenset[str] = frozenset()
    resume: bool = False

    @classmethod
    def of_flags(cls, flags: Mapping[str, bool]) -> "ApplyOptions":
        """Return what flags say, by their names; those that are missing say what is usual."""
        said = {**cls().flags, **flags}
        return cls(
            wait=said["wait"],
            force=said["force-conflicts"],
            adopt=said["adopt"],
            forward=said["forward"],
            skip_preflight=said["skip-preflight"],
            pruning=Pruning(
                is_wanted=said["prune"],
                with_data=said["prune-data"],
                is_confirmed=said["yes-prune"],
            ),
        )

    @property
    def flags(self) -> dict[str, bool]:
        """The same as flags, by their names."""
        return {
            "wait": self.wait,
            "force-conflicts": self.force,
            "adopt": self.adopt,
            "forward": self.forward,
            "skip-preflight": self.skip_preflight,
            "prune": self.pruning.is_wanted,
            "prune-data": self.pruning.with_data,
            "yes-prune": self.pruning.is_confirmed,
        }


def compare(
    compiled: CompiledEnvironment,
    target: Target,
    *,
    force: bool = False,
    adopt: bool = False,
    pruning: Pruning = Pruning(),  # noqa: B008  frozen
    causes: Causes | None = None,
) -> Comparison:
    """Return what applying what is selected would change or remove; nothing is written.

    Args:
        causes: Knows the parameters behind fields; without, nobody looks for them.
    """
    found = survey(compiled, target, force=force, adopt=adopt, pruning=pruning)
    if causes:
        found = replace(found, comparison=with_causes(found.comparison, causes))
    if found.records is None:
        return found.comparison
    releases = releases_of(compiled.environment, target.cluster)
    moved = left_elsewhere(compiled.environment, releases, found.records)
    said = (*found.comparison.findings, *found.records.damaged, *moved)
    return replace(found.comparison, findings=said)


def survey(
    compiled: CompiledEnvironment,
    target: Target,
    *,
    force: bool = False,
    adopt: bool = False,
    pruning: Pruning = Pruning(),  # noqa: B008  frozen
) -> Survey:
    """Compare what is selected with the cluster and the releases; nothing is written.

    Whoever may not read the releases is told that what has left the app is not seen.

    Args:
        force: Whether fields of others would be taken.
        adopt: Whether objects of others would be, and of all objects what other tools own.
        pruning: What may be removed.
    """
    releases = releases_of(compiled.environment, target.cluster)
    try:
        records = releases.newest()
        inventory = inventory_in(compiled.environment, releases, records)
        last = last_applied(releases, records)
    except ExternalError as error:
        with suppress(ApiError):  # whoever may not even list them
            compiled = with_live_runs(compiled, target.cluster)
        comparison = _compared(compiled, target, force=force, adopt=adopt)
        findings = (*comparison.findings, removals_unseen(error))
        return Survey(compiled=compiled, comparison=replace(comparison, findings=findings))
    compiled = with_runs(compiled, last, target.cluster)
    comparison = _compared(compiled, target, force=force, adopt=adopt)
    comparison = with_left(comparison, compiled, target.cluster, inventory, pruning)
    finding = _taken_back(compiled, records.newest)
    if finding:
        note = replace(finding, severity=Severity.WARNING)
        comparison = replace(comparison, findings=(*comparison.findings, note))
    return Survey(compiled=compiled, comparison=comparison, records=records, last=last)


def _compared(compiled: CompiledEnvironment, target: Target, **how: bool) -> Comparison:
    return compare_with_cluster(compiled, target.cluster, asks=target.asks, **how)


def plan_apply(
    compiled: CompiledEnvironment,
    target: Target,
    options: ApplyOptions = ApplyOptions(),
    causes: Causes | None = None,
) -> Proposal:
    """Plan what brings the target to what is selected of a compile; nothing is written.

    Args:
        causes: Knows the parameters behind fields; without, nobody looks for them.

    Raises:
        AppError: The server refused some of the objects in the dry run, what changes is a run that
            is over, more would be asked for than a quota ever gives, or removed than usual, a
            rollback would be undone, or the release that is to go on says something else.
        ExternalError: The server refused us, or could not do it whatever the app says.
    """
    force, adopt = options.force, options.adopt
    try:
        records = _records(compiled, target, adopt=adopt)
    except ExternalError as error:  # what else is forbidden belongs to it
        comparison = _compared(compiled, target, force=force, adopt=adopt)
        if not options.skip_preflight:
            check_rights(compiled, comparison, target.cluster, ReleaseVerb.APPLY)
        raise ExternalError(*comparison.denied, *error.findings) from error
    releases = releases_of(compiled.environment, target.cluster)
    last = last_applied(releases, records)
    compiled = with_runs(compiled, last, target.cluster, options.again, is_resumed=options.resume)
    if options.resume:
        _check_resumable(compiled, records.newest)
    repeats = not options.resume
    comparison = _compared(compiled, target, force=force, adopt=adopt, repeats=repeats)
    if causes:
        comparison = with_causes(comparison, causes)
    if not options.forward and (finding := _taken_back(compiled, records.newest)):
        raise AppError(finding)
    inventory = inventory_in(compiled.environment, releases, records)
    comparison = with_left(comparison, compiled, target.cluster, inventory, options.pruning)
    moved = left_elsewhere(compiled.environment, releases, records)
    comparison = replace(comparison, findings=(*comparison.findings, *moved))
    refuse_unusual(comparison, compiled, inventory, options.pruning)
    proposal = planned(
        compiled,
        comparison,
        target,
        records,
        inventory,
        ReleaseVerb.APPLY,
        wait=options.wait,
        force=force,
        skip_preflight=options.skip_preflight,
        causes=causes,
    )
    is_over = records.newest is None or records.newest.status is ReleaseStatus.SUCCEEDED
    return replace(proposal, resumes=options.resume and not is_over)


def plan_delete(
    compiled: CompiledEnvironment,
    target: Target,
    components: Sequence[str] = (),
    *,
    grace_period_s: int | None = None,
) -> Proposal:
    """Plan what removes objects that are the environment's own; nothing is written.

    Args:
        compiled: The whole environment.
        components: The only ones that are removed, if any are named; the app may have them no
            longer.
        grace_period_s: How long pods may take to stop; ``None`` leaves it to each object.

    Raises:
        AppError: The environment is protected.
        ExternalError: The server does not let us look.
        UsageError: A component is neither in the app nor in what was applied last.
    """
    if span := compiled.environment.protected:
        raise AppError(protected(compiled.environment.name, span, "delete"))
    records = _records(compiled, target, adopt=False)
    releases = releases_of(compiled.environment, target.cluster)
    inventory = inventory_in(compiled.environment, releases, records)
    known = {item.origin.component for item in inventory}
    compiled = selected(compiled, components, also=known)
    compiled = with_runs(compiled, last_applied(releases, records), target.cluster)
    comparison = compare_removal(compiled, target.cluster, left_of(compiled, inventory))
    proposal = planned(
        compiled, comparison, target, records, inventory, ReleaseVerb.DELETE, wait=False
    )
    return replace(proposal, plan=replace(proposal.plan, grace_period_s=grace_period_s))


def carry_out(
    app: AnyApp,
    proposal: Proposal,
    target: Target,
    options: CompileOptions,
    patience: Patience,
    locking: Locking = Locking(),  # noqa: B008  frozen
) -> Iterator[Outcome]:
    """Carry out a plan, record it as a release, and yield what happens.

    Args:
        options: How the environment was compiled; it is compiled again to find secret parameters.
        locking: What to do where somebody else applies the environment.

    Raises:
        ExternalError: The release cannot be recorded, or the target is another one than planned.
    """
    compiled, plan = proposal.compiled, proposal.plan
    live = {change.manifest.ref: change.live for change in proposal.comparison.changes}

    def run(may_write: Callable[[], None]) -> Iterator[Outcome]:
        outcomes = execute(plan, target.cluster, patience, live, may_write)
        return map(_Explaining(plan, Causes(app, compiled, options)).outcome, outcomes)

    newest = proposal.newest
    if proposal.resumes and newest:
        draft = newest
    elif proposal.restores:
        draft = rollback_draft(app, compiled, newest, proposal.restores, proposal.besides)
    elif plan.verb is ReleaseVerb.DELETE:
        draft = deletion_draft(app, compiled, newest, proposal.comparison, proposal.besides)
    else:
        secret = secret_parameters(app, compiled, options)
        draft = draft_of(app, compiled, newest, secret, proposal.besides)
    yield from recorded(run, draft, plan, newest, target.cluster, locking)


class _Explaining:
    """Says of fields that somebody else changed meanwhile which parameters set them."""

    def __init__(self, plan: Plan, causes: Causes) -> None:
        self._manifests = {step.ref: step.manifest for step in plan.steps}
        self._causes = causes

    def outcome(self, found: Outcome) -> Outcome:
        """Return an outcome with the parameter behind a contested field."""
        if not isinstance(found, Failed) or found.finding.rule != CONFLICT:
            return found
        cause = self._causes.of_field(self._manifests[found.ref], found.finding.field)
        return replace(found, finding=with_cause(found.finding, cause))


def wait_for_lock(
    environment: Environment, target: Target, locking: Locking, say: Callable[[str], None]
) -> None:
    """Wait until nobody else applies an environment: what one would do is not known before.

    Args:
        say: Called with a line when there is somebody to wait for.

    Raises:
        ExternalError: Somebody does still, after the time that was said.
    """
    try:
        Lock(target.cluster, environment.namespace, environment.owner, locking).wait(say)
    except ExternalError as error:  # with fewer rights than that, planning says all that is missing
        if any(finding.rule != LOCK_STORE for finding in error.findings):
            raise


def _other_app(environment: Environment, newest: Release) -> Finding:
    """Return the error for an environment whose objects another app of its name has applied."""
    return Finding(
        rule="app-other",
        message=f'another app that is called "{environment.app}" was applied as'
        f' "{environment.name}" to the namespace "{environment.namespace}"',
        notes=(f"release {newest.revision}, by {newest.user}, {newest.started}",),
        hint="give this app another name in app.yaml, or its environment another namespace; if it"
        " is the same app, with a new id: --adopt",
    )


def _taken_back(compiled: CompiledEnvironment, newest: Release | None) -> Finding | None:
    """Return the finding where a rollback has taken back what the files say."""
    if newest is None or newest.verb is not ReleaseVerb.ROLLBACK:
        return None
    return None if is_of(newest, compiled) else rolled_back(newest)


def _check_resumable(compiled: CompiledEnvironment, newest: Release | None) -> None:
    """Check that the newest release is an apply of just what the files say.

    Raises:
        AppError: It is not.
    """
    name = compiled.environment.name
    hint = f"to apply what the files say: kuplet apply {name}"
    if newest is None or newest.verb is not ReleaseVerb.APPLY:
        message = f'there is no apply of "{name}" to go on with'
        raise AppError(Finding(rule="resume-differs", message=message, hint=hint))
    notes = [f"release {newest.revision}, by {newest.user}, {newest.started}"]
    if newest.source.commit:
        notes.append(f"its files: commit {newest.source.commit}")
    said = ", ".join(newest.components) or "everything"
    if set(newest.components) != set(compiled.components):
        message = f"release {newest.revision} of {name} applies {said}, and nothing else can go on"
    elif is_of(newest, compiled):
        return
    else:
        message = f"the files say something else than release {newest.revision} of {name}"
    raise AppError(Finding(rule="resume-differs", message=message, notes=tuple(notes), hint=hint))


def _records(compiled: CompiledEnvironment, target: Target, *, adopt: bool) -> Records:
    """Return the releases that a plan is made on: read before anything is compared.

    Raises:
        ExternalError: Another app of the name made the newest, and nobody said to take its place.
    """
    records = releases_of(compiled.environment, target.cluster).newest()
    newest = records.newest
    if newest is None or adopt:
        return records
    if newest.verb is ReleaseVerb.DELETE and not (newest.components or newest.objects):
        return records  # nothing of the other one is left
    if newest.app_id != compiled.environment.app_id:
        raise ExternalError(_other_app(compiled.environment, newest))
    return records
