"""Rules about objects that go: removed for good, or back under another name."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.kinds.definitions import is_crd
from compiler.kinds.table import kind_of
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.leaving import asked_to_stay, holds_data
from compiler.stages.review.rules import raised

_ALIKE = 0.75  # share of equal fields from which two objects count as one that was renamed


def disappearances(differences: Sequence[ObjectDifference]) -> Iterator[Finding]:
    """Yield a finding for every object that is removed or renamed."""
    removed = [item for item in differences if item.kind is Difference.REMOVED]
    added = [item for item in differences if item.kind is Difference.ADDED]
    successors = _successors(removed, added)
    for index, item in enumerate(removed):
        successor = successors.get(index)
        finding = _finding(item.manifest, successor)
        component = (successor or item.manifest).origin.component
        yield replace(finding, object=str(item.manifest.ref), component=component)


def _finding(before: Manifest, after: Manifest | None) -> Finding:
    # A run gets another name in order to start again.
    if after is None or kind_of(before.ref).run:
        message = f"{before.ref} is removed from the app: {_fate(before)}"
        return raised(rule="review-removed", message=message)
    if after.ref.name == before.ref.name:
        change = f'namespace "{before.ref.namespace}" → "{after.ref.namespace}"'
    else:
        change = f'"{before.ref.name}" → "{after.ref.name}"'
    message = f"{before.ref} is renamed, {change}: the new object begins without the old one's data"
    hint = f"the old object: {_fate(before)}"
    return raised(rule="review-renamed", message=message, hint=hint)


def _fate(manifest: Manifest) -> str:
    """Return what the next apply does to an object that the app has no longer."""
    if reason := asked_to_stay(manifest.body):
        return f"it stays in the cluster, {reason}"
    if holds_data(manifest):
        return "it holds data, and stays in the cluster without --prune-data"
    if is_crd(manifest):
        return "it stays in the cluster while objects of its kind exist, without --prune-data"
    return "the next apply deletes it"


def _successors(
    removed: Sequence[ObjectDifference], added: Sequence[ObjectDifference]
) -> dict[int, Manifest]:
    """Pair objects of one kind, the most alike first."""
    pairs = [
        (_likeness(old.manifest, new.manifest), -index, -place)
        for index, old in enumerate(removed)
        for place, new in enumerate(added)
        if _kind(old.manifest) == _kind(new.manifest)
    ]
    found: dict[int, Manifest] = {}
    taken: set[int] = set()
    for likeness, index, place in sorted(pairs, reverse=True):
        if likeness >= _ALIKE and -index not in found and -place not in taken:
            found[-index] = added[-place].manifest
            taken.add(-place)
    return found


def _kind(manifest: Manifest) -> tuple[str, str]:
    return manifest.ref.group, manifest.ref.kind


def _likeness(before: Manifest, after: Manifest) -> float:
    """Return the share of fields that are equal, the names of object and component aside."""
    old, new = (set(_leaves(_anonymous(side), "")) for side in (before, after))
    return len(old & new) / max(len(old | new), 1)


def _anonymous(manifest: Manifest) -> JsonValue:
    text = json.dumps({**manifest.body, "metadata": manifest.labels})
    for name in (manifest.ref.name, manifest.ref.namespace, manifest.origin.component):
        if name:
            word = rf"(?<![A-Za-z0-9]){re.escape(json.dumps(name)[1:-1])}(?![A-Za-z0-9])"
            text = re.sub(word, "", text)
    value: JsonValue = json.loads(text)
    return value


def _leaves(value: JsonValue, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield path, json.dumps(value)
