"""Lists the events of an environment's objects, and of all that they own."""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.executor.family import Family
from compiler.executor.port import ClusterPort
from compiler.kinds.conditions import number
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.model.owner import component_of
from compiler.verbs.applied import Applied

_TIMES = (("series", "lastObservedTime"), ("lastTimestamp",), ("eventTime",), ("firstTimestamp",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an object, once or more often.

    Attributes:
        last: When it happened last, as the server says it.
        component: Whose the object is, or the one that owns it.
    """

    last: str
    count: int
    type: str
    component: str
    object: str
    reason: str
    message: str


def events_of(found: Applied, cluster: ClusterPort) -> tuple[list[Event], int]:
    """Return the events, the latest last, and how many may be those of objects that are gone.

    Raises:
        ExternalError: The server does not let us look.
    """
    live = found.live(cluster)
    family = Family(cluster, live)
    namespaces = {text_at(item, "metadata", "namespace") or "default" for item in live}
    events: dict[tuple[str, ...], Event] = {}
    strangers = 0
    for namespace in sorted(namespaces):
        for item in cluster.list_objects("v1", "Event", namespace):
            concerned = _concerned(item, family, namespace)
            root = family.root_of(concerned) if concerned else None
            if root is None:
                strangers += concerned is None
                continue
            event = _event(item, component_of(root))
            key = (event.object, event.type, event.reason, event.message)
            events[key] = _joined(events[key], event) if key in events else event
    return sorted(events.values(), key=lambda item: (item.last, item.object)), strangers


def _concerned(event: JsonObject, family: Family, namespace: str) -> JsonObject | None:
    """Return the metadata of the object that an event is about; ``None`` when it is gone."""
    uid = text_at(event, "involvedObject", "uid")
    if family.root_of({"metadata": {"uid": uid}}):
        return {"metadata": {"uid": uid}}
    api_version, kind = (text_at(event, "involvedObject", key) for key in ("apiVersion", "kind"))
    return family.known(api_version or "v1", kind, namespace).get(uid)


def _event(item: JsonObject, component: str) -> Event:
    name, kind = (text_at(item, "involvedObject", key) for key in ("name", "kind"))
    count = max(number(item, "count", default=1), number(item, "series", "count", default=1))
    return Event(
        last=next(filter(None, _times(item)), ""),
        count=count,
        type=text_at(item, "type"),
        component=component,
        object=f"{kind}/{name}",
        reason=text_at(item, "reason"),
        message=text_at(item, "message").strip(),
    )


def _times(item: JsonObject) -> Iterator[str]:
    yield from (text_at(item, *path) for path in _TIMES)


def _joined(first: Event, second: Event) -> Event:
    """Return two reports of the same as one."""
    later = max(first, second, key=lambda item: item.last)
    return Event(
        last=later.last,
        count=first.count + second.count,
        type=later.type,
        component=later.component,
        object=later.object,
        reason=later.reason,
        message=later.message,
    )
