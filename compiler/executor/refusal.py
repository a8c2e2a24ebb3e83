"""Turns an API server's refusal into a finding that says what to do."""

import re
from typing import TypeAlias

from compiler.executor.port import (
    FORBIDDEN,
    NOT_FOUND,
    TRY_LATER,
    UNAUTHORIZED,
    UNPROCESSABLE,
    ApiError,
    Cause,
)
from compiler.model.change import Refusal, RefusedPart
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, list_at
from compiler.stages.diff import path_in
from compiler.stages.validate.api_versions import replacement_hint
from compiler.stages.words import deletion

# The second: nobody may give others rights that are not their own.
_NO_RIGHT = re.compile(r'User ".*" cannot \w+ |grant RBAC permissions not currently held')
_MAX_LINES = 6  # of a message: rights that somebody lacks are a line each
_QUOTA = "exceeded quota: "
UNSAID = "the server refuses it"  # beside the parts that say why
_UNCOUNTED = "status unknown for quota: "  # of a new quota, until its controller has counted
_WEBHOOK = re.compile(r'failed calling webhook "([^"]+)": (.*)', re.DOTALL)
_IMMUTABLE = re.compile(r"is immutable|immutable field|may not be changed|are forbidden")

_Explanation: TypeAlias = tuple[str, str, str]  # rule, message, hint


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


def refused(failure: ApiError, manifest: Manifest) -> Refusal:
    """Return a write that the server refused, with the fields that it is about."""
    is_secret = manifest.ref.kind == "Secret"
    return Refusal(
        manifest=manifest,
        finding=refusal(failure, manifest),
        parts=tuple(
            RefusedPart(
                message=_cause_message(failure, cause, is_secret=is_secret),
                paths=(path_in(manifest.body, cause.field.lstrip(".")),) if cause.field else (),
            )
            for cause in failure.causes
        ),
        is_external=is_external(failure),
    )


def _explanation(failure: ApiError, manifest: Manifest) -> _Explanation:
    return (
        _of_others(failure)
        or _of_rights(failure)
        or _of_the_cluster(failure, manifest)
        or _of_the_app(failure, manifest)
    )


def _of_others(failure: ApiError) -> _Explanation | None:
    """Explain that fields belong to somebody else."""
    if not failure.is_conflict:
        return None
    owners = ", ".join(f'"{name}"' for name in sorted(failure.managers))
    message = f"fields are owned by {owners or 'another field manager'}"
    return "field-conflict", message, "remove these fields, or take them: --force-conflicts"


def _of_rights(failure: ApiError) -> _Explanation | None:
    """Explain that we are not allowed to."""
    if failure.code == UNAUTHORIZED:
        return "cluster-unauthorized", "the credentials are not accepted", "log in again"
    if not is_without_right(failure):
        return None
    hint = "ask for the right, or use other credentials; see: kubectl auth can-i --list"
    return "cluster-forbidden", _shortened(failure.message), hint


def _shortened(message: str) -> str:
    lines = message.splitlines()
    more = [f"… {len(lines) - _MAX_LINES} more lines"] if len(lines) > _MAX_LINES else []
    return "\n".join([*lines[:_MAX_LINES], *more])


def _of_the_cluster(failure: ApiError, manifest: Manifest) -> _Explanation | None:
    """Explain that the cluster is in no state to take it, whatever the app says."""
    namespace = manifest.ref.namespace
    if _is_terminating(failure):
        hint = f"wait until it is gone: kubectl wait --for=delete namespace/{namespace}"
        message = f'the namespace "{namespace}" is being deleted'
        return "namespace-terminating", message, hint
    if _QUOTA in failure.message:
        message = _QUOTA + failure.message.partition(_QUOTA)[2]
        hint = f"ask for less, or for more quota; see: kubectl describe quota -n {namespace}"
        return "quota-exceeded", message, hint
    if _UNCOUNTED in failure.message:
        message = _UNCOUNTED + failure.message.partition(_UNCOUNTED)[2]
        hint = "the cluster has not counted yet what it uses: try again in a moment"
        return "cluster-failed", message, hint
    webhook = _WEBHOOK.search(failure.message)
    if webhook:
        name, problem = webhook.groups()
        message = f'the admission webhook "{name}" does not answer, so nothing passes it: {problem}'
        return "webhook-unavailable", message, "bring the webhook's server up, then apply again"
    if failure.is_trouble:
        return "cluster-failed", failure.message, TRY_LATER
    return None


def _of_the_app(failure: ApiError, manifest: Manifest) -> _Explanation:
    """Explain what is wrong with an object."""
    if failure.reason == "NoKindMatch":
        hint = "add its CustomResourceDefinition to this environment, or install it in the cluster"
        old = replacement_hint(manifest.api_version, manifest.ref.kind)
        return "kind-not-served", failure.message, old or hint
    if is_immutable(failure):
        message = "the change touches fields that cannot be changed once the object exists"
        hint = "say onChange: replace of the component, give the object another name, or delete it"
        hint = f"{hint} first: {deletion(manifest.ref)}"
        return "field-immutable", message, hint
    if failure.code == NOT_FOUND and failure.message.startswith("namespaces "):
        message = f'there is no namespace "{manifest.ref.namespace}"'
        hint = "apply the component that creates it too, or create it: kubectl create namespace"
        return "namespace-missing", message, f"{hint} {manifest.ref.namespace}"
    message = UNSAID if failure.causes else failure.message
    return "object-rejected", message, ""


def is_immutable(failure: ApiError) -> bool:
    """Return whether the server refuses to change fields that never change."""
    return failure.code == UNPROCESSABLE and bool(_IMMUTABLE.search(failure.message))


def is_without_right(failure: ApiError) -> bool:
    """Return whether an authorizer refuses; admission refuses what we may do with code 403, too."""
    return failure.code == FORBIDDEN and bool(_NO_RIGHT.search(failure.message))


def _is_terminating(failure: ApiError) -> bool:
    return any(cause.reason == "NamespaceTerminating" for cause in failure.causes)


def _cause_notes(failure: ApiError, *, is_secret: bool) -> list[str]:
    notes: list[str] = []
    for cause in failure.causes:
        message = _cause_message(failure, cause, is_secret=is_secret)
        notes.append(f"{cause.field}: {message}" if cause.field else message)
    return notes


def _cause_message(failure: ApiError, cause: Cause, *, is_secret: bool) -> str:
    # The API server repeats the offending value, which of a Secret must not be shown.
    return "invalid value" if is_secret and not failure.is_conflict else cause.message


def is_external(failure: ApiError) -> bool:
    """Return whether the refusal says nothing about the app: rights, quotas, a cluster in need."""
    return (
        failure.code == UNAUTHORIZED
        or is_without_right(failure)
        or _is_terminating(failure)
        or _QUOTA in failure.message
        or _UNCOUNTED in failure.message
        or failure.is_trouble
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
