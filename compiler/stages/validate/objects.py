"""Checks every object: its API version, its schema, its name, its labels and its quantities."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from compiler.kinds.custom import is_built_in
from compiler.kinds.definitions import CRD, usual_crd_name
from compiler.kinds.kind import Naming
from compiler.kinds.table import kind_of
from compiler.model.app import DEFAULT_KUBERNETES, Dialect, Environment
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, text_at
from compiler.model.secret import GENERATE, is_secret, looks_secret
from compiler.stages.names import did_you_mean
from compiler.stages.validate.api_versions import is_at_least, replacement_hint, retirement_of
from compiler.stages.validate.cel_rules import broken_rules
from compiler.stages.validate.custom_resources import (
    CustomSchema,
    crd_schemas,
    versions_defined,
)
from compiler.stages.validate.defaults import defaulted
from compiler.stages.validate.frozen_images import check_images
from compiler.stages.validate.json_schema import (
    SchemaViolation,
    check_schema,
    check_with,
    field_path,
)
from compiler.stages.validate.kubernetes_schemas import (
    KubernetesSchemas,
    schemas_for,
    supported_versions,
)
from compiler.stages.validate.metadata import check_metadata
from compiler.stages.validate.references import check_keys, check_references
from compiler.stages.validate.repeated import repeated_items, repeated_names
from compiler.stages.validate.wiring import check_wiring

# Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_QUANTITY = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?")
_GENERATED_KEY = re.compile(r"[-._A-Za-z0-9]+:[1-9][0-9]{0,3}")
# Source: the API server's validation of CustomResourceDefinitions, whose parts become a path.
_API_VERSION = re.compile(rf"({_SUBDOMAIN.pattern}/)?[a-z]([-a-z0-9]*[a-z0-9])?")
_KIND = re.compile(r"[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?")
MAX_NAME = {True: 63, False: 253}


class SoundObjects(Protocol):
    """Remembers which objects a schema has accepted."""

    def is_sound(self, schema: str, value: JsonValue) -> bool:
        """Return whether a value is known to be as a schema, named for itself, wants it."""
        ...

    def trust(self, schema: str, value: JsonValue) -> None:
        """Remember that a value is as a schema wants it."""
        ...


def validate_objects(
    environment: Environment, manifests: Sequence[Manifest], memo: SoundObjects | None = None
) -> list[Finding]:
    """Return everything that is wrong with the objects of an environment, in their order.

    Args:
        memo: Objects whose schema has accepted them already are not checked against it again.
    """
    supported = supported_versions()
    unsupported = _unsupported_version(environment, supported)
    if unsupported and unsupported.is_error:
        return [unsupported]
    schemas = None if unsupported else schemas_for(environment.kubernetes)
    custom = crd_schemas(manifests, environment.definitions)
    defined = versions_defined(manifests)
    findings: list[Finding] = [unsupported] if unsupported else []
    for manifest in manifests:
        checked = (
            _check_schema(manifest, schemas, custom, memo) if schemas else _check_age(manifest)
        )
        if _is_defined_elsewhere(manifest, environment):
            checked = (item for item in checked if item.rule != "kind-unchecked")
        mine = [
            *(list(_check_version(manifest, defined)) or checked),
            *_check_name(manifest),
            *check_metadata(manifest),
            *repeated_names(manifest),
            *_check_labels(manifest),
            *_check_quantities(manifest.body, ()),
            *_check_generated(manifest),
        ]
        findings += [_placed(finding, manifest) for finding in mine]
    findings += check_references(environment, manifests)
    findings += check_keys(manifests)
    findings += check_images(manifests)
    findings += check_wiring(manifests)
    return [replace(finding, environment=environment.name) for finding in findings]


def _placed(finding: Finding, manifest: Manifest) -> Finding:
    """Say which object a finding belongs to and where that comes from."""
    origin = manifest.origin
    return replace(
        finding,
        message=f"{manifest.ref}: {finding.message}",
        object=str(manifest.ref),
        component=origin.component,
        span=finding.span or origin.span,
        notes=(*finding.notes, origin.note),
    )


def _unsupported_version(environment: Environment, supported: Sequence[str]) -> Finding | None:
    """Return a finding for a version without schemas; apps of ksonnet are too old to have any."""
    version = environment.kubernetes
    if version in supported:
        return None
    is_ksonnet = environment.dialect is Dialect.KSONNET
    message = f"kuplet has no schemas of Kubernetes {version}"
    hint = f"set kubernetes to a version from {supported[0]} to {supported[-1]}"
    return Finding(
        rule="kubernetes-version",
        message=f"{message}; fields are not checked" if is_ksonnet else message,
        severity=Severity.WARNING if is_ksonnet else Severity.ERROR,
        environment=environment.name,
        hint="" if is_ksonnet else hint,
    )


def _check_schema(
    manifest: Manifest,
    schemas: KubernetesSchemas,
    custom: Mapping[tuple[str, str], CustomSchema],
    memo: SoundObjects | None,
) -> Iterator[Finding]:
    api_version, kind = manifest.api_version, manifest.ref.kind
    yield from _check_retirement(manifest, schemas.version)
    validator = schemas.validator(api_version, kind)
    show_values = not looks_secret(manifest.body)
    if validator is not None:
        if not memo or not memo.is_sound(schemas.version, manifest.body):
            wrong = check_with(validator, manifest.body, show_values=show_values)
            schema = schemas.schema(api_version, kind)
            definitions = mapping_at(schemas.document, "$defs")
            found = [
                *map(_schema_finding, wrong),
                *repeated_items(manifest.body, schema, definitions),
            ]
            yield from found
            if memo and not found:
                memo.trust(schemas.version, manifest.body)
        return
    yield from _check_custom_metadata(manifest, schemas)
    if (api_version, kind) in custom:
        known = custom[api_version, kind]
        body = defaulted(manifest.body, known.schema)
        wrong = check_schema(body, known.schema)
        broken = () if wrong else broken_rules(body, known.schema)
        refused = map(_schema_finding, (*wrong, *broken))
        for finding in (*refused, *repeated_items(body, known.schema)):
            yield _by_definition(finding, known.source)
    elif not retirement_of(api_version, kind):
        yield _unknown_kind(manifest, schemas, custom)


def _by_definition(finding: Finding, source: str) -> Finding:
    """Say which definition a finding is by, where the cluster may have another one."""
    if not source:
        return finding
    note = f"by the definition of {source}; if the cluster has another one: kuplet schema add"
    return replace(finding, notes=(*finding.notes, note))


def _check_custom_metadata(manifest: Manifest, schemas: KubernetesSchemas) -> Iterator[Finding]:
    """Check the metadata of an object whose own schema does not speak of it."""
    for item in check_with(schemas.metadata, manifest.body.get("metadata")):
        yield _schema_finding(replace(item, path=("metadata", *item.path)))


def _schema_finding(violation: SchemaViolation) -> Finding:
    place = field_path(violation.path)
    around = field_path(violation.path[:-1])
    if violation.at_key:
        message = f"{violation.message} in {around}" if around else violation.message
    else:
        message = f"{place}: {violation.message}" if place else violation.message
    return Finding(rule="object-schema", message=message, field=place, hint=violation.hint)


def _check_age(manifest: Manifest) -> Iterator[Finding]:
    """Warn of what no cluster of today serves; the environment's own may be as old as its app."""
    for finding in _check_retirement(manifest, DEFAULT_KUBERNETES):
        yield replace(finding, severity=Severity.WARNING)


