"""Rules about storage: whatever may cost data."""

from collections.abc import Iterator

from compiler.kinds.kind import Life
from compiler.kinds.pods import named, pods_of
from compiler.kinds.table import kind_of
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, objects_at, text_at, value_at
from compiler.stages.claims import growths_of
from compiler.stages.quantity import parse_quantity
from compiler.stages.review.rules import listed, raised

_SIZE = ("spec", "resources", "requests", "storage")
_ELSEWHERE = ("metadata", "spec.resources")  # changes of these keep what a volume holds


def storage(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for everything that may cost data."""
    if kind_of(difference.manifest.ref).life is Life.DATA:
        yield from _volume(difference)
    else:
        yield from _templates(difference)
    if difference.before and difference.after:
        yield from _claims(difference.before, difference.after)


def _volume(difference: ObjectDifference) -> Iterator[Finding]:
    ref = difference.manifest.ref
    if difference.kind is Difference.REMOVED:
        message = f"{ref} is removed: what it holds may be lost"
        yield raised(rule="review-storage", message=message, hint="keep it, or copy the data first")
    if difference.before is None or difference.after is None:
        return
    old, new = (value_at(side.body, *_SIZE) for side in (difference.before, difference.after))
    if _is_less(new, old):
        message = f"{ref} shrinks from {old} to {new}: Kubernetes refuses that"
        yield raised(rule="review-storage", message=message, field=".".join(_SIZE))
    paths = [item.path for item in difference.fields if not item.path.startswith(_ELSEWHERE)]
    if paths:
        field = "spec" if "spec" in difference.after.body else ""
        message = f"{ref} must be made again, and what it holds may be lost: {listed(paths)}"
        yield raised(rule="review-storage", message=message, field=field)


def _is_less(new: object, old: object) -> bool:
    amounts = [parse_quantity(item) for item in (new, old) if isinstance(item, str | int)]
    after, before = amounts if len(amounts) == len(("new", "old")) else (None, None)
    return after is not None and before is not None and after < before


def _templates(difference: ObjectDifference) -> Iterator[Finding]:
    """A StatefulSet that is deleted keeps its claims, but a changed template makes other ones."""
    path = "spec.volumeClaimTemplates"
    ref = difference.manifest.ref
    if difference.kind is Difference.REMOVED:
        if objects_at(difference.manifest.body, *path.split(".")):
            message = f"{ref} is removed: nothing uses the volumes of its pods any more"
            yield raised(rule="review-storage", message=message)
        return
    after, before = difference.after, difference.before
    growths = growths_of(after, before.body) if after and before else []
    growing = {item.path for item in growths if not item.is_shrinking}
    changed = (item.path for item in difference.fields if item.path.startswith(path))
    paths = [item for item in changed if item not in growing]
    if paths:
        message = f"{ref}: the volumes of its pods change, old data may be lost: {listed(paths)}"
        yield raised(rule="review-storage", message=message, field=path)


def _claims(before: Manifest, after: Manifest) -> Iterator[Finding]:
    """Yield a finding for each volume of a pod that held a claim and now holds something else."""
    old_pods, new_pods = (
        {pods.path: pods.spec for pods in pods_of(side)} for side in (before, after)
    )
    for path in old_pods.keys() & new_pods.keys():
        old, new = (named(objects_at(pods[path], "volumes")) for pods in (old_pods, new_pods))
        for name in sorted(old):
            was, is_now = _claim(old[name]), _claim(new.get(name, {}))
            if was and was != is_now:
                message = f'{after.ref}: volume "{name}" was claim "{was}"'
                message += f', will be "{is_now}"' if is_now else ", will be none"
                yield raised(
                    rule="review-storage",
                    message=f"{message}: the data stays behind",
                    field=f"{path}.volumes[{name}]",
                )


def _claim(volume: JsonObject) -> str:
    return text_at(volume, "persistentVolumeClaim", "claimName")
