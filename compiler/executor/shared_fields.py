"""Says what to send for objects into which controllers write what the app writes, too.

Some lists and maps have one owner as a whole: Ray's groups of workers, the node selector of pods. A
controller that adds something to one owns all of it, and so does one that reads an object into Go's
types and writes it back. What it added is sent along with the app's part, or it would be gone.

Sources: podset.Merge, jobframework.getPodSetsInfoFromStatus and the jobs of Kueue 0.19; how kuberay
1.6 adds its finalizers.
"""

from collections.abc import Collection
from dataclasses import dataclass

from compiler.executor.port import ClusterPort
from compiler.executor.queueing import Addition, admitted_with
from compiler.executor.spelling import partner, with_live_amounts
from compiler.kinds.queues import GROUP, MANAGER, queue_of
from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, text_at
from compiler.model.secret import as_written

_OF_QUEUES = f"{GROUP}/"
_COUNTS = {"parallelism", "completions"}  # a queue may admit fewer pods than are asked for
_MAPS, _LISTS = {"annotations", "labels", "nodeSelector"}, {"schedulingGates", "tolerations"}
_ATOMIC = {"nodeSelector", "tolerations"} | _COUNTS  # they have one owner wherever they stand


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent for an object.

    Attributes:
        managers: Controllers whose part is in it, so that their fields may be taken.
    """

    body: JsonObject
    managers: frozenset[str] = frozenset()


def is_shared(manifest: Manifest) -> bool:
    """Return whether controllers may write into objects of this kind, as far as anybody knows."""
    kind = kind_of(manifest.ref)
    return bool(kind.suspend or kind.amounts or queue_of(manifest.body))


def request_for(cluster: ClusterPort, manifest: Manifest, live: JsonObject | None) -> Request:
    """Return what to send for a manifest, so that its controllers lose nothing of what they wrote.

    Nobody's fields are taken where what a queue added cannot be read.
    """
    operator = kind_of(manifest.ref).rewritten_by
    if not live or not (operator or queue_of(live)):
        return Request(as_written(manifest.body))
    additions = admitted_with(cluster, live)
    body = as_written(with_live_amounts(manifest, live).body)
    spec = beside_controllers(
        body.get("spec"), live.get("spec"), additions or [], is_whole=bool(operator)
    )
    managers = {operator} if additions is None else {operator, MANAGER}
    return Request({**body, "spec": spec}, frozenset(managers))


def beside_controllers(
    asked: JsonValue, live: JsonValue, additions: Collection[Addition], *, is_whole: bool = False
) -> JsonValue:
    """Return what is asked for, with what controllers made of it in a live object.

    Args:
        additions: What a queue adds to pods.
        is_whole: Whether a controller writes all of it, as Go writes it.
    """
    if isinstance(asked, list) and isinstance(live, list):
        return [
            beside_controllers(item, partner(item, place, live), additions, is_whole=True)
            for place, item in enumerate(asked)
        ]
    if not isinstance(asked, dict) or not isinstance(live, dict):
        return asked
    written: JsonObject = {
        key: beside_controllers(value, live.get(key), additions, is_whole=is_whole)
        for key, value in asked.items()
        if value or key in live or not is_whole  # Go leaves zeros out
    }
    for key in live.keys() if is_whole else live.keys() & written.keys() & _ATOMIC:
        part = _of_controllers(key, live[key], additions)
        if part is not None:
            written[key] = _joined(written.get(key), part)
    return written


def _of_controllers(key: str, live: JsonValue, additions: Collection[Addition]) -> JsonValue:
    """Return what of a field is a controller's; ``None`` where nothing is."""
    if _is_empty(live):  # Go writes empty objects
        return live
    if isinstance(live, dict) and key == "metadata":
        parts = ((name, _of_controllers(name, value, additions)) for name, value in live.items())
        return {name: part for name, part in parts if part} or None
    if isinstance(live, dict) and key in _MAPS:
        return {
            name: value
            for name, value in live.items()
            if name.startswith(_OF_QUEUES) or (key, name, value) in additions
        } or None
    if isinstance(live, list) and key in _LISTS:
        return [
            item
            for item in live
            if text_at(item, "name").startswith(_OF_QUEUES) or (key, "", item) in additions
        ] or None
    return live if key in _COUNTS and (key, "", live) in additions else None


def _joined(asked: JsonValue, part: JsonValue) -> JsonValue:
    if isinstance(asked, dict) and isinstance(part, dict):
        return part | asked
    if isinstance(asked, list) and isinstance(part, list):
        return [*asked, *(item for item in part if item not in asked)]
    return part


def _is_empty(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    return value is None or value == []
