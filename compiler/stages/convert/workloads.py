"""Deployments, DaemonSets, ReplicaSets and StatefulSets of the beta versions, as apps/v1."""

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at

_ROLLS_BY_ITSELF = {"DaemonSet", "StatefulSet"}  # in apps/v1; the betas waited for a deletion


def workload_to_v1(body: JsonObject) -> list[str]:
    """Change a workload in place: apps/v1 wants a selector, which was the template's labels."""
    spec = dict(mapping_at(body, "spec"))
    body["spec"] = spec
    notes = []
    labels = mapping_at(spec, "template", "metadata", "labels")
    if not mapping_at(spec, "selector") and labels:
        spec["selector"] = {"matchLabels": dict(labels)}
        notes.append("spec.selector: the labels of the pod template")
    for gone in ("rollbackTo", "templateGeneration"):
        if gone in spec:
            del spec[gone]
            notes.append(f"spec.{gone}: left out, apps/v1 has no such field")
    if text_at(body, "kind") in _ROLLS_BY_ITSELF and "updateStrategy" not in spec:
        notes.append("spec.updateStrategy: left out, so updates roll out by themselves now")
    return notes
