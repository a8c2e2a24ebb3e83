"""Checks what every kind has in common: the metadata, as the API server would."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, value_at

Path: TypeAlias = tuple[str, ...]

# Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_LABEL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
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
    return _LABEL_NAME.fullmatch(name) is not None


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
