"""Makes a plan that can be reviewed and carried out later, and holds a new one against it."""

import json
from pathlib import Path

from compiler.errors import AppError
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.stages.plan_document import plan_document
from compiler.stages.plan_file import PlanFile, moved, plan_file_of, refusals
from compiler.stages.release import shown_digest
from compiler.text.reading import read_named
from compiler.verbs.apply import ApplyOptions
from compiler.verbs.proposal import Proposal
from compiler.versions import version_of


def plan_file(proposal: Proposal, compiled: CompiledEnvironment, options: ApplyOptions) -> PlanFile:
    """Return a plan as a file. No value of a Secret is in it.

    Args:
        compiled: What the app's files say, before the cluster is asked.
    """
    return PlanFile(
        document=plan_document(proposal.plan),
        components=compiled.components,
        digest=_digest(proposal, compiled),
        tool=_tool(),
        options=options.flags,
    )


def read_plan_file(path: Path) -> PlanFile:
    """Return the plan in a file.

    Raises:
        AppError: There is none in it.
    """
    try:
        document = json.loads(read_named(path))
    except (ValueError, RecursionError) as error:
        finding = Finding(rule="plan-file", message=f'"{path}" is no plan: {error}')
        raise AppError(finding) from error
    return plan_file_of(document if isinstance(document, dict) else {})


def held_against(
    file: PlanFile, proposal: Proposal, compiled: CompiledEnvironment, *, accept_drift: bool
) -> tuple[Finding, ...]:
    """Return what has moved since a plan was reviewed, which somebody accepts.

    Args:
        proposal: What would be done now.
        compiled: What the app's files say now, before the cluster is asked.

    Raises:
        AppError: The files have changed, it is for another target, or something has moved and
            nobody accepts that.
    """
    found = (*refusals(file, proposal.plan, _digest(proposal, compiled), _tool()),)
    drift = (*moved(file, proposal.plan),)
    if found or (drift and not accept_drift):
        raise AppError(*found, *drift)
    return tuple(
        Finding(rule=item.rule, severity=Severity.WARNING, message=item.message, object=item.object)
        for item in drift
    )


def _digest(proposal: Proposal, compiled: CompiledEnvironment) -> str:
    return shown_digest(compiled, proposal.newest.salt if proposal.newest else "")


def _tool() -> str:
    return f"kuplet {version_of('kuplet')}"
