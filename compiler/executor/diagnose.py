"""Says why an object does not get ready: its conditions, its pods' problems, and the events."""

from collections.abc import Callable, Iterator

from compiler.errors import ExternalError
from compiler.executor.field_owners import last_change
from compiler.executor.port import ClusterPort
from compiler.kinds.kind import Life
from compiler.kinds.table import kind_of_live
from compiler.kinds.workloads import pod_deadlock, pod_delay, pod_problem
from compiler.model.json import JsonObject
from compiler.model.manifest import objects_at, text_at

MAX_LINES = 8  # of each sort
MAX_REASONS = 2  # of an object that is waited for
_SECONDS = len("2026-11-26T18:45:20")  # some events are timed to the microsecond
_GOOD_WHEN_FALSE = {"ReplicaFailure", "Failed", "Stalled", "Suspended", "Restarting"}


def diagnosis(cluster: ClusterPort, live: JsonObject) -> list[str]:
    """Return what the cluster says about an object, the most telling lines first."""
    try:
        pods = pods_of(cluster, live)
        said = [*_condition_lines(live), *_pod_lines(pods, _why_not_ready)]
        lines = [*said, *_event_lines(cluster, [live, *pods])]
    except ExternalError as error:  # the diagnosis must not hide the failure
        return [f"no further diagnosis: {error}"]
    return lines


def reasons(cluster: ClusterPort, live: JsonObject, *, is_waited_for: bool = True) -> str:
    """Return why an object gets no further, each reason once; empty when nothing says so.

    Its pods say it, or, where its kind has none, the newest warning about it.

    Args:
        is_waited_for: Whether it is only looked what is wrong: what takes its time is no news.
    """
    why = pod_problem if is_waited_for else _why_not_ready
    try:
        if kind_of_live(live).pod_labels(live):
            return "; ".join(_pod_lines(pods_of(cluster, live), why)[:MAX_REASONS])
        return next(iter(_warnings(cluster, [live], since=last_change(live))), "")
    except ExternalError:  # it is only said in passing
        return ""


def deadlock_of(cluster: ClusterPort, live: JsonObject) -> str:
    """Return why new pods of an object will never run as they are; empty when they still may.

    Pods that are older than the object's last change do not count: it may be what mends them.
    """
    changed = last_change(live)
    may_crash = kind_of_live(live).life is Life.RUN  # its controller counts
    try:
        pods = pods_of(cluster, live)
    except ExternalError:
        return ""
    for pod in pods:
        problem = pod_deadlock(pod, may_crash=may_crash)
        if problem and text_at(pod, "metadata", "creationTimestamp") >= changed:
            return f"pod {text_at(pod, 'metadata', 'name')}: {problem}"
    return ""


def has_ended_well(cluster: ClusterPort, live: JsonObject) -> bool:
    """Return whether an object that is gone removed itself after its success, and not somebody.

    Only one with a time to live does that, and its controller's event tells that it succeeded.

    Args:
        live: The object as it was seen last.

    Returns:
        ``False`` where the cluster does not let us look, too: nobody knows then.
    """
    kind = kind_of_live(live)
    if not kind.removes_itself(live):
        return False
    try:
        return bool(_events(cluster, live, f"reason={kind.success_event}"))
    except ExternalError:
        return False


def _events(cluster: ClusterPort, live: JsonObject, fields: str) -> list[JsonObject]:
    """Return the events about an object that fit a field selector."""
    namespace = text_at(live, "metadata", "namespace") or "default"
    selector = f"involvedObject.uid={text_at(live, 'metadata', 'uid')},{fields}"
    return cluster.list_objects("v1", "Event", namespace, fieldSelector=selector)


def _condition_lines(live: JsonObject) -> Iterator[str]:
    for condition in objects_at(live, "status", "conditions"):
        name, status = text_at(condition, "type"), text_at(condition, "status")
        if status == ("True" if name in _GOOD_WHEN_FALSE else "False"):
            words = (text_at(condition, "reason"), text_at(condition, "message"))
            yield f"condition {name}={status}: {': '.join(word for word in words if word)}"


def pods_of(cluster: ClusterPort, live: JsonObject) -> list[JsonObject]:
    """Return the pods that belong to an object, by the labels that its kind gives them."""
    namespace = text_at(live, "metadata", "namespace")
    labels = kind_of_live(live).pod_labels(live)
    if not namespace or not labels:
        return []
    selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return cluster.list_objects("v1", "Pod", namespace, labelSelector=selector)


def _why_not_ready(pod: JsonObject) -> str:
    return pod_problem(pod) or pod_delay(pod)


def _pod_lines(pods: list[JsonObject], why: Callable[[JsonObject], str]) -> list[str]:
    found: dict[str, list[str]] = {}
    for pod in pods:
        found.setdefault(why(pod), []).append(text_at(pod, "metadata", "name"))
    found.pop("", None)
    return [f"{_named(names)}: {problem}" for problem, names in found.items()][:MAX_LINES]


def _named(names: list[str]) -> str:
    return f"pod {names[0]}{_others(names)}"


def _others(names: list[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""


def _event_lines(cluster: ClusterPort, objects: list[JsonObject]) -> list[str]:
    lines = (
        f"event on {names[0]}{_others(names)}: {words}"
        for words, names in _warnings(cluster, objects).items()
    )
    return list(lines)[:MAX_LINES]


def _warnings(
    cluster: ClusterPort, objects: list[JsonObject], since: str = ""
) -> dict[str, list[str]]:
    """Return the newest warnings about the objects, each message once, with the objects' names."""
    found: dict[str, list[str]] = {}
    for item in objects[:MAX_LINES]:
        name = text_at(item, "metadata", "name")
        events = _events(cluster, item, "type=Warning")
        fresh = [event for event in events if _time(event)[:_SECONDS] >= since[:_SECONDS]]
        for event in sorted(fresh, key=_time, reverse=True):
            words = f"{text_at(event, 'reason')}: {text_at(event, 'message')}"
            if name not in found.setdefault(words, []):
                found[words].append(name)
    return found


def _time(event: JsonObject) -> str:
    return text_at(event, "lastTimestamp") or text_at(event, "eventTime")
