"""Writes a plan as a document, and reads it back. Values of Secrets are not in it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from compiler.errors import AppError
from compiler.model.app import KEPT_RELEASES, Goal
from compiler.model.change import Action, FieldChange
from compiler.model.conflict import FieldConflict
from compiler.model.dag import Barrier, Dependency
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    Origin,
    list_at,
    manifest_of,
    mapping_at,
    objects_at,
    text_at,
)
from compiler.model.owner import Owner
from compiler.model.plan import Plan, Seen, Step, TargetIdentity
from compiler.model.release import ReleaseVerb
from compiler.model.secret import looks_secret, masked
from compiler.model.source import SourceSpan

API_VERSION = "kuplet.dev/v1"
KIND = "PlanFile"


def plan_document(plan: Plan) -> JsonObject:
    """Return all of a plan but the values of its Secrets, as JSON."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "verb": plan.verb.value,
        "app": plan.app,
        "environment": plan.environment,
        "destination": plan.destination,
        "target": {
            "server": plan.target.server,
            "ca": plan.target.ca,
            "namespace": plan.target.namespace,
        },
        "owner": {
            "app": plan.owner.app,
            "environment": plan.owner.environment,
            "appId": plan.owner.app_id,
        },
        "after": plan.after,
        "digest": plan.digest,
        "gracePeriodSeconds": plan.grace_period_s,
        "keep": plan.keep,
        "steps": [_step_document(step) for step in plan.steps],
        "barriers": [_barrier_document(barrier) for barrier in plan.barriers],
    }


def plan_of(document: JsonObject, secrets: Iterable[Manifest] = ()) -> Plan:
    """Return the plan that a document describes.

    Args:
        secrets: The Secrets of a compile with the plan's digest, for the values that the document
            lacks.

    Raises:
        AppError: It is no plan, or a Secret is missing or another one than was planned.
    """
    if (document.get("apiVersion"), document.get("kind")) != (API_VERSION, KIND):
        raise _bad("this is no plan of this version of kuplet")
    known = {manifest.ref: manifest for manifest in secrets}
    try:
        return Plan(
            verb=ReleaseVerb(text_at(document, "verb")),
            app=text_at(document, "app"),
            environment=text_at(document, "environment"),
            destination=text_at(document, "destination"),
            target=TargetIdentity(
                server=text_at(document, "target", "server"),
                ca=text_at(document, "target", "ca"),
                namespace=text_at(document, "target", "namespace"),
            ),
            owner=Owner(
                *(text_at(document, "owner", key) for key in ("app", "environment", "appId"))
            ),
            after=_number(document.get("after")) or 0,
            digest=text_at(document, "digest"),
            grace_period_s=_number(document.get("gracePeriodSeconds")),
            keep=_number(document.get("keep")) or KEPT_RELEASES,
            steps=tuple(_step_of(item, known) for item in objects_at(document, "steps")),
            barriers=tuple(map(_barrier_of, objects_at(document, "barriers"))),
        )
    except (KeyError, ValueError) as error:
        raise _bad(f"the plan says something that it cannot: {error}") from error


def _step_document(step: Step) -> JsonObject:
    return {
        "action": step.action.value,
        "object": masked(step.manifest.body),
        "origin": _origin_document(
            step.manifest.origin, is_secret=looks_secret(step.manifest.body)
        ),
        "seen": {"uid": step.seen.uid, "resourceVersion": step.seen.resource_version}
        if step.seen
        else None,
        "until": str(step.until),
        "force": step.is_forced,
        "why": step.why,
        "last": step.is_last,
        "ended": step.has_ended,
        "keepsPods": step.keeps_pods,
        "generates": list(step.generates),
        "leftover": list(step.leftover),
        "scaler": step.scaler,
        "conflicts": [conflict_document(item) for item in step.conflicts],
        "needs": [_need_document(need) for need in step.needs],
        "fields": [
            {"path": item.path, "before": item.before, "after": item.after} for item in step.fields
        ],
    }


def conflict_document(conflict: FieldConflict) -> JsonObject:
    """Return what is done about a field that others own, as every JSON output writes it."""
    cause = conflict.cause
    return {
        "path": conflict.path,
        "policy": conflict.policy.value,
        "managers": [
            {"manager": item.manager, "time": item.time, "subresource": item.subresource}
            for item in conflict.owners
        ],
        "live": conflict.live,
        "app": conflict.asked,
        "rule": str(conflict.rule.span) if conflict.rule else "",
        "scaler": conflict.scaler,
        "parameter": {
            "name": str(cause.parameter),
            "file": cause.span.file,
            "line": cause.span.line,
            "column": cause.span.column,
        }
        if cause
        else None,
    }


