"""Volumes, claims and classes of storage."""

from collections.abc import Iterator

from compiler.kinds.conditions import COMPLETED, failed, pending
from compiler.kinds.custom import Surroundings
from compiler.kinds.immutable import below, spec_except
from compiler.kinds.kind import Kind, Life, Reference
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, text_at
from compiler.model.readiness import Readiness


def volume_claim(live: JsonObject, around: Surroundings) -> Readiness:
    """Ready when bound, or when its class binds only once a pod wants it."""
    phase = text_at(live, "status", "phase")
    if phase == "Bound":
        return COMPLETED
    if phase == "Lost":
        return failed("its volume is lost")
    name = text_at(live, "spec", "storageClassName")
    read = around.read_cluster_scoped
    storage_class = read("storage.k8s.io/v1", "StorageClass", name) if name else None
    if storage_class and text_at(storage_class, "volumeBindingMode") == "WaitForFirstConsumer":
        return COMPLETED
    return pending(f"phase {phase or 'Pending'}")


def _class(manifest: Manifest) -> Iterator[Reference]:
    name = text_at(manifest.body, "spec", "storageClassName")
    if name:
        ref = ObjectRef("storage.k8s.io", "StorageClass", "", name)
        yield Reference(ref, "spec.storageClassName", is_optional=True)


ROWS = (
    Kind(
        group="storage.k8s.io",
        kind="StorageClass",
        is_cluster_scoped=True,
        life=Life.DATA,
        immutable=below("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
        order=9,
    ),
    Kind(group="", kind="PersistentVolume", is_cluster_scoped=True, life=Life.DATA, order=10),
    Kind(
        group="",
        kind="PersistentVolumeClaim",
        life=Life.DATA,
        references=_class,
        readiness=volume_claim,
        immutable=spec_except("spec.resources.requests", "spec.volumeAttributesClassName"),
        is_expected=True,
        regretted_as="v1",
        order=11,
    ),
)
