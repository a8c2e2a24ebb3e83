"""Plans a promotion, and carries it out: the file of the target, and a commit if one is wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from compiler.errors import AppError, UsageError
from compiler.model.app import App
from compiler.model.finding import Finding, Severity
from compiler.model.promotion import Promoted, Promotion
from compiler.stages.promotion.findings import (
    behind,
    frozen,
    obstacles,
    other_source,
    outdated,
    undeclared_promotion,
)
from compiler.stages.promotion.names import check_promotion, unknown_selection
from compiler.stages.promotion.promotion import (
    Pins,
    PromotionPlan,
    PromotionRequest,
    Selection,
    pins_of_files,
    plan_promotion,
    promotion_of,
)
from compiler.stages.promotion.words import commit_message
from compiler.text.files import read_exactly
from compiler.verbs.compile import compile_environment, resolve_environment
from compiler.verbs.promote.commit import check_committable, write_promotion
from compiler.verbs.promote.effect import PromotionEffect, promotion_effect, with_packages
from compiler.verbs.promote.pins import released_pins, rollback_noted
from compiler.verbs.record import promoter
from compiler.verbs.secret_parameters import secret_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionOptions:
    """What a user may say about one promotion.

    Attributes:
        selection: What of it is wanted.
        is_from_files: Whether what the files of the source say is taken, applied or not.
        is_check: Whether it is an error if the target lacks anything; a freeze is none then.
        rehearse: Whether the sandbox stands in for the source's cluster.
    """

    selection: Selection = field(default_factory=Selection)
    is_from_files: bool = False
    is_check: bool = False
    rehearse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPromotion:
    """A promotion that nothing stops.

    Attributes:
        effect: What it would write, and what that does; nothing when the plan is empty.
        promoted: What the target's file will name as brought into it last.
        findings: What there is to note.
    """

    target: str
    plan: PromotionPlan
    effect: PromotionEffect
    promoted: Promoted
    findings: tuple[Finding, ...]

    @property
    def where(self) -> str:
        """What is taken from, in words."""
        source, revision = self.promoted.source, self.promoted.revision
        return f"release {revision} of {source}" if revision else f"the files of {source}"


def plan_promotion_of(
    app: App,
    source: str,
    target: str,
    options: PromotionOptions,
    on_progress: Callable[[str], None],
) -> PlannedPromotion:
    """Plan what brings what ``source`` runs into ``target``; nothing is written.

    Args:
        on_progress: Is told what takes long.

    Raises:
        AppError: Something stops it; the findings say all of it.
        UsageError: The selection names what is not there.
        ExternalError: The cluster of the source cannot be used.
    """
    request = _request(app, source, target, options.selection)
    severity = Severity.NOTE if options.is_check else Severity.ERROR
    findings = [*frozen(request.promotion, target, severity), *check_promotion(app, target)]
    _stop_at_errors(findings)
    pins, found = _pins(app, source, request, options, on_progress)
    request = with_packages(app, request, pins)
    plan = plan_promotion(request, pins)
    findings += [*found, *obstacles(plan, pins, source, target)]
    if options.is_check:
        findings += behind(plan, source, target)
        findings += rollback_noted(app, target, on_progress, rehearse=options.rehearse)
    _stop_at_errors(findings)
    promoted = Promoted(
        source=source,
        revision=pins.revision,
        commit=pins.commit,
        is_dirty=pins.is_dirty,
        by=promoter(app.root),
        is_from_files=options.is_from_files,
    )
    return PlannedPromotion(
        target=target,
        plan=plan,
        effect=_effect(app, request, plan, promoted, findings),
        promoted=promoted,
        findings=tuple(findings),
    )


def carry_out(
    app: App, planned: PlannedPromotion, *, commit: bool = False, branch: str = ""
) -> str:
    """Write the target's file; commit it alone, if that is wanted.

    Args:
        branch: A new git branch for the commit; without one it goes to the one checked out.

    Returns:
        What was done, for people.

    Raises:
        AppError: The file has edits that the commit would take along, or was edited since the plan.
        UsageError: Git refuses; file and branch stay as they were.
        ExternalError: There is no git; the same.
    """
    for file, text in planned.effect.replaced.items():
        if read_exactly(app.root / file, app.root) != text:
            raise AppError(outdated(file))
    message = ""
    if commit or branch:
        check_committable(app.root, planned.target)
        message = commit_message(planned.plan, planned.promoted, planned.target)
    return write_promotion(app.root, planned.effect.texts, branch, message)


def _request(app: App, source: str, target: str, selection: Selection) -> PromotionRequest:
    promotion = _declared(app, source, target)
    compiled = compile_environment(app, target)
    return PromotionRequest(
        promotion=promotion,
        target=compiled.environment,
        secret=secret_parameters(app, compiled),
        selection=selection,
    )


def _declared(app: App, source: str, target: str) -> Promotion:
    """Return what may be brought from ``source`` into ``target``, whether or not it is frozen."""
    promotion = promotion_of(app, target)
    if promotion is None:
        raise AppError(undeclared_promotion(source, target))
    if promotion.source and promotion.source != source:
        raise AppError(other_source(promotion, source, target))
    return promotion


def _pins(
    app: App,
    source: str,
    request: PromotionRequest,
    options: PromotionOptions,
    on_progress: Callable[[str], None],
) -> tuple[Pins, list[Finding]]:
    """Return what the source runs, once it is known that the selection names what is there."""
    files = resolve_environment(app, source)
    if options.is_from_files:
        compiled = compile_environment(app, source)
        pins, found = pins_of_files(files, secret_parameters(app, compiled)), list[Finding]()
    else:
        rehearse = options.rehearse
        pins, found = released_pins(app, source, request, on_progress, rehearse=rehearse)
    if unknown := list(unknown_selection(request, pins, files)):
        raise UsageError(*unknown)
    return pins, found


def _effect(
    app: App,
    request: PromotionRequest,
    plan: PromotionPlan,
    promoted: Promoted,
    notes: Sequence[Finding],
) -> PromotionEffect:
    if plan.is_empty:
        return PromotionEffect()
    try:
        return promotion_effect(app, request, plan, promoted)
    except AppError as error:
        raise AppError(*error.findings, *notes) from error


def _stop_at_errors(findings: Sequence[Finding]) -> None:
    if any(finding.is_error for finding in findings):
        raise AppError(*findings)
