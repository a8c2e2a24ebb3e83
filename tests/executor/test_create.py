"""A create is done once, however many answers get lost, and a rival's object is nobody else's."""

import pytest

from compiler.errors import ExternalError
from compiler.executor.create import create_once
from compiler.executor.port import CONFLICT, ApiError, LostAnswerError
from compiler.executor.releases import Releases
from compiler.model.manifest import Manifest
from compiler.model.owner import Owner
from compiler.model.release import Release, ReleaseStatus
from tests.executor.fake_cluster import LOST, FakeCluster
from tests.factories import make_manifest

NAMESPACE = make_manifest("Namespace", "test", namespace="")


def record(writer: str) -> Manifest:
    return make_manifest("ConfigMap", "record", data={"writer": writer})


def release() -> Release:
    return Release(
        app="demo",
        environment="test",
        revision=0,
        status=ReleaseStatus.PENDING,
        digest="",
        components=(),
        parameters={},
        packages={},
        objects=(),
    )


def test_an_answer_that_gets_lost_is_no_rival() -> None:
    cluster = FakeCluster()
    cluster.lose_answer("create", "record")
    made = create_once(cluster, record("me").body)
    assert made == cluster.read(record("me"))
    assert cluster.requests == ["create ConfigMap/record"]


def test_what_never_arrived_is_sent_again() -> None:
    cluster = FakeCluster()
    cluster.refuse("create", "record", LOST, LOST)
    create_once(cluster, record("me").body)
    assert cluster.requests == 3 * ["create ConfigMap/record"]


def test_a_rival_who_was_faster_while_an_answer_was_lost_is_seen() -> None:
    cluster = FakeCluster()
    cluster.create(record("rival").body)
    cluster.refuse("create", "record", LOST)
    with pytest.raises(ApiError) as caught:
        create_once(cluster, record("me").body)
    assert caught.value.code == CONFLICT


def test_who_never_gets_an_answer_says_so() -> None:
    cluster = FakeCluster()
    cluster.refuse("create", "record", *(20 * [LOST]))
    with pytest.raises(LostAnswerError):
        create_once(cluster, record("me").body)


def test_a_release_whose_first_answer_is_lost_is_begun() -> None:
    cluster = FakeCluster()
    cluster.lose_answer("create", "kuplet.release.demo.test.v1.1")
    releases = Releases(cluster, "test", Owner("demo", "test"))
    assert releases.begin(release(), 0).revision == 1
    assert [item.revision for item in releases.all().releases] == [1]


def test_of_two_releases_at_the_same_time_one_begins() -> None:
    cluster = FakeCluster()
    releases = Releases(cluster, "test", Owner("demo", "test"))
    releases.begin(release(), 0)
    with pytest.raises(ExternalError, match="another apply of this environment has begun"):
        releases.begin(release(), 0)


def test_what_a_proxy_sends_twice_is_ours() -> None:
    cluster = FakeCluster()
    cluster.create(record("me").body)
    assert create_once(cluster, record("me").body) == cluster.read(record("me"))
