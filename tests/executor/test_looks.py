"""What is waited for is watched: nobody asks again and again, and nothing old is believed."""

import threading
from collections.abc import Callable, Iterator

import pytest

from compiler.executor.execute import execute
from compiler.executor.looks import Looks
from compiler.executor.pods_at_once import PodsAtOnce
from compiler.executor.port import FORBIDDEN, ApiError
from compiler.executor.running import Patience
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.model.outcome import Deleted, Failed, Outcome, Reached
from compiler.model.plan import Seen, Step
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_manifest, make_plan

SELECTOR = "kuplet.dev/app=demo,kuplet.dev/environment=test"
LABELS: JsonObject = {"kuplet.dev/app": "demo", "kuplet.dev/environment": "test"}
PATIENCE = Patience(ready_s=5, deletion_s=5, first_look_s=0.001)
DONE: JsonObject = {"conditions": [{"type": "Complete", "status": "True"}]}
NO = ApiError(FORBIDDEN, {"reason": "Forbidden", "message": "no"})


class Counting(FakeCluster):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def read(self, manifest: Manifest) -> JsonObject | None:
        self.asked.append(f"read {manifest.ref.name}")
        return super().read(manifest)

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        self.asked.append(f"list {kind} {','.join(sorted(query))}")
        return super().list_objects(api_version, kind, namespace, **query)


def job(name: str, *, is_ours: bool = True) -> Manifest:
    found = make_manifest("Job", name, api_version="batch/v1", spec={})
    if is_ours:
        found.body["metadata"]["labels"] = {**LABELS}  # type: ignore[call-overload,index]
    return found


def step(manifest: Manifest, action: Action = Action.CREATE, seen: Seen | None = None) -> Step:
    until = Goal.GONE if action is Action.DELETE else Goal.COMPLETED
    return Step(manifest=manifest, action=action, until=until, seen=seen)


def waited(cluster: FakeCluster, *steps: Step) -> list[Outcome]:
    plan = make_plan(*steps, destination="a fake")
    assert plan.owner.selector == SELECTOR
    return [*execute(plan, cluster, PATIENCE)]


def later(*deeds: Callable[[], object]) -> None:
    """Do something while it is waited for: what changes slowly is what polling asks about often."""

    def run() -> None:
        for deed in deeds:
            deed()

    threading.Timer(0.3, run).start()


def test_what_is_waited_for_is_not_read_again_and_again() -> None:
    cluster = Counting()
    jobs = [job(f"job-{number}") for number in range(20)]
    later(*(lambda item=item: cluster.set_status(item.ref, DONE) for item in jobs))
    outcomes = waited(cluster, *map(step, jobs))
    assert sum(isinstance(item, Reached) for item in outcomes) == len(jobs)
    assert sum(asked.startswith("read") for asked in cluster.asked) <= len(jobs)


@pytest.mark.parametrize("kind", ["not ours", "forbidden"])
def test_what_no_watch_shows_is_read(kind: str) -> None:
    cluster = Counting()
    if kind == "forbidden":
        cluster.refuse("list", "Job", NO)
    slow = job("slow", is_ours=kind == "forbidden")
    later(lambda: cluster.set_status(slow.ref, DONE))
    (*_, last) = waited(cluster, step(slow))
    assert isinstance(last, Reached)
    assert cluster.asked.count("read slow") > 1


def test_what_loses_a_label_is_not_gone() -> None:
    cluster = Counting()
    slow = job("slow")

    def unlabelled() -> None:
        body: JsonObject = {**slow.body, "metadata": {"name": "slow", "namespace": "test"}}
        cluster.apply(body)

    later(unlabelled, lambda: cluster.set_status(slow.ref, DONE))
    (*_, last) = waited(cluster, step(slow))
    assert isinstance(last, Reached)


def test_what_somebody_deletes_meanwhile_is_gone_at_once() -> None:
    cluster = Counting()
    slow = job("slow")
    later(lambda: cluster.vanish(slow.ref))
    (*_, last) = waited(cluster, step(slow))
    assert isinstance(last, Failed)
    assert last.finding.rule == "object-gone"


def test_what_goes_slowly_is_watched_and_its_absence_read() -> None:
    cluster = Counting()
    slow = job("slow")
    slow.body["metadata"]["finalizers"] = ["example.com/slow"]  # type: ignore[call-overload,index]
    live = cluster.apply(slow.body)
    uid = str(live["metadata"]["uid"])  # type: ignore[call-overload,index]
    later(lambda: cluster.vanish(slow.ref))
    (*_, last) = waited(cluster, step(slow, Action.DELETE, Seen(uid=uid, resource_version="1")))
    assert isinstance(last, Deleted)
    assert cluster.asked.count("read slow") <= 3


class Late(FakeCluster):
    """Shows in its watches what was there a while ago, as a cache does that lags behind."""

    def __init__(self, shown: JsonObject) -> None:
        super().__init__()
        self.shown = shown
        self.has_shown = threading.Event()

    def watch_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: object
    ) -> Iterator[list[JsonObject]]:
        yield [self.shown]
        self.has_shown.set()
        threading.Event().wait()


@pytest.mark.parametrize(
    ("version", "is_old"), [("1", True), ("", True), ("x", True), ("99", False)]
)
def test_what_is_older_than_what_is_known_is_not_believed(version: str, *, is_old: bool) -> None:
    slow = job("slow")
    metadata: JsonObject = {"name": "slow", "uid": "uid-4", "resourceVersion": version}
    cluster = Late({**slow.body, "metadata": metadata, "status": DONE})
    known = cluster.apply(slow.body)
    metadata["uid"] = known["metadata"]["uid"]  # type: ignore[call-overload,index]
    looks = Looks(cluster, SELECTOR, cluster.has_shown.clear)
    looks.expect(slow)
    cluster.has_shown.wait(5)
    while not looks.changed():
        pass
    found = looks.at(slow, known)
    assert found is not None
    assert ("status" not in found) == (version != "99")
    assert "status" not in (looks.at(slow, known, anew=True) or {})


def test_the_pods_of_many_are_listed_once() -> None:
    cluster = Counting()
    for number in range(20):
        labels: JsonObject = {"app": f"a-{number}", "tier": "x"}
        body: JsonObject = {"name": f"pod-{number}", "namespace": "test", "labels": labels}
        cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": body})
    many = PodsAtOnce(cluster)
    for number in range(20):
        selector = f"app=a-{number},tier=x"
        (found,) = many.list_objects("v1", "Pod", "test", labelSelector=selector)
        assert found["metadata"]["name"] == f"pod-{number}"  # type: ignore[call-overload,index]
    assert many.list_objects("v1", "Pod", "test", labelSelector="app=a-1,tier=y") == []
    assert len(cluster.asked) == 6
