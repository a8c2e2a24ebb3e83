"""A cluster that is looked at again and again is asked only for what has changed."""

from collections.abc import Callable, Iterator

import pytest

from compiler.executor.port import FORBIDDEN, ApiError
from compiler.executor.sight import Sight
from compiler.executor.watching import Watched
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_manifest

LABELS = {"kuplet.dev/app": "demo"}
SELECTOR = "kuplet.dev/app=demo"
PATIENCE_S = 30.0


class Counting(FakeCluster):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def read(self, manifest: Manifest) -> JsonObject | None:
        self.asked.append(f"read {manifest.ref}")
        return super().read(manifest)

    def apply(self, body: JsonObject, **more: object) -> JsonObject:
        if more.get("dry_run"):
            self.asked.append("dry run")
        return super().apply(body, **more)  # type: ignore[arg-type]

    def watch_objects(  # type: ignore[override]
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> Iterator[list[JsonObject]]:
        self.asked.append(f"watch {kind}")
        return super().watch_objects(api_version, kind, namespace, **query)  # type: ignore[arg-type]


def config(name: str, mode: str = "fast", *, is_ours: bool = True) -> Manifest:
    manifest = make_manifest("ConfigMap", name, data={"mode": mode})
    if is_ours:
        manifest.body["metadata"]["labels"] = {**LABELS}  # type: ignore[call-overload,index]
    return manifest


def until(condition: Callable[[], bool], sight: Watched) -> None:
    """Wait until what was seen is so."""
    for _ in range(int(PATIENCE_S)):
        if condition():
            return
        sight.wait(1.0)
    assert condition()


def mode_of(live: JsonObject | None) -> object:
    return live["data"]["mode"] if live else None  # type: ignore[index,call-overload]


def test_objects_are_read_once_and_their_changes_are_seen() -> None:
    cluster = Counting()
    for name in ("a", "b"):
        cluster.apply(config(name).body)
    sight = Watched(cluster, SELECTOR)
    for _ in range(5):
        assert [mode_of(sight.read(config(name))) for name in ("a", "b")] == ["fast", "fast"]
    assert cluster.asked == ["watch ConfigMap"]
    cluster.apply(config("b", "slow").body)
    until(lambda: mode_of(sight.read(config("b"))) == "slow", sight)
    assert cluster.asked == ["watch ConfigMap"]


def test_what_lacks_our_labels_and_what_is_not_there_yet_is_seen_too() -> None:
    cluster = Counting()
    cluster.apply(config("bare", is_ours=False).body)
    sight = Watched(cluster, SELECTOR)
    assert mode_of(sight.read(config("bare"))) == "fast"
    assert sight.read(config("later")) is None
    cluster.apply(config("later").body)
    until(lambda: sight.read(config("later")) is not None, sight)
    assert not [word for word in cluster.asked if word.startswith("read")]


def test_what_an_apply_would_make_is_asked_again_only_when_the_object_has_changed() -> None:
    cluster = Counting()
    cluster.apply(config("a").body)
    sight = Watched(cluster, SELECTOR)
    for _ in range(3):
        assert mode_of(sight.apply(config("a", "slow").body, dry_run=True)) == "slow"
    assert cluster.asked.count("dry run") == 1
    cluster.apply(config("a", "odd").body)
    until(lambda: mode_of(sight.read(config("a"))) == "odd", sight)
    for _ in range(3):
        sight.apply(config("a", "slow").body, dry_run=True)
    assert cluster.asked.count("dry run") == 2


class Blind(FakeCluster):
    """A cluster that shows nothing of a kind."""

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        if kind == "Secret":
            raise ApiError(FORBIDDEN, {"message": "you may not"})
        return super().list_objects(api_version, kind, namespace, **query)


@pytest.mark.parametrize("make", [Sight, lambda cluster: Watched(cluster, SELECTOR)])
def test_what_may_not_be_seen_is_noted_once(make: Callable[[FakeCluster], Sight]) -> None:
    sight = make(Blind())
    for _ in range(2):
        with pytest.raises(ApiError, match="you may not"):
            sight.list_objects("v1", "Secret", "test")
    sight.list_objects("v1", "ConfigMap", "test")
    (finding,) = sight.unseen
    assert finding.message == "Secret objects in test are not seen"
    assert not finding.is_error
