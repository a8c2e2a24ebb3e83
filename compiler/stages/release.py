"""Makes the record of an apply, and reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.model.app import Goal, Need
from compiler.model.change import Action
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import (
    Manifest,
    Origin,
    manifest_of,
    mapping_at,
    objects_at,
    text_at,
)
from compiler.model.owner import component_of
from compiler.model.parameter import Parameter
from compiler.model.promotion import Promoted
from compiler.model.ref import ParameterRef
from compiler.model.release import (
    RecordedParameter,
    Release,
    ReleaseStatus,
    ReleaseVerb,
    RunState,
    SourceState,
)
from compiler.model.secret import (
    MASK,
    digest_of,
    looks_secret,
    masked,
    with_hidden,
)
from compiler.stages.promotion.promoted import promoted_document, promoted_of
from compiler.stages.release_shape import misshapen

KIND = "Release"
API_VERSION = "kuplet.dev/v1"
_UNSHOWN = ("objects", "besides", "salt", "actions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a release records besides what was compiled.

    Attributes:
        packages: Digest of each package in the lock.
        started: When, in UTC, as ISO 8601.
        promoted: What the environment's file names as brought into it last.
        secret: The parameters that Secrets are made of.
        salt: For the digests of secret values.
        besides: What else of the environment may be in the cluster.
    """

    packages: Mapping[str, str]
    source: SourceState
    tool: str
    user: str
    started: str
    promoted: Promoted | None = None
    secret: frozenset[ParameterRef] = frozenset()
    salt: str = ""
    besides: tuple[Manifest, ...] = ()


def draft_release(compiled: CompiledEnvironment, circumstances: Circumstances) -> Release:
    """Return the record of an apply of what is selected; its revision is still 0."""
    environment = compiled.environment
    components = compiled.components
    return Release(
        app=environment.owner.app,
        app_id=environment.app_id,
        environment=environment.owner.environment,
        revision=0,
        status=ReleaseStatus.PENDING,
        digest=shown_digest(compiled, circumstances.salt),
        components=tuple(sorted(components)),
        parameters={
            component.name: {
                parameter.name: _recorded(component.name, parameter, circumstances)
                for parameter in component.parameters.values()
            }
            for component in environment.components
            if not components or component.name in components
        },
        packages=circumstances.packages,
        objects=tuple(hashed(item.body, circumstances.salt) for item in compiled.selected),
        source=circumstances.source,
        tool=circumstances.tool,
        user=circumstances.user,
        started=circumstances.started,
        promoted=circumstances.promoted,
        salt=circumstances.salt,
        applyset=environment.owner.applyset(environment.namespace),
        besides=tuple(_bare(item.body) for item in circumstances.besides),
        runs={
            ref.qualified: RunState.COMPLETED if goal is Goal.COMPLETED else RunState.STARTED
            for ref, goal in compiled.ended.items()
        },
        needs={item.name: item.needs for item in environment.components if item.needs},
    )


def draft_deletion(
    compiled: CompiledEnvironment, staying: Sequence[Manifest], circumstances: Circumstances
) -> Release:
    """Return the record of a delete of what is selected.

    Args:
        staying: What is the environment's own and is not deleted nevertheless.
    """
    objects = tuple(hashed(manifest.body, circumstances.salt) for manifest in staying)
    applied = draft_release(compiled, circumstances)
    return replace(
        applied, verb=ReleaseVerb.DELETE, parameters={}, packages={}, promoted=None, objects=objects
    )


def draft_rollback(
    target: Release, manifests: Sequence[Manifest], circumstances: Circumstances
) -> Release:
    """Return the record of a rollback; its revision is still 0.

    Args:
        target: What the earlier release says of the whole environment.
        manifests: What of it is brought back.
    """
    return replace(
        target,
        revision=0,
        verb=ReleaseVerb.ROLLBACK,
        rollback_of=target.revision,
        status=ReleaseStatus.PENDING,
        components=(),
        objects=tuple(hashed(item.body, circumstances.salt) for item in manifests),
        besides=tuple(_bare(item.body) for item in circumstances.besides),
        tool=circumstances.tool,
        user=circumstances.user,
        started=circumstances.started,
        finished="",
        problem="",
        runs={},
        images={},
        actions=None,
        lock_taken_from="",
    )