def _check_retirement(manifest: Manifest, version: str) -> Iterator[Finding]:
    api_version, kind = manifest.api_version, manifest.ref.kind
    retirement = retirement_of(api_version, kind)
    if retirement is None or not is_at_least(version, retirement.deprecated):
        return
    is_gone = is_at_least(version, retirement.removed)
    yield Finding(
        rule="api-removed" if is_gone else "api-deprecated",
        severity=Severity.ERROR if is_gone else Severity.WARNING,
        message=f"{api_version} {kind} was removed in Kubernetes {retirement.removed}"
        if is_gone
        else f"{api_version} {kind} is deprecated since Kubernetes {retirement.deprecated}",
        field="apiVersion",
        hint=replacement_hint(api_version, kind) if is_gone else f"use {retirement.replacement}",
    )


def _check_version(
    manifest: Manifest, defined: dict[tuple[str, str], list[str]]
) -> Iterator[Finding]:
    """Refuse what is no version, and one that the environment's own definition does not serve.

    A cluster may hold another definition of a kind that the environment does not define.
    """
    for field, pattern, form in (
        ("apiVersion", _API_VERSION, "GROUP/VERSION or VERSION"),
        ("kind", _KIND, "a word"),
    ):
        text = text_at(manifest.body, field)
        if not pattern.fullmatch(text):
            message = f'no cluster has {field} "{text}", it must be {form}'
            yield Finding(rule="kind-unknown", message=message, field=field)
    served = defined.get((manifest.ref.group, manifest.ref.kind), [])
    if served and manifest.api_version not in served:
        message = (
            f"the CustomResourceDefinition of {manifest.ref.kind} in this environment serves"
            f" {', '.join(served)}, not {manifest.api_version}"
        )
        hint = "change the version of one of the two, often a parameter"
        yield Finding(rule="kind-version", message=message, field="apiVersion", hint=hint)


