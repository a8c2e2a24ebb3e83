"""Says what stops a promotion, and what there is to note of one that goes on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from compiler.model.app import Environment
from compiler.model.change import FieldChange, ParameterDifference
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonValue, same
from compiler.model.promotion import Promotion
from compiler.model.ref import ParameterRef
from compiler.model.release import Release, ReleaseStatus, ReleaseVerb
from compiler.model.source import SourceSpan
from compiler.stages.flow import flow_text
from compiler.stages.model_versions import StatusPlace
from compiler.stages.promotion.promotion import Pins, PromotionPlan, pins_of_files

_DECLARE = "to promotion.copies or promotion.allow of"
_MAX_NAMED = 3
_Key = TypeVar("_Key")


def undeclared_promotion(source: str, target: str) -> Finding:
    """Return the error for an environment that does not say what may be promoted into it."""
    message = f'environment "{target}" does not say what may be promoted into it'
    hint = f"add to its file: promotion: {{from: {source}, copies: [COMPONENT.PARAM]}}"
    return Finding(rule="promotion-missing", message=message, hint=hint)


def other_source(promotion: Promotion, source: str, target: str) -> Finding:
    """Return the error for an environment that takes from another one."""
    message = f'environment "{target}" takes from "{promotion.source}", not from "{source}"'
    return Finding(rule="promotion-source", message=message, span=promotion.span)


def outdated(file: str) -> Finding:
    """Return the error for a file that somebody edited while the promotion was looked at."""
    message = f'"{file}" was edited after the promotion was planned; nothing is written'
    hint = "look at the edit, then promote again"
    return Finding(rule="promotion-outdated", message=message, span=SourceSpan(file), hint=hint)


def frozen(promotion: Promotion, target: str, severity: Severity) -> list[Finding]:
    """Return what there is to say of a freeze, if there is one."""
    if not promotion.freeze:
        return []
    message = f'environment "{target}" is frozen: {promotion.freeze}'
    hint = "remove the freeze from its file first"
    span = promotion.span
    return [
        Finding(rule="promotion-frozen", severity=severity, message=message, span=span, hint=hint)
    ]


def not_released(name: str, newest: Release | None) -> Finding:
    """Return the error for an environment whose newest release does not stand."""
    hint = "apply it first, or take what its files say: --from-files"
    if newest is None:
        message = f'environment "{name}" was never applied'
        return Finding(rule="promotion-unreleased", message=message, hint=hint)
    if newest.verb is ReleaseVerb.DELETE:
        what = ", ".join(newest.components) or "everything"
        message = f'release {newest.revision} of environment "{name}" has deleted {what}'
        return Finding(rule="promotion-unreleased", message=message, hint=hint)
    state = "has failed" if newest.status is ReleaseStatus.FAILED else "is not finished"
    message = f'release {newest.revision} of environment "{name}" {state}'
    notes = (newest.problem,) if newest.problem else ()
    return Finding(rule="promotion-unreleased", message=message, notes=notes, hint=hint)


def unhealthy(name: str, sick: Sequence[str]) -> Finding:
    """Return the error for an environment some of whose objects are gone or not ready."""
    more = f" and {len(sick) - _MAX_NAMED} more" if len(sick) > _MAX_NAMED else ""
    message = f'environment "{name}" is not healthy: {"; ".join(sick[:_MAX_NAMED])}{more}'
    hint = "mend it first, or take what its files say: --from-files"
    return Finding(rule="promotion-unhealthy", message=message, hint=hint)


def stale(name: str, pins: Pins, path: str) -> Finding:
    """Return the note that a release is not what the files say by now."""
    message = f'the files of "{name}" say something else of {path} than release {pins.revision}'
    hint = "what the release says is promoted"
    return Finding(rule="promotion-stale", severity=Severity.NOTE, message=message, hint=hint)


def unknown_version(
    release: Release, ref: ParameterRef, place: StatusPlace, reason: str
) -> Finding:
    """Return the error for a newest version of a model that cannot be found out."""
    return Finding(
        rule="promotion-model",
        message=f'"{ref}" is the newest version, and which one that is in'
        f" {release.environment} is unknown",
        component=ref.component,
        notes=(f"GET {place}: {reason}",),
        hint=f"set {ref} in {release.environment} to a version, or leave it out: --allow {ref}",
    )


def obstacles(plan: PromotionPlan, pins: Pins, source: str, target: str) -> Iterator[Finding]:
    """Yield what stops a promotion, and a note on each image whose digest nobody knows."""
    for change in plan.undeclared:
        yield Finding(
            rule="promotion-undeclared",
            message=f'"{change.path}" differs: {flow_text(change.after)} in {source},'
            f" {flow_text(change.before)} in {target}",
            component=change.ref.component,
            environment=target,
            hint=f"add it {_DECLARE} {target}, or --allow it now",
        )
    for name in plan.undeclared_secret:
        yield Finding(
            rule="promotion-undeclared",
            message=f'"{name}" differs; it is the value of a Secret, so the values are not shown',
            component=name.component,
            environment=target,
            hint=f"add it to promotion.allow of {target}, or --allow it now",
        )
    yield from _one_sided(plan.only_in_source, source, target)
    yield from _one_sided(plan.only_in_target, target, target)
    for name in plan.hidden:
        yield Finding(
            rule="promotion-secret",
            message=f'"{name}" differs; it is the value of a Secret, which is never copied',
            component=name.component,
            environment=target,
            hint=f"take it from promotion.copies of {target}, and add it to promotion.allow",
        )
    for name in plan.ambiguous:
        yield _ambiguous(name, pins, source)
    for change in plan.parameters:
        if change.ref in plan.unpinned:
            yield _unpinned(change, source)
        if reasons := pins.unproven.get(change.ref.component):
            yield _unproven(change, reasons, source)


def behind(plan: PromotionPlan, source: str, target: str) -> Iterator[Finding]:
    """Yield a finding for all that the target lacks."""
    changes: list[FieldChange | ParameterDifference] = [*plan.parameters, *plan.packages]
    for change in changes:
        yield Finding(
            rule="promotion-behind",
            message=f'"{change.path}" is {flow_text(change.before)}, in {source} it is'
            f" {flow_text(change.after)}",
            environment=target,
            hint=f"kuplet promote {source} {target}",
        )


def invalid(target: str) -> Finding:
    """Return the error that says what the findings after it are about."""
    message = f'environment "{target}" would be invalid after this promotion, so nothing is written'
    notes = ("the findings below are about the files as they would be then",)
    return Finding(rule="promotion-invalid", message=message, environment=target, notes=notes)


def missed(plan: PromotionPlan, found: Environment) -> Iterator[Finding]:
    """Yield a finding for everything that the edited file does not give the target after all."""
    pins = pins_of_files(found)
    paths = [
        *(item.path for item in plan.parameters if not _has(pins.parameters, item.ref, item.after)),
        *(item.path for item in plan.packages if not _has(pins.packages, item.path, item.after)),
    ]
    for path in paths:
        yield Finding(
            rule="edit-refused",
            message=f'"{path}" would not get the value that is promoted',
            environment=found.name,
            hint="edit the file by hand",
        )


def _one_sided(components: tuple[str, ...], place: str, target: str) -> Iterator[Finding]:
    for name in components:
        yield Finding(
            rule="promotion-undeclared",
            message=f'"{name}" is only in {place}',
            component=name,
            environment=target,
            hint=f'add "{name}.*" {_DECLARE} {target}, or --allow "{name}.*" now',
        )


def _ambiguous(name: ParameterRef, pins: Pins, source: str) -> Finding:
    image = str(pins.parameters[name])
    return Finding(
        rule="promotion-image",
        message=f'"{name}" is {image}, which is not the same image in all pods of {source}',
        component=name.component,
        notes=tuple(f"{digest} in pod {pod}" for digest, pod in sorted(pins.images[image].items())),
        hint=f"remove the pods of the wrong one, or copy the tag as it is: --allow {name}",
    )


def _unpinned(change: ParameterDifference, source: str) -> Finding:
    component, name = change.ref.component, change.ref.name
    return Finding(
        rule="promotion-image",
        severity=Severity.NOTE,
        message=f'no pod of {source} says which digest {change.after} has: "{change.path}" gets'
        " the tag alone",
        component=component,
        hint=f"to pin it: kuplet param set {component} {name} {change.after} --env {source}"
        " --resolve-image",
    )


def _unproven(change: ParameterDifference, reasons: Sequence[str], source: str) -> Finding:
    return Finding(
        rule="promotion-unproven",
        message=f'"{change.path}" is {flow_text(change.after)} in {source}, and no run there has'
        " come to its end with that",
        component=change.ref.component,
        notes=tuple(reasons),
        hint=f"wait until it is completed (kuplet runs {source}), or take what the files say:"
        " --from-files",
    )


def _has(values: Mapping[_Key, JsonValue], key: _Key, wanted: JsonValue) -> bool:
    return key in values and same(values[key], wanted)
