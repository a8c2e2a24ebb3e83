"""What there is to say of a comparison besides what differs."""

from dataclasses import replace

from compiler.executor.port import ClusterPort
from compiler.executor.replacing import is_changed_run
from compiler.kinds.readiness import ignores_changes
from compiler.kinds.table import kind_of
from compiler.model.change import Comparison, ObjectChange
from compiler.model.conflict import ConflictPolicy, FieldConflict, Writer
from compiler.model.finding import Finding, Severity
from compiler.model.fit import Cause
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.flow import flow_text
from compiler.stages.words import counted

WITHOUT_EFFECT = "job-finished"
CONFLICT = "field-conflict"
_LONGEST = 60  # of a value that is shown in a line
_CONFLICTS = {
    ConflictPolicy.FAIL: (CONFLICT, Severity.ERROR, "is"),
    ConflictPolicy.LEAVE: ("conflict-left", Severity.NOTE, "stays"),
    ConflictPolicy.TAKE: ("conflict-taken", Severity.NOTE, "is taken: it is"),
}
CONFLICT_RULES = {rule for rule, _, _ in _CONFLICTS.values()}


def without_effect(change: ObjectChange, live: JsonObject, cluster: ClusterPort) -> list[Finding]:
    """Return a warning for a run that is over: its controller ignores a changed spec."""
    ref = change.manifest.ref
    if not is_changed_run(change) or not ignores_changes(live, cluster):
        return []
    message = f"{ref} has finished: changing it starts no new {kind_of(ref).run}"
    hint = "say onChange: run or replace of its component, or give the run a new name"
    origin = change.manifest.origin
    return [
        Finding(
            rule=WITHOUT_EFFECT,
            severity=Severity.WARNING,
            message=message,
            object=str(ref),
            component=origin.component,
            notes=(origin.note,),
            hint=hint,
        )
    ]


def unasked(comparison: Comparison) -> list[Finding]:
    """Return a warning where the server could not be asked what an apply would make of objects."""
    if not comparison.denied:
        return []
    first, many = comparison.denied[0], counted(len(comparison.denied), "object")
    message = (
        f"the server lets us look, but try nothing: {many} compared with what it shows;"
        " what defaults and admission would add is not seen"
    )
    return [
        replace(
            first,
            rule="diff-unasked",
            severity=Severity.WARNING,
            message=message,
            object="",
            component="",
            span=None,
            notes=(first.message,),
        )
    ]


def left_over(change: ObjectChange) -> list[Finding]:
    """Return a warning for fields that the app does not have, and that stay nevertheless."""
    if not change.leftover:
        return []
    origin, fields = change.manifest.origin, ", ".join(change.leftover)
    return [
        Finding(
            rule="field-left",
            severity=Severity.WARNING,
            message=f"{change.manifest.ref} has {fields}, which the app does not have: another tool"
            " wrote that, and no apply removes it",
            object=str(change.manifest.ref),
            component=origin.component,
            notes=(origin.note,),
            hint="write it into the app, or take it over, so that it goes: --adopt",
        )
    ]


def others_object(manifest: Manifest, owner: str) -> Finding:
    """Return the error for an object of another environment that nobody said to take."""
    return Finding(
        rule="object-owned",
        message=f"{manifest.ref} belongs to {owner}",
        object=str(manifest.ref),
        component=manifest.origin.component,
        span=manifest.origin.span,
        notes=(manifest.origin.note,),
        hint='leave it out of one of the two (kuplet/core has the parameter "parts" for that), or'
        " take it: --adopt",
    )


def conflict_finding(manifest: Manifest, conflict: FieldConflict) -> Finding:
    """Return what there is to say of a field that others own with another value."""
    rule, severity, verb = _CONFLICTS[conflict.policy]
    owners = " and ".join(map(owner_words, conflict.owners))
    live, asked = value_words(conflict.live), value_words(conflict.asked)
    origin, reasons = manifest.origin, []
    if conflict.rule:
        reasons.append(f'"{conflict.policy}" is said in {conflict.rule.span}')
    if conflict.scaler:
        reasons.append(f"{conflict.scaler} scales it")
    same = "let the app say the same (kuplet adopt writes it)"
    hint = f"{same}, or take it: --force-conflicts; for good: a rule under"
    return Finding(
        rule=rule,
        severity=severity,
        message=f"{manifest.ref.qualified}: {conflict.path} {verb} {live}, owned by {owners};"
        f" the app says {asked}",
        object=str(manifest.ref),
        component=origin.component,
        field=conflict.path,
        span=origin.span,
        notes=(*reasons, origin.note),
        hint=f'{hint} "conflicts" in the environment' if rule == CONFLICT else "",
    )


def with_cause(finding: Finding, cause: Cause | None) -> Finding:
    """Return a finding about a field with the parameter that sets it, in whose line is anything."""
    if cause is None:
        return finding
    note = f"the app's value is set by {cause.parameter}"
    span = replace(cause.span, excerpt="")
    return replace(finding, span=span, notes=(note, *finding.notes))


def owner_words(owner: Writer) -> str:
    """Return who owns a field, and since when they have written nothing else."""
    part = f" ({owner.subresource})" if owner.subresource else ""
    return f'"{owner.manager}"{part}{f", {owner.time}" if owner.time else ""}'


def value_words(value: JsonValue) -> str:
    """Return a value in a line."""
    if value is None:
        return "nothing"
    text = flow_text(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
