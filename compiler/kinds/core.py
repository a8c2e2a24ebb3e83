"""Namespaces and what pods find in them: accounts, settings, limits."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.kinds.conditions import COMPLETED, pending
from compiler.kinds.immutable import is_below
from compiler.kinds.kind import Kind, Naming, Reference, alone
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, objects_at, text_at
from compiler.model.readiness import Readiness

if TYPE_CHECKING:
    from compiler.model.change import FieldChange


def namespace(live: JsonObject) -> Readiness:
    """Ready when it is active."""
    phase = text_at(live, "status", "phase")
    return COMPLETED if phase == "Active" else pending(f"phase {phase or 'unknown'}")


def _credentials(manifest: Manifest) -> Iterator[Reference]:
    """Yield the Secrets of an account: KServe reads its models with them, kubelets its images."""
    for field in ("secrets", "imagePullSecrets"):
        for index, item in enumerate(objects_at(manifest.body, field)):
            if text_at(item, "name"):
                ref = ObjectRef("", "Secret", manifest.ref.namespace, text_at(item, "name"))
                yield Reference(ref, f"{field}[{index}]")


def _sealed(body: JsonObject, change: "FieldChange") -> bool:
    return body.get("immutable") is True and is_below(
        change.path, "data", "stringData", "binaryData"
    )


def _sealed_secret(body: JsonObject, change: "FieldChange") -> bool:
    return change.path == "type" or _sealed(body, change)


ROWS = (
    Kind(
        group="",
        kind="Namespace",
        is_cluster_scoped=True,
        naming=Naming.LABEL,
        readiness=alone(namespace),
        order=1,
    ),
    Kind(group="", kind="ResourceQuota", is_limit=True, order=3),
    Kind(group="", kind="LimitRange", is_limit=True, order=4),
    Kind(
        group="",
        kind="ServiceAccount",
        references=_credentials,
        is_expected=True,
        given=frozenset({"default"}),
        order=6,
    ),
    Kind(
        group="",
        kind="Secret",
        immutable=_sealed_secret,
        is_expected=True,
        regretted_as="v1",
        order=7,
    ),
    Kind(
        group="",
        kind="ConfigMap",
        immutable=_sealed,
        is_expected=True,
        given=frozenset({"kube-root-ca.crt"}),
        regretted_as="v1",
        order=8,
    ),
)
