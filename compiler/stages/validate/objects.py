"""Checks every object: its API version, its schema, its name, its labels and its quantities."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from compiler.kinds.custom import is_built_in
from compiler.kinds.definitions import CRD, usual_crd_name
from compiler.model.app import DEFAULT_KUBERNETES, Dialect, Environment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest, text_at
from compiler.model.secret import looks_secret
from compiler.stages.names import did_you_mean
from compiler.stages.validate.acceptance import Acceptance, acceptance_of
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
    field_path,
)
from compiler.stages.validate.kubernetes_schemas import (
    KubernetesSchemas,
    schemas_for,
    supported_versions,
)
from compiler.stages.validate.metadata import (
    SUBDOMAIN,
    check_generated,
    check_labels,
    check_metadata,
    check_name,
)
from compiler.stages.validate.quantities import check_quantities
from compiler.stages.validate.references import check_references
from compiler.stages.validate.repeated import repeated_items, repeated_names
from compiler.stages.validate.wiring import check_wiring

# Source: the API server's validation of CustomResourceDefinitions, whose parts become a path.
_API_VERSION = re.compile(rf"({SUBDOMAIN.pattern}/)?[a-z]([-a-z0-9]*[a-z0-9])?")
_KIND = re.compile(r"[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?")


def validate_objects(environment: Environment, manifests: Sequence[Manifest]) -> list[Finding]:
    """Return everything that is wrong with the objects of an environment, in their order."""
    supported = supported_versions()
    unsupported = _unsupported_version(environment, supported)
    if unsupported and unsupported.is_error:
        return [unsupported]
    schemas = None if unsupported else schemas_for(environment.kubernetes)
    custom = crd_schemas(manifests, environment.definitions)
    defined = versions_defined(manifests)
    findings: list[Finding] = [unsupported] if unsupported else []
    accepting = _Accepting(schemas, defined) if schemas else None
    for manifest in manifests:
        if accepting and accepting.accepts(manifest):
            continue
        checked = _check_schema(manifest, schemas, custom) if schemas else _check_age(manifest)
        if _is_defined_elsewhere(manifest, environment):
            checked = (item for item in checked if item.rule != "kind-unchecked")
        mine = [
            *(list(_check_version(manifest, defined)) or checked),
            *check_name(manifest),
            *check_metadata(manifest),
            *repeated_names(manifest),
            *check_labels(manifest),
            *check_quantities(manifest.body),
            *check_generated(manifest),
        ]
        findings += [_placed(finding, manifest) for finding in mine]
    findings += check_references(environment, manifests)
    findings += check_images(manifests)
    findings += check_wiring(manifests)
    return [replace(finding, environment=environment.name) for finding in findings]


class _Accepting:
    """Remembers for each kind whether, and how, its objects can be accepted without more ado."""

    def __init__(
        self, schemas: KubernetesSchemas, defined: Mapping[tuple[str, str], Sequence[str]]
    ) -> None:
        self._schemas = schemas
        self._defined = defined
        self._known: dict[tuple[str, str], Acceptance | None] = {}

    def accepts(self, manifest: Manifest) -> bool:
        key = manifest.api_version, manifest.ref.kind
        if key not in self._known:
            of_kind = (
                *_check_retirement(manifest, self._schemas.version),
                *_check_version(manifest, self._defined),
            )
            self._known[key] = None if of_kind else acceptance_of(self._schemas, manifest)
        acceptance = self._known[key]
        return acceptance is not None and acceptance.accepts(manifest)


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
) -> Iterator[Finding]:
    api_version, kind = manifest.api_version, manifest.ref.kind
    yield from _check_retirement(manifest, schemas.version)
    checker = schemas.checker(api_version, kind)
    if checker is not None:
        show_values = not looks_secret(manifest.body)
        yield from map(_schema_finding, checker.violations(manifest.body, show_values=show_values))
        yield from repeated_items(manifest.body, checker.schema)
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
    for item in schemas.metadata.violations(manifest.body.get("metadata")):
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
    manifest: Manifest, defined: Mapping[tuple[str, str], Sequence[str]]
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
