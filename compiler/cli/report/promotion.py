"""Renders a promotion: what stops it, what it copies, the message of its commit."""

from collections.abc import Iterator

from compiler.cli.report.diff import environments_text
from compiler.model.change import FieldChange, ParameterDifference
from compiler.model.finding import Finding, Severity
from compiler.model.promotion import Promoted, Promotion
from compiler.model.ref import ParameterRef
from compiler.stages.diff import compare_environments
from compiler.stages.promotion.promotion import Pins, PromotionPlan
from compiler.stages.words import counted
from compiler.text.yaml_edit import flow_text
from compiler.verbs.promote import PromotionEffect

_DECLARE = "to promotion.copies or promotion.allow of"


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


def plan_text(plan: PromotionPlan, effect: PromotionEffect, where: str, target: str) -> str:
    """Return what is copied, and the objects that change."""
    pairs = compare_environments(effect.before, effect.after)
    lines = [f"promote {where} to {target}", *_change_lines(plan), ""]
    lines.append(f"changes in {target}: {counted(len(pairs), 'object')}")
    return "\n".join(lines) + "\n" + environments_text(pairs)


def commit_message(plan: PromotionPlan, promoted: Promoted, target: str) -> str:
    """Return the message of a promotion's commit; it lists the pins."""
    release = f" release {promoted.revision}" if promoted.revision else ""
    lines = "\n".join(line.strip() for line in _change_lines(plan))
    return f"Promote {promoted.source}{release} to {target}\n\n{lines}\n"


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


def _change_lines(plan: PromotionPlan) -> list[str]:
    changes: list[tuple[str, FieldChange | ParameterDifference]] = [
        *(("", change) for change in plan.parameters),
        *(("package ", change) for change in plan.packages),
    ]
    return [
        f"  {kind}{change.path}: {flow_text(change.before)} → {flow_text(change.after)}"
        for kind, change in changes
    ]
