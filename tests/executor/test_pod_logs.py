"""The logs of several pods together: by time, over restarts, with pods that come later."""

from collections.abc import Callable, Iterator

import pytest

from compiler.errors import ExternalError, UsageError
from compiler.executor.pod_logs import LogChoice, LogItem, logs_from_now_on, logs_now
from compiler.model.json import JsonObject, JsonValue
from compiler.model.log import LogGap, LogLine
from compiler.model.manifest import mapping_at, text_at
from compiler.verbs.applied import Applied
from compiler.verbs.logs import logs_of
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_environment, make_manifest, manifest_of

DAY = "2026-01-01T00:00:0"


def pod(name: str, *containers: str, restarts: int = 0, state: str = "running") -> JsonObject:
    """Return a pod whose containers are all in one state."""
    names = containers or ("main",)
    statuses: list[JsonValue] = [
        {"name": each, "restartCount": restarts, "state": {state: {}}} for each in names
    ]
    manifest = make_manifest(
        "Pod",
        name,
        spec={"containers": [{"name": each} for each in names]},
        status={"containerStatuses": statuses},
    )
    metadata = mapping_at(manifest.body, "metadata")
    metadata |= {"labels": {"app": "web"}, "uid": name}
    return manifest.body


def texts(items: Iterator[LogItem]) -> list[str]:
    return [
        f"{item.pod}/{item.container}".rstrip("/") + f" {item.text.decode()}"
        for item in items
        if isinstance(item, LogLine)
    ]


def test_lines_of_all_pods_stand_in_the_order_of_time() -> None:
    cluster = FakeCluster()
    cluster.write_log("a", "main", f"{DAY}1Z first", f"{DAY}3.1Z third", "  at trace")
    cluster.write_log("b", "web", f"{DAY}2Z second", f"{DAY}3.12Z fourth")
    cluster.write_log("b", "side", "2026-01-01T02:00:04+02:00 fifth")
    found = logs_now(cluster, [pod("a"), pod("b", "web", "side")], LogChoice())
    assert texts(found) == [
        "a first",
        "b/web second",
        "a third",
        "a  at trace",
        "b/web fourth",
        "b/side fifth",
    ]


def test_what_is_asked_for_reaches_the_server_and_what_waits_is_said() -> None:
    cluster = FakeCluster()
    cluster.write_log("a", "main", f"{DAY}1Z old", f"{DAY}2Z new")
    choice = LogChoice(since_s=300, tail=1, previous=True)
    items = list(logs_now(cluster, [pod("a"), pod("b")], choice))
    assert texts(iter(items)) == ["a new"]
    gap = LogGap(pod="b", container="", message='container "main" is waiting to start')
    assert gap in items
    asked = {"timestamps": "true", "sinceSeconds": "300", "tailLines": "1", "previous": "true"}
    assert cluster.log_requests == [{"pod": "a", "container": "main", **asked}]


class Story:
    """Pods as they are at each look."""

    def __init__(self, *looks: list[JsonObject]) -> None:
        self._looks = list(looks)

    def __call__(self) -> list[JsonObject]:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    @property
    def is_over(self) -> Callable[[], bool]:
        return lambda: len(self._looks) == 1


def test_restarts_and_pods_that_come_later_are_followed_from_their_beginning() -> None:
    cluster = FakeCluster()
    cluster.write_log("a", "main", f"{DAY}1Z one")
    cluster.write_log("b", "main", f"{DAY}2Z two")
    for name in ("a", "b"):
        cluster.end_log(name, "main")
    story = Story(
        [pod("a"), pod("b", state="waiting")],
        [pod("a", restarts=1), pod("b")],
        [pod("a", restarts=1), pod("b")],
    )
    found = logs_from_now_on(cluster, story, LogChoice(tail=5), story.is_over)
    assert sorted(texts(found)) == ["a one", "a one", "b two"]
    tails = [request.get("tailLines") for request in cluster.log_requests if
             "sinceTime" not in request]  # fmt: skip
    assert sorted(tails, key=str) == ["5", None, None]


def test_a_stream_that_breaks_goes_on_where_it_was_and_nothing_comes_twice() -> None:
    class Breaking(FakeCluster):
        """Ends each stream after two lines, as a connection that is cut."""

        def pod_log(
            self, namespace: str, pod: str, container: str, **query: str
        ) -> Iterator[bytes]:
            found = super().pod_log(namespace, pod, container, **query)
            yield from (line for line, _ in zip(found, range(2), strict=False))

    cluster = Breaking()
    lines = [f"{DAY}{number}Z line {number}" for number in range(1, 6)]
    cluster.write_log("a", "main", *lines)
    cluster.end_log("a", "main")
    cluster.apply(pod("a", state="terminated"))
    story = Story([pod("a")], [pod("a")])
    found = texts(logs_from_now_on(cluster, story, LogChoice(), story.is_over))
    assert found == [f"a line {number}" for number in range(1, 6)]


def applied(cluster: FakeCluster, *pods: JsonObject) -> Applied:
    spec: JsonObject = {"selector": {"matchLabels": {"app": "web"}}}
    owner = make_manifest("Deployment", "web", api_version="apps/v1", spec=spec)
    for body in (owner.body, *pods):
        cluster.apply(body)
    return Applied(environment=make_environment(), manifests=(owner,))


def test_a_replica_is_told_by_the_end_of_its_name() -> None:
    cluster = FakeCluster()
    names = ("web-worker-0", "web-worker-10", "web-worker-0-x1")
    for name in names:
        cluster.write_log(name, "main", f"{DAY}1Z hello")
    found = applied(cluster, *map(pod, names))
    assert texts(logs_of(found, cluster, LogChoice(), "worker-0")) == [
        "web-worker-0 hello",
        "web-worker-0-x1 hello",
    ]
    with pytest.raises(UsageError, match='no pod is the replica "worker-1"'):
        list(logs_of(found, cluster, LogChoice(), "worker-1"))


def test_pods_of_kinds_without_labels_are_found_by_their_owners() -> None:
    cluster = FakeCluster()
    cron = make_manifest("CronJob", "nightly", api_version="batch/v1", spec={})
    cluster.apply(cron.body)
    cron_uid = text_at(cluster.read(cron), "metadata", "uid")
    job = make_manifest("Job", "nightly-1", api_version="batch/v1")
    mapping_at(job.body, "metadata")["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "CronJob", "uid": cron_uid, "controller": True}
    ]
    cluster.apply(job.body)
    job_uid = text_at(cluster.read(job), "metadata", "uid")
    mine, other = pod("nightly-1-a"), pod("stranger")
    mapping_at(mine, "metadata")["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "Job", "uid": job_uid, "controller": True}
    ]
    for body in (mine, other):
        mapping_at(body, "metadata").pop("uid")
        cluster.apply(body)
    cluster.write_log("nightly-1-a", "main", f"{DAY}1Z hello")
    found = Applied(environment=make_environment(), manifests=(manifest_of(cron.body),))
    assert texts(logs_of(found, cluster, LogChoice())) == ["nightly-1-a hello"]


def test_no_pods_is_no_success() -> None:
    cluster = FakeCluster()
    with pytest.raises(ExternalError, match="there are no pods"):
        list(logs_of(applied(cluster), cluster, LogChoice()))
