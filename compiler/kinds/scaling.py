"""What scales pods, and what protects them."""

import json
from collections.abc import Iterator

from compiler.kinds.conditions import (
    READY,
    conditions_of,
    explained,
    failure,
    is_true,
    pending,
    unknown,
)
from compiler.kinds.kind import Kind, Reference, alone
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, group_of, mapping_at, text_at
from compiler.model.readiness import Readiness

SCALE_TARGET = "spec.scaleTargetRef"  # the field that names what is scaled
_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"


def autoscaler(live: JsonObject) -> Readiness:
    """Ready when it can scale and knows its numbers; without a metrics server it never does."""
    live = _with_conditions(live)
    for name in ("AbleToScale", "ScalingActive"):
        found = conditions_of(live).get(name, {})
        is_off = text_at(found, "reason") == "ScalingDisabled"  # somebody scaled to zero
        if text_at(found, "status") != "True" and not is_off:
            return unknown(explained(live, name) or "it has scaled nothing yet")
    return READY


def _with_conditions(autoscaler: JsonObject) -> JsonObject:
    """Return it with the conditions that ``autoscaling/v1`` keeps in an annotation."""
    noted = text_at(autoscaler, "metadata", "annotations", _CONDITIONS)
    try:
        return {**autoscaler, "status": {"conditions": json.loads(noted)}} if noted else autoscaler
    except ValueError:
        return autoscaler


def disruption_budget(live: JsonObject) -> Readiness:
    """Ready when its controller knows the pods that it protects, be they enough or not."""
    found = conditions_of(live).get("DisruptionAllowed", {})
    if not found and "observedGeneration" in mapping_at(live, "status"):
        return READY  # of Kubernetes before 1.21
    if not found:
        return unknown("its controller has not counted the pods yet")
    is_known = text_at(found, "status") == "True" or text_at(found, "reason") == "InsufficientPods"
    return READY if is_known else pending(explained(live, "DisruptionAllowed"))


def scaled_object(live: JsonObject) -> Readiness:
    """Ready when KEDA says so, and does not make do with the number of its fallback."""
    if is_true(live, "Fallback"):
        return failure(live, "Fallback")
    if is_true(live, "Ready"):
        return READY
    said = explained(live, "Ready")
    return pending(said) if said else unknown("KEDA has not seen it yet")


def _scaled(manifest: Manifest) -> Iterator[Reference]:
    """Yield what is scaled; KEDA takes it for a Deployment where nothing else is said."""
    target = mapping_at(manifest.body, "spec", "scaleTargetRef")
    is_keda = manifest.ref.group == "keda.sh"
    group = group_of(text_at(target, "apiVersion") or ("apps/v1" if is_keda else ""))
    kind = text_at(target, "kind") or ("Deployment" if is_keda else "")
    ref = ObjectRef(group, kind, manifest.ref.namespace, text_at(target, "name"))
    yield Reference(ref, SCALE_TARGET)


ROWS = (
    Kind(
        group="autoscaling",
        kind="HorizontalPodAutoscaler",
        references=_scaled,
        readiness=alone(autoscaler),
    ),
    Kind(
        group="policy",
        kind="PodDisruptionBudget",
        readiness=alone(disruption_budget),
        order=5,
    ),
    Kind(group="keda.sh", kind="ScaledObject", references=_scaled, readiness=alone(scaled_object)),
)
