"""Puts the logs of many pods together: by time, or as they come."""

import heapq
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from compiler.errors import ExternalError
from compiler.executor.port import ClusterPort
from compiler.kinds.conditions import number
from compiler.model.json import JsonObject
from compiler.model.log import LogGap, LogLine
from compiler.model.manifest import mapping_at, objects_at, text_at

_LISTS = (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses"))
_BETWEEN_LOOKS_S = 1.0
_FRACTION = re.compile(r"\.([0-9]+)")

LogItem: TypeAlias = LogLine | LogGap
_Moment: TypeAlias = tuple[float, str]  # seconds, and nanoseconds as digits
_EARLIEST: _Moment = (0.0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoice:
    """Which part of the logs.

    Attributes:
        since_s: Only what is not older; ``None`` for all.
        tail: Only the last lines of each container; ``None`` for all.
        previous: Of containers that were restarted, the one before.
    """

    since_s: float | None = None
    tail: int | None = None
    previous: bool = False

    @property
    def query(self) -> dict[str, str]:
        """What the server is asked."""
        found = {"timestamps": "true"}
        if self.since_s is not None:
            found["sinceSeconds"] = str(max(round(self.since_s), 1))
        if self.tail is not None:
            found["tailLines"] = str(self.tail)
        if self.previous:
            found["previous"] = "true"
        return found


@dataclass(frozen=True, slots=True, order=True)
class _Source:
    """One start of a container.

    Attributes:
        shown: Its name where the pod has several; else empty.
    """

    namespace: str
    pod: str
    uid: str
    container: str
    shown: str
    restarts: int
    is_running: bool = field(compare=False)
    has_started: bool = field(compare=False)


def logs_now(
    cluster: ClusterPort, pods: Sequence[JsonObject], choice: LogChoice
) -> Iterator[LogItem]:
    """Yield what some pods have printed, by time; of containers without a log, why, first."""
    streams: list[Iterator[LogLine]] = []
    for source in sources(pods):
        stream = _lines(cluster, source, choice.query)
        try:
            first = next(stream, None)
        except ExternalError as error:
            yield _gap(source, error)
            continue
        if first:
            streams.append(_with_first(first, stream))
    yield from heapq.merge(*streams, key=_Clock())


class _Clock:
    """Tells the moment of a line; one that has none belongs to the line before it."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], _Moment] = {}

    def __call__(self, line: LogLine) -> _Moment:
        key = (line.pod, line.container)
        self._last[key] = _moment(line.time) or self._last.get(key, _EARLIEST)
        return self._last[key]


def _moment(text: str) -> _Moment | None:
    """Return a moment to the nanosecond, which datetime does not know."""
    try:
        seconds = datetime.fromisoformat(text).replace(microsecond=0).timestamp()
    except ValueError:
        return None
    fraction = _FRACTION.search(text)
    return seconds, fraction[1].ljust(9, "0") if fraction else ""


def logs_from_now_on(
    cluster: ClusterPort,
    pods: Callable[[], Sequence[JsonObject]],
    choice: LogChoice,
    is_over: Callable[[], bool],
) -> Iterator[LogItem]:
    """Yield what pods print, as it comes, over restarts and with pods that come later.

    Args:
        pods: Returns those that there are by now.
        is_over: Whether nothing more will be printed when those that run have ended.
    """
    heard: queue.Queue[LogItem | _Source] = queue.Queue()
    followed: set[_Source] = set()
    running: set[_Source] = set()
    query, later = choice.query, {"timestamps": "true"}
    while True:
        was_over = is_over()
        for source in sources(pods()):
            if source.has_started and source not in followed:
                followed.add(source)
                running.add(source)
                arguments = (cluster, source, query, heard)
                threading.Thread(target=_follow, args=arguments, daemon=True).start()
        query = later  # of what starts from now on nothing is left out
        if was_over and not running and heard.empty():
            return
        for item in _heard(heard):
            if isinstance(item, _Source):
                running.discard(item)
            else:
                yield item


def _heard(heard: "queue.Queue[LogItem | _Source]") -> Iterator[LogItem | _Source]:
    """Yield what has come, and wait a moment for more."""
    try:
        yield heard.get(timeout=_BETWEEN_LOOKS_S)
        while True:
            yield heard.get_nowait()
    except queue.Empty:
        return


def _follow(
    cluster: ClusterPort,
    source: _Source,
    query: dict[str, str],
    heard: "queue.Queue[LogItem | _Source]",
) -> None:
    """Pass on what a container prints, over connections that break; then say that it has ended."""
    asked, last = query, _EARLIEST
    try:
        while True:
            is_silent = True
            for line in _lines(cluster, source, {**asked, "follow": "true"}):
                moment = _moment(line.time)
                if moment and moment <= last:
                    continue  # the second in which it broke off comes once more
                is_silent, last = False, moment or last
                heard.put(line)
                asked = {"timestamps": "true", **({"sinceTime": line.time} if moment else {})}
            if is_silent and not _still_runs(cluster, source):
                return
            if is_silent:
                time.sleep(_BETWEEN_LOOKS_S)
    except ExternalError as error:
        heard.put(_gap(source, error))
    finally:
        heard.put(source)


def _still_runs(cluster: ClusterPort, source: _Source) -> bool:
    selector = f"metadata.name={source.pod}"
    found = cluster.list_objects("v1", "Pod", source.namespace, fieldSelector=selector)
    return any(item == source and item.is_running for item in sources(found))


def sources(pods: Sequence[JsonObject]) -> list[_Source]:
    """Return the containers of some pods, as they were started last."""
    return [source for pod in pods for source in _containers(pod)]


def _containers(pod: JsonObject) -> Iterator[_Source]:
    namespace, name, uid = (text_at(pod, "metadata", key) for key in ("namespace", "name", "uid"))
    is_one = sum(len(objects_at(pod, "spec", listed)) for listed, _ in _LISTS) == 1
    for listed, states in _LISTS:
        statuses = {text_at(item, "name"): item for item in objects_at(pod, "status", states)}
        for container in objects_at(pod, "spec", listed):
            status = statuses.get(text_at(container, "name"), {})
            restarts = number(status, "restartCount")
            is_running = bool(mapping_at(status, "state").keys() & {"running"})
            has_ended = bool(mapping_at(status, "state").keys() & {"terminated"})
            yield _Source(
                namespace=namespace,
                pod=name,
                uid=uid,
                container=text_at(container, "name"),
                shown="" if is_one else text_at(container, "name"),
                restarts=restarts,
                is_running=is_running,
                has_started=is_running or has_ended or restarts > 0,
            )


def _lines(cluster: ClusterPort, source: _Source, query: dict[str, str]) -> Iterator[LogLine]:
    for line in cluster.pod_log(source.namespace, source.pod, source.container, **query):
        moment, _, text = line.partition(b" ")
        yield LogLine(
            pod=source.pod,
            container=source.shown,
            time=moment.decode(errors="replace"),
            text=text,
        )


def _with_first(first: LogLine, stream: Iterator[LogLine]) -> Iterator[LogLine]:
    yield first
    yield from stream


def _gap(source: _Source, error: ExternalError) -> LogGap:
    message = getattr(error, "message", "") or str(error)
    return LogGap(pod=source.pod, container=source.shown, message=message)