def release_document(release: Release) -> JsonObject:
    """Return what is stored of a release: all but how it ended."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "verb": release.verb.value,
        "app": release.app,
        "appId": release.app_id,
        "environment": release.environment,
        "revision": release.revision,
        "digest": release.digest,
        "salt": release.salt,
        "components": list(release.components),
        "parameters": {
            component: {
                name: {
                    "value": parameter.value,
                    "source": parameter.source,
                    **({"secret": True} if parameter.is_secret else {}),
                }
                for name, parameter in parameters.items()
            }
            for component, parameters in release.parameters.items()
        },
        "packages": dict(release.packages),
        "source": {
            "commit": release.source.commit,
            "branch": release.source.branch,
            "dirty": release.source.is_dirty,
        },
        "tool": release.tool,
        "user": release.user,
        "started": release.started,
        "promoted": promoted_document(release.promoted) if release.promoted else None,
        "applySet": release.applyset,
        "lockTakenFrom": release.lock_taken_from,
        "rollbackOf": release.rollback_of,
        "runs": dict(release.runs),
        "needs": {
            component: [{"component": need.component, "until": str(need.until)} for need in needs]
            for component, needs in release.needs.items()
        },
        "objects": list(release.objects),
        "besides": list(release.besides),
        "actions": None if release.actions is None else dict(release.actions),
    }


def shown_document(release: Release) -> JsonObject:
    """Return what people may see of a release: what is stored, without all that is secret."""
    parameters = {
        component: {
            name: replace(item, value=MASK) if item.is_secret else item
            for name, item in found.items()
        }
        for component, found in release.parameters.items()
    }
    document = release_document(replace(release, parameters=parameters, objects=()))
    return {key: value for key, value in document.items() if key not in _UNSHOWN}


def release_of(document: JsonObject) -> Release:
    """Return the release that a stored document describes, without how it ended.

    Raises:
        ValueError: It is not what `release_document` gives.
    """
    for wrong in misshapen(document):
        raise ValueError(f"{wrong} is not what kuplet writes")
    components = document.get("components")
    return Release(
        app=text_at(document, "app"),
        app_id=text_at(document, "appId"),
        environment=text_at(document, "environment"),
        revision=_number(document.get("revision")),
        status=ReleaseStatus.PENDING,
        digest=text_at(document, "digest"),
        components=tuple(map(str, components)) if isinstance(components, list) else (),
        parameters={
            component: {
                name: RecordedParameter(
                    value=mapping_at(item).get("value"),
                    source=text_at(item, "source"),
                    is_secret=mapping_at(item).get("secret") is True,
                )
                for name, item in mapping_at(parameters).items()
            }
            for component, parameters in mapping_at(document, "parameters").items()
        },
        packages={name: str(item) for name, item in mapping_at(document, "packages").items()},
        objects=tuple(objects_at(document, "objects")),
        source=SourceState(
            commit=text_at(document, "source", "commit"),
            branch=text_at(document, "source", "branch"),
            is_dirty=mapping_at(document, "source").get("dirty") is True,
        ),
        tool=text_at(document, "tool"),
        user=text_at(document, "user"),
        started=text_at(document, "started"),
        promoted=promoted_of(document.get("promoted")),
        verb=ReleaseVerb(text_at(document, "verb") or ReleaseVerb.APPLY),
        salt=text_at(document, "salt"),
        applyset=text_at(document, "applySet"),
        lock_taken_from=text_at(document, "lockTakenFrom"),
        rollback_of=_number(document.get("rollbackOf")),
        runs={name: RunState(str(item)) for name, item in mapping_at(document, "runs").items()},
        needs={
            component: tuple(
                Need(component=text_at(need, "component"), until=_goal(text_at(need, "until")))
                for need in objects_at(document, "needs", component)
            )
            for component in mapping_at(document, "needs")
        },
        besides=tuple(objects_at(document, "besides")),
        actions=_actions(document.get("actions")),
    )


def inventory_of(releases: Sequence[Release]) -> tuple[Manifest, ...]:
    """Return all that an environment may have in its cluster: identities and labels.

    Args:
        releases: The newest first. Where that says all, the others do not count.
    """
    if not releases:
        return ()
    newest = releases[0] if releases[0].applyset else there_after(releases)
    bodies = (*newest.objects, *newest.besides)
    return tuple(
        manifest_of(_bare(body), Origin(component=component_of(body), file="the last release"))
        for body in bodies
    )


def _actions(value: JsonValue) -> Mapping[str, Action] | None:
    if not isinstance(value, dict):
        return None
    return {name: Action(str(item)) for name, item in value.items()}


def _goal(text: str) -> Goal:
    if text.upper() not in Goal.__members__:
        raise ValueError(f'"{text}" is nothing to wait for')
    return Goal[text.upper()]


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def there_after(releases: Sequence[Release]) -> Release:
    """Return what the whole environment is after some releases, the newest first."""
    before = standings(releases)[0]
    return applied_onto(before, releases[0])


def superfluous(releases: Sequence[Release], keep: int) -> frozenset[int]:
    """Return the revisions that need no longer be remembered.

    The newest are kept, and back to the last one before them that says what the whole environment
    was: partial ones build on it.

    Args:
        releases: The newest first.
    """
    for index, release in enumerate(releases):
        is_base = release.status is ReleaseStatus.SUCCEEDED and not release.components
        if index >= keep - 1 and is_base:
            return frozenset(item.revision for item in releases[index + 1 :])
    return frozenset()


def standings(releases: Sequence[Release]) -> list[Release | None]:
    """Return what was there before each of some releases, the newest first: it may be partial.

    What a partial release did not apply stays what the newest one before it that did applied.
    """
    found: list[Release | None] = []
    there: Release | None = None
    for release in reversed(releases):
        found.append(there)
        there = applied_onto(there, release)
    return found[::-1]


def applied_onto(below: Release | None, release: Release) -> Release:
    """Return what the whole environment is after a release.

    Args:
        below: What it was before.
    """
    if below is None or not release.components:
        return replace(release, components=())
    names = release.components
    kept = [body for body in below.objects if component_of(body) not in names]
    others = {name: found for name, found in below.parameters.items() if name not in names}
    there = {item.ref.qualified for item in replace(below, objects=tuple(kept)).manifests}
    runs = {name: state for name, state in below.runs.items() if name in there}
    return replace(
        release,
        components=(),
        parameters={**others, **release.parameters},
        objects=(*kept, *release.objects),
        runs={**runs, **release.runs},
    )


def is_of(release: Release, compiled: CompiledEnvironment) -> bool:
    """Return whether a release records what a compile says."""
    return release.digest == shown_digest(compiled, release.salt)


def shown_digest(compiled: CompiledEnvironment, salt: str) -> str:
    """Return a digest of all objects, from which no value of a Secret can be found by trying.

    Without a salt the values are not in it.
    """
    if not any(looks_secret(manifest.body) for manifest in compiled.manifests):
        return compiled.digest
    if salt:
        return digest_of(compiled.digest, salt)
    hidden = (replace(item, body=masked(item.body)) for item in compiled.manifests)
    return replace(compiled, manifests=tuple(hidden)).digest


def _recorded(
    component: str, parameter: Parameter, circumstances: Circumstances
) -> RecordedParameter:
    is_secret = ParameterRef(component, parameter.name) in circumstances.secret
    value = digest_of(parameter.value, circumstances.salt) if is_secret else parameter.value
    return RecordedParameter(value=value, source=str(parameter.winner.span), is_secret=is_secret)


def _bare(body: JsonObject) -> JsonObject:
    """Return the identity and the labels of an object."""
    metadata = mapping_at(body, "metadata")
    kept: JsonObject = {
        key: metadata[key] for key in ("name", "namespace", "labels") if key in metadata
    }
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": kept}


def hashed(body: JsonObject, salt: str) -> JsonObject:
    """Return an object with digests in place of a Secret's values."""
    return with_hidden(body, lambda value: digest_of(value, salt))
