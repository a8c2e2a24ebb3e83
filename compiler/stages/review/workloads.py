"""Rules about pods: restarts, numbers, new training runs."""

from collections.abc import Iterator

from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.pods import pods_of
from compiler.kinds.table import kind_of
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, mapping_at, text_at
from compiler.stages.review.rules import listed, raised

_SCALES = ("Replicas", "replicas")  # fields beside a template that change the number of its pods


def restarts(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for a workload whose pods are replaced."""
    manifest = difference.manifest
    if not kind_of(manifest.ref).is_rolled:
        return
    templates = [pods.path.removesuffix(".spec") for pods in pods_of(manifest)]
    changed = [
        (template, item.path.removeprefix(f"{template}.").removeprefix("spec."))
        for item in difference.fields
        for template in templates
        if item.path.startswith(f"{template}.") and not item.path.endswith(_SCALES)
    ]
    if changed:
        shown = listed([path for _, path in changed])
        message = f"{manifest.ref} restarts{_manner(manifest)}: {shown}"
        yield raised(rule="review-restart", message=message, field=changed[0][0])


def _manner(manifest: Manifest) -> str:
    spec = mapping_at(manifest.body, "spec")
    if text_at(spec, "strategy", "type") == "Recreate":
        return ", all pods at once"
    if text_at(spec, "updateStrategy", "type") == "OnDelete":
        return " when somebody deletes its pods"
    return f", {kind_of(manifest.ref).manner}"


def replicas(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for each number of pods that changes."""
    if difference.before is None or difference.after is None:
        return
    before, after = _counted(difference.before), _counted(difference.after)
    for path in sorted({*before, *after}):
        old, new = (side[path].count if path in side else 0 for side in (before, after))
        if old != new:
            role = (after.get(path) or before[path]).role
            who = f"{difference.manifest.ref}{f' {role}' if role else ''}"
            yield raised(rule="review-replicas", message=f"{who}: {old} → {new} pods", field=path)


def _counted(manifest: Manifest) -> dict[str, PodTemplate]:
    """Return the pods of an object by the field that says how many there are."""
    return {pods.count_field: pods for pods in pods_of(manifest) if pods.count_field}


def new_runs(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for a job of which the next apply makes another one."""
    manifest = difference.manifest
    paths = [item.path for item in difference.fields if item.path.startswith("spec.")]
    if paths:
        run = kind_of(manifest.ref).run or "run"
        message = f"{manifest.ref} needs a new {run}: {listed(paths, 1)}"
        hint = "the next apply starts it, under a name of its own"
        yield raised(rule="review-new-training", message=message, field="spec", hint=hint)


def training_runs(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for a job that is new or gets another spec."""
    manifest = difference.manifest
    kind = kind_of(manifest.ref)
    if not kind.run or difference.kind is Difference.REMOVED:
        return
    if difference.kind is Difference.ADDED:
        message = f"{manifest.ref} is new: a {kind.run} starts"
        yield raised(rule="review-new-training", message=message, field="metadata.name")
        return
    paths = [item.path for item in difference.fields if item.path.startswith("spec.")]
    if paths and kind.again:
        message = f"{manifest.ref} {kind.again}: {listed(paths, 1)}"
        yield raised(rule="review-new-training", message=message, field="spec")
    elif paths:
        message = f"{manifest.ref} needs a new {kind.run}: {listed(paths, 1)}"
        hint = "one that has finished does not start again: onChange: run, or another name"
        yield raised(rule="review-new-training", message=message, field="spec", hint=hint)