def _step_of(item: JsonObject, secrets: Mapping[ObjectRef, Manifest]) -> Step:
    manifest = manifest_of(mapping_at(item, "object"), _origin_of(mapping_at(item, "origin")))
    action = Action(text_at(item, "action"))
    if looks_secret(manifest.body) and (manifest.ref in secrets or action is not Action.DELETE):
        manifest = _with_values(manifest, secrets)
    seen = mapping_at(item, "seen")
    return Step(
        manifest=manifest,
        action=action,
        seen=Seen(uid=text_at(seen, "uid"), resource_version=text_at(seen, "resourceVersion"))
        if seen
        else None,
        until=Goal[text_at(item, "until").upper()],
        is_forced=item.get("force") is True,
        why=text_at(item, "why"),
        is_last=item.get("last") is True,
        has_ended=item.get("ended") is True,
        keeps_pods=item.get("keepsPods") is True,
        generates=tuple(map(str, list_at(item, "generates"))),
        leftover=tuple(map(str, list_at(item, "leftover"))),
        scaler=text_at(item, "scaler"),
        needs=tuple(_need_of(need, manifest.ref) for need in objects_at(item, "needs")),
        fields=tuple(
            FieldChange(
                path=text_at(field, "path"), before=field.get("before"), after=field.get("after")
            )
            for field in objects_at(item, "fields")
        ),
    )


def _with_values(manifest: Manifest, secrets: Mapping[ObjectRef, Manifest]) -> Manifest:
    """Return a Secret with its values.

    Raises:
        AppError: There is none, or another one.
    """
    whole = secrets.get(manifest.ref)
    if whole is None:
        raise _bad(f"the plan needs the values of {manifest.ref.qualified}")
    if not same(masked(whole.body), manifest.body):
        raise _bad(f"{manifest.ref.qualified} is another one than was planned")
    return whole


def _origin_document(origin: Origin, *, is_secret: bool) -> JsonObject:
    return {
        "component": origin.component,
        "file": origin.file,
        "path": origin.path,
        "span": _span_document(origin.span, is_secret=is_secret),
    }


def _origin_of(item: JsonObject) -> Origin:
    return Origin(
        component=text_at(item, "component"),
        file=text_at(item, "file"),
        path=text_at(item, "path"),
        span=_span_of(mapping_at(item, "span")),
    )


def _need_document(need: Dependency) -> JsonObject:
    return {
        "object": _ref_document(need.needed),
        "until": str(need.until),
        "reason": need.reason,
        "span": _span_document(need.span),
        "soft": need.is_soft,
    }


def _need_of(item: JsonObject, dependent: ObjectRef) -> Dependency:
    return Dependency(
        dependent=dependent,
        needed=_ref_of(item.get("object")),
        until=Goal[text_at(item, "until").upper()],
        reason=text_at(item, "reason"),
        span=_span_of(mapping_at(item, "span")),
        is_soft=item.get("soft") is True,
    )


def _barrier_document(barrier: Barrier) -> JsonObject:
    return {
        "dependents": [_ref_document(ref) for ref in barrier.dependents],
        "needed": [_ref_document(ref) for ref in barrier.needed],
        "until": str(barrier.until),
        "reason": barrier.reason,
        "span": _span_document(barrier.span),
        "soft": barrier.is_soft,
    }


def _barrier_of(item: JsonObject) -> Barrier:
    return Barrier(
        dependents=tuple(map(_ref_of, list_at(item, "dependents"))),
        needed=tuple(map(_ref_of, list_at(item, "needed"))),
        until=Goal[text_at(item, "until").upper()],
        reason=text_at(item, "reason"),
        span=_span_of(mapping_at(item, "span")),
        is_soft=item.get("soft") is True,
    )


def _ref_document(ref: ObjectRef) -> JsonValue:
    return [ref.group, ref.kind, ref.namespace, ref.name]


def _ref_of(value: JsonValue) -> ObjectRef:
    """Return an identity.

    Raises:
        ValueError: It has another number of parts.
    """
    group, kind, namespace, name = map(str, value if isinstance(value, list) else ())
    return ObjectRef(group, kind, namespace, name)


def _span_document(span: SourceSpan | None, *, is_secret: bool = False) -> JsonValue:
    if span is None:
        return None
    return {**asdict(span), "excerpt": "" if is_secret else span.excerpt}


def _span_of(item: JsonObject) -> SourceSpan | None:
    if not item:
        return None
    line, column, end_column = (
        _number(item.get(name)) or 0 for name in ("line", "column", "end_column")
    )
    return SourceSpan(text_at(item, "file"), line, column, end_column, text_at(item, "excerpt"))


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _bad(message: str) -> AppError:
    return AppError(Finding(rule="plan-file", message=message, hint="make the plan again"))
