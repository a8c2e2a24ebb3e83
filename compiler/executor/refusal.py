"""Turns an API server's refusal into a finding that says what to do."""

import re

from compiler.executor.port import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, UNPROCESSABLE, ApiError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, list_at
from compiler.stages.validate.api_versions import replacement_hint

_MANAGER = re.compile(r'conflict with "([^"]+)"')
_IMMUTABLE = re.compile(r"is immutable|immutable field|may not be changed|are forbidden")


def refusal(failure: ApiError, manifest: Manifest) -> Finding:
    """Return the finding for a write that the server refused."""
    rule, message, hint = _explanation(failure, manifest)
    notes = [*_cause_notes(failure, is_secret=manifest.ref.kind == "Secret")]
    return Finding(
        rule=rule,
        message=f"{manifest.ref.qualified}: {message}",
        object=str(manifest.ref),
        component=manifest.origin.component,
        span=manifest.origin.span,
        notes=(*notes, manifest.origin.note),
        hint=hint,
    )


def _explanation(failure: ApiError, manifest: Manifest) -> tuple[str, str, str]:
    """Return rule, message and hint."""
    if failure.is_conflict:
        managers = sorted({name for c in failure.causes for name in _MANAGER.findall(c.message)})
        owners = ", ".join(f'"{name}"' for name in managers)
        message = f"fields are owned by {owners or 'another field manager'}"
        return "field-conflict", message, "remove these fields, or take them: --force-conflicts"
    if failure.code == FORBIDDEN and failure.reason == "Forbidden":
        hint = "ask for the right, or use other credentials; see: kubectl auth can-i --list"
        return "cluster-forbidden", failure.message, hint
    if failure.code == UNAUTHORIZED:
        return "cluster-unauthorized", "the credentials are not accepted", "log in again"
    if failure.reason == "NoKindMatch":
        hint = "add its CustomResourceDefinition to this environment, or install it in the cluster"
        old = replacement_hint(manifest.api_version, manifest.ref.kind)
        return "kind-not-served", failure.message, old or hint
    if failure.code == UNPROCESSABLE and _IMMUTABLE.search(failure.message):
        message = "the change touches fields that cannot be changed once the object exists"
        ref = manifest.ref
        scope = f" -n {ref.namespace}" if ref.namespace else ""
        command = f"kubectl delete {ref.kind.lower()} {ref.name}{scope}"
        hint = f"give it another name, or delete it first: {command}"
        return "field-immutable", message, hint
    if failure.code == NOT_FOUND and failure.message.startswith("namespaces "):
        message = f'there is no namespace "{manifest.ref.namespace}"'
        hint = "apply the component that creates it too, or create it: kubectl create namespace"
        return "namespace-missing", message, f"{hint} {manifest.ref.namespace}"
    message = "the server refuses it" if failure.causes else failure.message
    return "object-rejected", message, ""


def _cause_notes(failure: ApiError, *, is_secret: bool) -> list[str]:
    notes: list[str] = []
    for cause in failure.causes:
        # The API server repeats the offending value, which of a Secret must not be shown.
        message = "invalid value" if is_secret and not failure.is_conflict else cause.message
        notes.append(f"{cause.field}: {message}" if cause.field else message)
    return notes


def is_denial(failure: ApiError) -> bool:
    """Return whether the server refuses us, and not only this object."""
    return failure.code == UNAUTHORIZED or (
        failure.code == FORBIDDEN and failure.reason == "Forbidden"
    )


def stuck(manifest: Manifest, live: JsonObject, waited_s: float) -> Finding:
    """Return the finding for an object that does not disappear."""
    names = ", ".join(map(str, list_at(live, "metadata", "finalizers")))
    return Finding(
        rule="delete-timeout",
        message=f"{manifest.ref.qualified} is still there after {waited_s:.0f} s",
        object=str(manifest.ref),
        component=manifest.origin.component,
        notes=(f"finalizers: {names}",) if names else (),
        hint="see what its finalizers wait for, then run the command again",
    )
