"""Makes a plan of a comparison, whatever it is for: what is asked before, and what refuses it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from compiler.errors import AppError, ExternalError
from compiler.executor.applyset import ApplySet
from compiler.executor.releases import Records
from compiler.executor.remarks import WITHOUT_EFFECT
from compiler.model.change import Comparison
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest
from compiler.model.plan import Plan
from compiler.model.release import Release, ReleaseVerb
from compiler.stages.plan import PlanSettings, build_plan
from compiler.stages.release import shown_digest
from compiler.verbs.causes import Causes
from compiler.verbs.destination import Target
from compiler.verbs.inventory import (
    besides,
)
from compiler.verbs.quotas import check_quotas
from compiler.verbs.refusals import with_parameters
from compiler.verbs.rights import check_rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that was made just now.

    Attributes:
        comparison: What it is made from, with the live objects as they were.
        newest: The release that it was made on.
        besides: What else of the environment may be in the cluster.
        damaged: Records of later releases, which cannot be read.
        restores: What the earlier release says that a rollback brings back.
        resumes: Whether it goes on with the newest release, and no other one begins.
    """

    compiled: CompiledEnvironment
    comparison: Comparison
    plan: Plan
    newest: Release | None
    besides: tuple[Manifest, ...] = ()
    damaged: tuple[Finding, ...] = ()
    restores: Release | None = None
    resumes: bool = False


def planned(  # noqa: PLR0913  all that a plan is made of
    compiled: CompiledEnvironment,
    comparison: Comparison,
    target: Target,
    records: Records,
    inventory: Sequence[Manifest],
    verb: ReleaseVerb,
    *,
    wait: bool,
    force: bool = False,
    skip_preflight: bool = False,
    causes: Causes | None = None,
) -> Proposal:
    """Return the plan for what a comparison has found.

    Args:
        records: The releases that it is made on.
        inventory: What the environment has by them.

    Raises:
        AppError: The server refused some of the objects in the dry run, or what changes is a run
            that is over.
        ExternalError: It refused us, or could not do it whatever the app says, or another tool
            keeps what is to be written.
    """
    if not skip_preflight:
        unseen = check_rights(compiled, comparison, target.cluster, verb)
        comparison = replace(comparison, findings=(*comparison.findings, *unseen))
    _refuse_findings(with_parameters(comparison, causes) if causes else comparison)
    if verb is not ReleaseVerb.DELETE and not skip_preflight:
        room = check_quotas(compiled, comparison, target.cluster, causes)
        comparison = replace(comparison, findings=(*comparison.findings, *room))
    if verb is not ReleaseVerb.DELETE:
        environment = compiled.environment
        ApplySet(target.cluster, environment.namespace, environment.owner).check()
    settings = PlanSettings(
        verb=verb,
        target=target.identity,
        destination=target.words,
        after=records.last,
        digest=shown_digest(compiled, records.newest.salt if records.newest else ""),
        wait=wait,
        force=force,
    )
    return Proposal(
        compiled=compiled,
        comparison=comparison,
        plan=build_plan(compiled, comparison, settings),
        newest=records.newest,
        damaged=records.damaged,
        besides=besides(compiled, comparison, inventory),
    )


def _refuse_findings(comparison: Comparison) -> None:
    useless = [item for item in comparison.findings if item.rule == WITHOUT_EFFECT]
    if useless:
        raise AppError(*(replace(item, severity=Severity.ERROR) for item in useless))
    if comparison.denied:
        raise ExternalError(*comparison.denied)
    if any(finding.is_error for finding in comparison.findings):
        refused = ExternalError if comparison.is_external else AppError
        raise refused(*comparison.findings)
