"""Makes the record of an apply, and says what changed between two of them."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.model.change import FieldChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.model.promotion import Promoted
from compiler.model.release import (
    RecordedParameter,
    Release,
    ReleaseStatus,
    SourceState,
)
from compiler.model.secret import is_secret
from compiler.stages.diff import field_changes
from compiler.stages.promotion import promoted_document, promoted_of
from compiler.stages.words import counted

KIND = "Release"
API_VERSION = "kuplet.dev/v1"
_SECRET_FIELDS = ("data", "stringData")
_SHORTEST_SECRET = 4  # a shorter text is in a parameter by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a release records besides what was compiled.

    Attributes:
        packages: Digest of each package in the lock.
        started: When, in UTC, as ISO 8601.
        promoted: What the environment's file names as brought into it last.
    """

    packages: Mapping[str, str]
    source: SourceState
    tool: str
    user: str
    started: str
    promoted: Promoted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChanges:
    """What differs between two releases.

    Attributes:
        parameters: Parameters, as ``component.name``, with what they were and are.
        objects: The names of the objects that differ, each with the fields.
    """

    parameters: tuple[FieldChange, ...]
    objects: tuple[tuple[str, tuple[FieldChange, ...]], ...]

    @property
    def summary(self) -> str:
        """How much differs, in a few words."""
        counts = ((len(self.parameters), "parameter"), (len(self.objects), "object"))
        return ", ".join(counted(*each) for each in counts if each[0]) or "nothing"


def draft_release(
    compiled: CompiledEnvironment,
    manifests: Sequence[Manifest],
    components: Sequence[str],
    circumstances: Circumstances,
) -> Release:
    """Return the record of an apply that is about to begin; its revision is still 0.

    Args:
        manifests: What is applied.
        components: The components that were named; empty for all.
    """
    environment = compiled.environment
    app, name = environment.owner
    known = set(secret_texts(compiled.manifests))
    return Release(
        app=app,
        environment=name,
        revision=0,
        status=ReleaseStatus.PENDING,
        digest=compiled.digest,
        components=tuple(sorted(components)),
        parameters={
            component.name: {
                parameter.name: RecordedParameter(
                    value=without_secrets(parameter.value, known),
                    source=str(parameter.winner.span),
                )
                for parameter in component.parameters.values()
            }
            for component in environment.components
            if not components or component.name in components
        },
        packages=circumstances.packages,
        objects=tuple(_hashed(manifest.body) for manifest in manifests),
        source=circumstances.source,
        tool=circumstances.tool,
        user=circumstances.user,
        started=circumstances.started,
        promoted=circumstances.promoted,
    )


def release_document(release: Release) -> JsonObject:
    """Return what is stored of a release: all but how it ended."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "app": release.app,
        "environment": release.environment,
        "revision": release.revision,
        "digest": release.digest,
        "components": list(release.components),
        "parameters": {
            component: {
                name: {"value": parameter.value, "source": parameter.source}
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
        "objects": list(release.objects),
    }


def release_of(document: JsonObject) -> Release:
    """Return the release that a stored document describes, without how it ended."""
    revision = document.get("revision")
    components = document.get("components")
    return Release(
        app=text_at(document, "app"),
        environment=text_at(document, "environment"),
        revision=revision if isinstance(revision, int) else 0,
        status=ReleaseStatus.PENDING,
        digest=text_at(document, "digest"),
        components=tuple(map(str, components)) if isinstance(components, list) else (),
        parameters={
            component: {
                name: RecordedParameter(
                    value=mapping_at(item).get("value"), source=text_at(item, "source")
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
    )


def changes_between(before: Release | None, after: Release) -> ReleaseChanges:
    """Return what differs from one release to another; all of it if there is none before."""
    parameters = _values(before), _values(after)
    old, new = _objects(before), _objects(after)
    objects = [
        (name, tuple(field_changes(old.get(name, {}), new.get(name, {}))))
        for name in dict.fromkeys([*old, *new])
    ]
    return ReleaseChanges(
        parameters=tuple(
            FieldChange(path=name, before=values[0], after=values[1])
            for name in sorted({*parameters[0], *parameters[1]})
            for values in [[side.get(name) for side in parameters]]
            if values[0] != values[1]
        ),
        objects=tuple((name, fields) for name, fields in objects if fields),
    )


def _values(release: Release | None) -> JsonObject:
    return {
        f"{component}.{name}": parameter.value
        for component, parameters in (release.parameters if release else {}).items()
        for name, parameter in parameters.items()
    }


def _objects(release: Release | None) -> dict[str, JsonObject]:
    return {
        f"{text_at(body, 'kind')}/{text_at(body, 'metadata', 'name')}": body
        for body in (release.objects if release else ())
    }


def _hashed(body: JsonObject) -> JsonObject:
    """Return an object with digests in place of a Secret's values."""
    if not is_secret(body):
        return body
    hidden: JsonObject = {
        field: {key: _digest(value) for key, value in mapping_at(body, field).items()}
        for field in _SECRET_FIELDS
        if field in body
    }
    return {**body, **hidden}


def _digest(value: JsonValue) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def secret_texts(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Yield every value that a Secret among some manifests holds."""
    for manifest in manifests:
        if not is_secret(manifest.body):
            continue
        for value in mapping_at(manifest.body, "stringData").values():
            yield str(value)
        for value in mapping_at(manifest.body, "data").values():
            yield str(value)
            try:
                yield base64.b64decode(str(value), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue


def without_secrets(value: JsonValue, known: set[str]) -> JsonValue:
    """Return a parameter's value with a digest where it is a value of a Secret too."""
    if isinstance(value, dict):
        return {key: without_secrets(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item, known) for item in value]
    is_known = isinstance(value, str) and len(value) >= _SHORTEST_SECRET and value in known
    return _digest(value) if is_known else value
