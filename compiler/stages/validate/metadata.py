"""Checks what every kind has in common: the metadata, as the API server would."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from compiler.kinds.kind import Naming
from compiler.kinds.table import kind_of
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, value_at
from compiler.model.secret import GENERATE, is_secret

Path: TypeAlias = tuple[str, ...]

# Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
LABEL_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
MAX_NAME = {True: 63, False: 253}
_GENERATED_KEY = re.compile(r"[-._A-Za-z0-9]+:[1-9][0-9]{0,3}")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# What only a live object has. The first make the server refuse an apply, at once or when the object
# has changed since, or remove the object, whose owner has another uid now; it ignores the others.
_REFUSED = (
    *(("metadata", "managedFields"), ("metadata", "ownerReferences")),
    *(("metadata", "resourceVersion"), ("metadata", "uid")),
    ("metadata", "annotations", "deployment.kubernetes.io/revision"),  # its controller counts on
)
_IGNORED = (
    *(("metadata", "creationTimestamp"), ("metadata", "deletionGracePeriodSeconds")),
    *(("metadata", "deletionTimestamp"), ("metadata", "generation"), ("metadata", "selfLink")),
    ("metadata", "annotations", LAST_APPLIED),
)
_BOUND = ("metadata", "annotations", "pv.kubernetes.io/bind-completed")
_BOUND_TOO = ("metadata", "annotations", "pv.kubernetes.io/bound-by-controller")
_JOB_UID = "batch.kubernetes.io/controller-uid"
_JOB_LABELS = (_JOB_UID, "batch.kubernetes.io/job-name", "controller-uid", "job-name")


def is_namespace(name: str) -> bool:
    """Return whether a namespace may have this name."""
    return NAMESPACE.fullmatch(name) is not None


def check_metadata(manifest: Manifest) -> Iterator[Finding]:
    """Yield what is wrong with a namespace, and with fields that belong to the server."""
    namespace = manifest.ref.namespace
    if namespace and not is_namespace(namespace):
        yield Finding(
            rule="object-name",
            message=f'"{namespace}" is no valid name for a namespace: at most 63 lower-case'
            " letters, digits and -",
            field="metadata.namespace",
        )
    yield from _exported(manifest)


def is_blank(value: JsonValue) -> bool:
    """Return whether nothing is said: tools that write manifests leave empty fields behind."""
    if isinstance(value, dict):
        return all(map(is_blank, value.values()))
    if isinstance(value, list):
        return all(map(is_blank, value))
    return value in (None, "")


def exported(body: JsonObject) -> tuple[list[Path], list[Path]]:
    """Return the fields that only a live object has: those that are refused, those ignored."""
    refused = [*_REFUSED, *_of_a_job(body)]
    ignored = [*_IGNORED, *_of_a_place(body)]
    if body.get("kind") != "CustomResourceDefinition":
        ignored.append(("status",))
    return _said(body, refused), _said(body, ignored)


def server_fields(kind: str) -> list[Path]:
    """Return the fields that an object of a kind must not have, so that none is found to be such.

    They are more than those that are: in some objects the app writes them.
    """
    found = [*_REFUSED, *_IGNORED, _BOUND]
    if kind == "Job":
        found.append(("spec", "selector"))
    if kind == "Service":
        found += [("spec", "clusterIPs"), ("spec", "clusterIP")]
    return found if kind == "CustomResourceDefinition" else [*found, ("status",)]


def _said(body: JsonObject, paths: list[Path]) -> list[Path]:
    return [path for path in paths if not is_blank(value_at(body, *path))]


def _of_a_job(body: JsonObject) -> Iterator[Path]:
    """Yield what the server puts into each Job, so that it finds its own pods."""
    if body.get("kind") == "Job" and value_at(body, "spec", "selector", "matchLabels", _JOB_UID):
        yield "spec", "selector"
        for place in (("metadata",), ("spec", "template", "metadata")):
            yield from ((*place, "labels", label) for label in _JOB_LABELS)


def _of_a_place(body: JsonObject) -> Iterator[Path]:
    """Yield what an object was given in its cluster, where it has a part of: address, volume."""
    if body.get("kind") == "Service" and value_at(body, "spec", "clusterIP") != "None":
        yield from (("spec", "clusterIPs"), ("spec", "clusterIP"))
    if value_at(body, *_BOUND):
        yield from (_BOUND, _BOUND_TOO, ("spec", "volumeName"))


def field_words(path: Path) -> str:
    """Return the name of a field for people."""
    if path[-2:-1] == ("annotations",):
        return f"the annotation {path[-1]}"
    return ".".join(path) if path[-2:-1] != ("labels",) else f"the label {path[-1]}"


def _exported(manifest: Manifest) -> Iterator[Finding]:
    """Yield one finding for all that only a live object has."""
    refused, ignored = exported(manifest.body)
    if refused or ignored:
        names = [*dict.fromkeys(map(field_words, [*refused, *ignored]))]
        yield Finding(
            rule="object-exported",
            severity=Severity.ERROR if refused else Severity.WARNING,
            message=f"the API server writes this, not the app: {', '.join(names)}",
            field=names[0],
            hint="the object was exported from a cluster; remove the fields (kuplet import does)",
        )


def check_name(manifest: Manifest) -> Iterator[Finding]:
    """Yield what is wrong with the name of an object, by its kind."""
    name, kind = manifest.ref.name, manifest.ref.kind
    naming = kind_of(manifest.ref).naming
    if naming is Naming.PATH:
        if name in {".", ".."} or "/" in name or "%" in name:
            message = f'"{name}" is no valid name for a {kind}: it would be part of a path'
            yield Finding(rule="object-name", message=message, field="metadata.name")
        return
    is_label = naming is Naming.LABEL
    pattern = LABEL_NAME if is_label else SUBDOMAIN
    if len(name) > MAX_NAME[is_label]:
        message = f"the name has {len(name)} characters; a {kind} may have {MAX_NAME[is_label]}"
        yield Finding(rule="object-name", message=message, field="metadata.name")
    elif not pattern.fullmatch(name):
        allowed = "lower-case letters, digits and -" + ("" if is_label else " and .")
        message = f'"{name}" is no valid name for a {kind}: only {allowed} are allowed'
        yield Finding(rule="object-name", message=message, field="metadata.name")


def check_labels(manifest: Manifest) -> Iterator[Finding]:
    """Yield what is wrong with labels, and with the keys of annotations."""
    for key, value in manifest.labels.items():
        if not LABEL_KEY.fullmatch(key):
            yield Finding(
                rule="object-label",
                message=f'"{key}" is no valid label key',
                field=f"metadata.labels.{key}",
            )
        if not isinstance(value, str) or not LABEL_VALUE.fullmatch(value):
            message = (
                f'"{value}" is no valid value of label "{key}": at most 63 of A-Z a-z 0-9 - _ .'
            )
            yield Finding(rule="object-label", message=message, field=f"metadata.labels.{key}")

    for key in manifest.annotations:
        if not LABEL_KEY.fullmatch(key.lower()):
            yield Finding(
                rule="object-label",
                message=f'"{key}" is no valid key of an annotation',
                field=f"metadata.annotations.{key}",
            )


def check_generated(manifest: Manifest) -> Iterator[Finding]:
    """Yield what is wrong with what a Secret says of values that are made up."""
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
