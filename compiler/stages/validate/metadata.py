"""Checks what every kind has in common: the metadata, as the API server would."""

import re
from collections.abc import Iterator

from compiler.kinds.definitions import is_crd
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest, mapping_at

# Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_LABEL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# What only a live object has. The first make the server refuse an apply, at once or when the object
# has changed since, or remove the object, whose owner has another uid now; it ignores the others.
REFUSED = ("managedFields", "ownerReferences", "resourceVersion", "uid")
IGNORED = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp"),
    *("generation", "selfLink"),
)


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


def _exported(manifest: Manifest) -> Iterator[Finding]:
    """Yield one finding for all that only a live object has."""
    metadata = mapping_at(manifest.body, "metadata")
    refused = [f"metadata.{name}" for name in REFUSED if not is_blank(metadata.get(name))]
    ignored = [f"metadata.{name}" for name in IGNORED if not is_blank(metadata.get(name))]
    if LAST_APPLIED in manifest.annotations:
        ignored.append(f"the annotation {LAST_APPLIED}")
    if not is_blank(manifest.body.get("status")) and not is_crd(manifest):
        ignored.append("status")
    if refused or ignored:
        yield Finding(
            rule="object-exported",
            severity=Severity.ERROR if refused else Severity.WARNING,
            message=f"the API server writes this, not the app: {', '.join([*refused, *ignored])}",
            field=[*refused, *ignored][0],
            hint="the object was exported from a cluster; remove the fields (kuplet import does)",
        )
