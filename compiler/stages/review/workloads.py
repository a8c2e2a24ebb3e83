"""Rules about pods: restarts, numbers, new training runs."""

from collections.abc import Iterator

from compiler.kinds.pods import replicas_of
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, mapping_at, text_at
from compiler.model.review import Difference, ObjectDifference
from compiler.stages.review.rules import listed, raised

_ROLLED = {"Deployment", "StatefulSet", "DaemonSet"}
_TEMPLATE = "spec.template."


def restarts(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for a workload whose pods are replaced."""
    manifest = difference.manifest
    if manifest.ref.group != "apps" or manifest.ref.kind not in _ROLLED:
        return
    paths = [item.path for item in difference.fields if item.path.startswith(_TEMPLATE)]
    if paths:
        shown = listed([path.removeprefix(_TEMPLATE).removeprefix("spec.") for path in paths])
        message = f"{manifest.ref} restarts{_manner(manifest)}: {shown}"
        yield raised(rule="review-restart", message=message, field="spec.template")


def _manner(manifest: Manifest) -> str:
    spec = mapping_at(manifest.body, "spec")
    if text_at(spec, "strategy", "type") == "Recreate":
        return ", all pods at once"
    if text_at(spec, "updateStrategy", "type") == "OnDelete":
        return " when somebody deletes its pods"
    return ", pod after pod"


def replicas(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for each number of pods that changes."""
    if difference.before is None or difference.after is None:
        return
    before, after = replicas_of(difference.before), replicas_of(difference.after)
    for path in sorted({*before, *after}):
        old, new = before.get(path, 0), after.get(path, 0)
        if old != new:
            part = path.split(".")[2] if path.count(".") > 2 and "ReplicaSpecs" in path else ""  # noqa: PLR2004  spec.FIELD.REPLICA.replicas
            who = f"{difference.manifest.ref}{f' {part}' if part else ''}"
            yield raised(rule="review-replicas", message=f"{who}: {old} → {new} pods", field=path)


def training_runs(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for a training job that is new or gets another spec."""
    manifest = difference.manifest
    if not is_training(manifest) or difference.kind is Difference.REMOVED:
        return
    if difference.kind is Difference.ADDED:
        message = f"{manifest.ref} is new: a training run starts"
        yield raised(rule="review-new-training", message=message, field="metadata.name")
        return
    paths = [item.path for item in difference.fields if item.path.startswith("spec.")]
    if paths:
        message = f"{manifest.ref} needs a new training run: {listed(paths, 1)}"
        hint = "a run that has finished does not start again: give it a new name"
        yield raised(rule="review-new-training", message=message, field="spec", hint=hint)


def is_training(manifest: Manifest) -> bool:
    """Return whether an object is one run of a training."""
    match (manifest.ref.group, manifest.ref.kind):
        case ("kubeflow.org", kind):
            return kind.endswith("Job")
        case ("trainer.kubeflow.org", "TrainJob") | ("ray.io", "RayJob"):
            return True
        case _:
            return False
