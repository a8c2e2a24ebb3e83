"""Lets the cluster itself judge an environment: dry runs of all objects and of their pods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from compiler.errors import AppError
from compiler.executor.remarks import unasked
from compiler.executor.trial import tried_pods
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.kinds.definitions import WEBHOOKS, crd_kind, is_crd
from compiler.kinds.table import kind_of
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import ObjectRef
from compiler.stages.words import counted
from compiler.verbs.apply import compare
from compiler.verbs.causes import Causes, with_causes
from compiler.verbs.destination import Target
from compiler.verbs.quotas import check_quotas
from compiler.verbs.refusals import led

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a cluster says of an environment.

    Attributes:
        is_external: Whether what it refuses is no fault of the app: rights, quotas, a webhook that
            does not answer.
    """

    findings: tuple[Finding, ...]
    is_external: bool = False


def check_admission(
    app: AnyApp, compiled: CompiledEnvironment, target: Target, options: CompileOptions
) -> Admission:
    """Return what a cluster objects to in what is selected, and what it could not be asked.

    Nothing is written.

    Args:
        options: What the environment was compiled with.

    Raises:
        ExternalError: The cluster does not answer.
    """
    causes = Causes(app, compiled, options)
    asked = replace(target, asks=True)  # the server shall judge
    comparison = with_causes(compare(compiled, asked), causes)
    trials = tried_pods(target.cluster, comparison)
    refusals = [*comparison.refusals, *(each for _, trial in trials for each in trial.refusals)]
    told = {item.finding for item in comparison.refusals}
    untried: dict[str, list[ObjectRef]] = {}
    for manifest, trial in trials:
        if trial.untried:
            untried.setdefault(trial.untried, []).append(manifest.ref)
    found = [
        *led(refusals, causes),
        *(item for item in comparison.findings if item not in told),
        *unasked(comparison),
        *_unchecked(comparison),
        *(_unchecked_pods(reason, refs) for reason, refs in untried.items()),
    ]
    room, is_too_much = _room(compiled, comparison, target, causes)
    found += room
    is_app_wrong = is_too_much or any(
        item.is_error for item in comparison.findings if item not in told
    )
    is_app_wrong = is_app_wrong or any(not item.is_external for item in refusals)
    named = (replace(item, environment=compiled.environment.name) for item in found)
    return Admission(findings=tuple(dict.fromkeys(named)), is_external=not is_app_wrong)


def _room(
    compiled: CompiledEnvironment, comparison: Comparison, target: Target, causes: Causes
) -> tuple[tuple[Finding, ...], bool]:
    """Return what quotas have no room for, and whether something can never be there."""
    try:
        return check_quotas(compiled, comparison, target.cluster, causes), False
    except AppError as error:
        return error.findings, True


def _unchecked(comparison: Comparison) -> Iterator[Finding]:
    """Yield what the server could not be asked, by what it lacks for that."""
    lacking: dict[str, list[ObjectRef]] = {}
    for change in comparison.changes:
        if change.has_left or change.has_ended:
            continue
        if reason := _reason(change, comparison):
            lacking.setdefault(reason, []).append(change.manifest.ref)
    for reason, refs in lacking.items():
        yield _notice(f"{_named(refs)} could not be checked: {reason}", refs)
    kinds = {
        (item.manifest.ref.group, item.manifest.ref.kind)
        for item in comparison.changes
        if not item.is_unchecked
    }
    for change in comparison.changes:
        if message := _silent(change, kinds):
            yield _notice(message, [change.manifest.ref])


def _reason(change: ObjectChange, comparison: Comparison) -> str:
    """Return why the server was not asked about an object; empty if it was."""
    if change.action is Action.REPLACE and not change.keeps_pods:
        return "it takes the place of one that must go before"
    if not change.is_unchecked:
        return ""
    ref = change.manifest.ref
    for other in comparison.changes:
        if is_crd(other.manifest) and crd_kind(other.manifest) == (ref.group, ref.kind):
            return f"{other.manifest.ref} {_state(other)}"
    return f"Namespace/{ref.namespace} is not there yet"


def _silent(change: ObjectChange, kinds: set[tuple[str, str]]) -> str:
    """Return what does not judge yet, or not by what the app says; empty for all else."""
    if change.has_left or change.action is Action.KEEP or change.is_unchecked:
        return ""
    ref = change.manifest.ref
    if is_crd(change.manifest):
        if crd_kind(change.manifest) not in kinds:
            return ""  # that is the reason of its objects
        return f"{ref} {_state(change)}: its objects were checked by that"
    if ref.group == WEBHOOKS or kind_of(ref).is_limit:
        return f"{ref} {_state(change)}: what it will refuse could not be checked"
    return ""


def _state(change: ObjectChange) -> str:
    return "is not there yet" if change.action is Action.CREATE else "is still as it was"


def _unchecked_pods(reason: str, refs: Sequence[ObjectRef]) -> Finding:
    return _notice(f"the pods of {_named(refs)} could not be tried: {reason}", refs)


def _named(refs: Sequence[ObjectRef]) -> str:
    return str(refs[0]) if len(refs) == 1 else counted(len(refs), "object")


def _notice(message: str, refs: Sequence[ObjectRef]) -> Finding:
    more = [f"… {len(refs) - _MOST_NAMED} more"] if len(refs) > _MOST_NAMED else []
    return Finding(
        rule="server-unchecked",
        severity=Severity.WARNING,
        message=message,
        object=str(refs[0]) if len(refs) == 1 else "",
        notes=(*map(str, refs[:_MOST_NAMED]), *more) if len(refs) > 1 else (),
        hint="an apply finds out; to try it without harm: kuplet apply ENVIRONMENT --sandbox",
    )
