"""PersistentVolumeClaims."""

from collections.abc import Callable

from compiler.kinds.conditions import COMPLETED, failed, pending
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.model.outcome import Readiness


def volume_claim(
    live: JsonObject, lookup: Callable[[str, str, str], JsonObject | None]
) -> Readiness:
    """Ready when bound, or when its class binds only once a pod wants it."""
    phase = text_at(live, "status", "phase")
    if phase == "Bound":
        return COMPLETED
    if phase == "Lost":
        return failed("its volume is lost")
    name = text_at(live, "spec", "storageClassName")
    storage_class = lookup("storage.k8s.io/v1", "StorageClass", name) if name else None
    if storage_class and text_at(storage_class, "volumeBindingMode") == "WaitForFirstConsumer":
        return COMPLETED
    return pending(f"phase {phase or 'Pending'}")