def _unknown_kind(
    manifest: Manifest,
    schemas: KubernetesSchemas,
    custom: Mapping[tuple[str, str], CustomSchema],
) -> Finding:
    api_version, kind = manifest.api_version, manifest.ref.kind
    served = [*schemas.api_versions_of(kind), *(v for v, known in custom if known == kind)]
    hint = f"{kind} is served as {', '.join(served)}" if served else ""
    if is_built_in(manifest.ref.group):
        kinds = {known for version, known in schemas.definitions if version == api_version}
        message = f"Kubernetes {schemas.version} has no {api_version} {kind}"
        hint = hint or did_you_mean(kind, kinds)
        return Finding(rule="kind-unknown", message=message, field="kind", hint=hint)
    message = f"no definition of {api_version} {kind} is known, so it was not checked"
    return Finding(
        rule="kind-unchecked",
        severity=Severity.WARNING,
        message=message,
        hint=hint
        or "keep that of the cluster (kuplet schema add), add its CustomResourceDefinition to a"
        f" component, or declare that it is there: external: [{_definition_of(manifest)}]",
    )


def _definition_of(manifest: Manifest) -> str:
    return f"{CRD.kind}/{usual_crd_name(manifest.ref.group, manifest.ref.kind)}"


def _is_defined_elsewhere(manifest: Manifest, environment: Environment) -> bool:
    """Return whether the environment says that the cluster has the kind of an object.

    The plural in the name of a definition may be any; its beginning is that of the kind.
    """
    if _definition_of(manifest) in environment.external:
        return True
    start = f"{CRD.kind}/{manifest.ref.kind.lower()[:-1]}"
    end = f".{manifest.ref.group}"
    return any(
        name.startswith(start) and name.endswith(end) and name.count(".") == end.count(".")
        for name in environment.external
    )


def _check_name(manifest: Manifest) -> Iterator[Finding]:
    name, kind = manifest.ref.name, manifest.ref.kind
    naming = kind_of(manifest.ref).naming
    if naming is Naming.PATH:
        if name in {".", ".."} or "/" in name or "%" in name:
            message = f'"{name}" is no valid name for a {kind}: it would be part of a path'
            yield Finding(rule="object-name", message=message, field="metadata.name")
        return
    is_label = naming is Naming.LABEL
    pattern = _LABEL_NAME if is_label else _SUBDOMAIN
    if len(name) > MAX_NAME[is_label]:
        message = f"the name has {len(name)} characters; a {kind} may have {MAX_NAME[is_label]}"
        yield Finding(rule="object-name", message=message, field="metadata.name")
    elif not pattern.fullmatch(name):
        allowed = "lower-case letters, digits and -" + ("" if is_label else " and .")
        message = f'"{name}" is no valid name for a {kind}: only {allowed} are allowed'
        yield Finding(rule="object-name", message=message, field="metadata.name")


def _check_labels(manifest: Manifest) -> Iterator[Finding]:
    for key, value in manifest.labels.items():
        if not _LABEL_KEY.fullmatch(key):
            yield Finding(
                rule="object-label",
                message=f'"{key}" is no valid label key',
                field=f"metadata.labels.{key}",
            )
        if not isinstance(value, str) or not _LABEL_VALUE.fullmatch(value):
            message = (
                f'"{value}" is no valid value of label "{key}": at most 63 of A-Z a-z 0-9 - _ .'
            )
            yield Finding(rule="object-label", message=message, field=f"metadata.labels.{key}")

    for key in manifest.annotations:
        if not _LABEL_KEY.fullmatch(key.lower()):
            yield Finding(
                rule="object-label",
                message=f'"{key}" is no valid key of an annotation',
                field=f"metadata.annotations.{key}",
            )


def _check_generated(manifest: Manifest) -> Iterator[Finding]:
    wanted = manifest.annotations.get(GENERATE)
    if wanted is None:
        return
    field = f"metadata.annotations.{GENERATE}"
    if not is_secret(manifest.body):
        message = f"only a Secret can have the annotation {GENERATE}"
        yield Finding(rule="secret-generate", message=message, field=field)
    for item in str(wanted).split():
        if not _GENERATED_KEY.fullmatch(item):
            message = f'"{item}" in the annotation {GENERATE} must read KEY:LENGTH'
            hint = "for example: root-user:20 root-password:40"
            yield Finding(rule="secret-generate", message=message, field=field, hint=hint)


def _check_quantities(value: JsonValue, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """Yield a finding for every malformed amount below a ``resources`` or ``capacity`` field."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_quantities(item, (*path, index))
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "resources":
            for part in ("requests", "limits"):
                yield from _bad_amounts(mapping_at(item, part), (*path, key, part))
        else:
            yield from _check_quantities(item, (*path, key))


def _bad_amounts(amounts: JsonObject, path: tuple[str | int, ...]) -> Iterator[Finding]:
    for name, amount in amounts.items():
        if isinstance(amount, str) and not _QUANTITY.fullmatch(amount):
            place = field_path((*path, name))
            message = f'{place}: "{amount}" is no quantity'
            hint = "write, for example, 500m, 2, 4Gi"
            yield Finding(rule="object-quantity", message=message, field=place, hint=hint)
