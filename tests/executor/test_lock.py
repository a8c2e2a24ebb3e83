"""The lock of an environment: one holder at a time, that renews it, gives it back, or loses it."""

import time
from collections.abc import Callable

import pytest

from compiler.errors import ExternalError
from compiler.executor.lock import Lock, Locking
from compiler.executor.port import FORBIDDEN, ApiError
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, mapping_at, text_at
from compiler.model.owner import Owner
from tests.executor.fake_cluster import FakeCluster

OWNER = Owner("demo", "test")
LEASE = ObjectRef("coordination.k8s.io", "Lease", "test", "kuplet.demo.test")
SHORT = 0.3  # seconds


def lock(cluster: FakeCluster, **locking: float) -> Lock:
    return Lock(cluster, "test", OWNER, Locking(**locking))  # type: ignore[arg-type]


def spec(cluster: FakeCluster) -> JsonObject:
    (lease,) = cluster.list_objects("coordination.k8s.io/v1", "Lease")
    return mapping_at(lease, "spec")


def until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_who_has_it_is_told_to_whoever_comes_second() -> None:
    cluster = FakeCluster()
    first, second = lock(cluster), lock(cluster)
    assert not first.take("joe", "apply")
    with pytest.raises(ExternalError) as caught:
        second.wait()
    (finding,) = caught.value.findings
    assert finding.rule == "lock-held"
    assert "is locked by joe on " in finding.message
    assert ": apply, for 0 s" in finding.message
    assert "--wait-lock" in finding.hint
    assert "--take-lock" in finding.hint
    first.give_back()
    second.wait()
    assert not second.take("ann", "apply")
    second.give_back()


def test_it_is_waited_for_as_long_as_was_said() -> None:
    cluster = FakeCluster()
    first, second = lock(cluster), lock(cluster, wait_s=20)
    first.take("joe", "apply")
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        first.give_back()

    second.wait(say)
    assert len(lines) == 1
    assert lines[0].startswith("waiting for joe on ")


def test_a_holder_that_lives_keeps_it_longer_than_one_lease() -> None:
    cluster = FakeCluster()
    first = lock(cluster, lease_s=1)
    first.take("joe", "apply")
    before = text_at(spec(cluster), "renewTime")
    until(lambda: text_at(spec(cluster), "renewTime") > before)
    first.check()
    first.give_back()
    assert text_at(spec(cluster), "holderIdentity") == ""


def test_what_a_killed_holder_left_ends_by_itself_and_is_told() -> None:
    cluster = FakeCluster()
    killed = lock(cluster, lease_s=1)
    killed.take("joe", "apply")
    (lease,) = cluster.list_objects("coordination.k8s.io/v1", "Lease")
    killed.give_back()
    held = {**mapping_at(lease, "spec"), "renewTime": "2026-01-01T00:00:00.000000Z"}
    metadata: JsonObject = {"name": LEASE.name, "namespace": "test"}
    body: JsonObject = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
    cluster.apply({**body, "metadata": metadata, "spec": held}, manager="killed", force=True)
    next_one = lock(cluster)
    next_one.wait()
    assert next_one.take("ann", "apply").startswith("joe on ")
    assert spec(cluster)["leaseTransitions"] == 1
    next_one.give_back()


def test_whoever_lost_it_writes_nothing_more() -> None:
    cluster = FakeCluster()
    first, second = lock(cluster, lease_s=SHORT), lock(cluster, take=True)
    first.take("joe", "apply")
    assert second.take("ann", "delete").startswith("joe on ")

    def is_lost() -> bool:
        try:
            first.check()
        except ExternalError as error:
            return "was taken by ann on " in error.findings[0].message
        return False

    until(is_lost)
    first.give_back()  # must not free what another one has
    assert text_at(spec(cluster), "holderIdentity")
    second.check()
    second.give_back()


def test_a_lock_that_cannot_be_renewed_is_lost_when_it_ends() -> None:
    cluster = FakeCluster()
    first = lock(cluster, lease_s=SHORT)
    first.take("joe", "apply")
    first.check()
    no = ApiError(FORBIDDEN, {"reason": "Forbidden", "message": "no"})
    cluster.refuse("apply", LEASE.name, *(1000 * [no]))
    time.sleep(2 * SHORT)
    with pytest.raises(ExternalError, match="could not be renewed"):
        first.check()
    first.give_back()


def test_a_renewal_whose_answer_is_lost_loses_nothing() -> None:
    cluster = FakeCluster()
    first = lock(cluster, lease_s=1)
    first.take("joe", "apply")
    cluster.lose_answer("apply", LEASE.name)
    before = text_at(spec(cluster), "renewTime")
    until(lambda: text_at(spec(cluster), "renewTime") > before)
    again = text_at(spec(cluster), "renewTime")
    until(lambda: text_at(spec(cluster), "renewTime") > again)
    first.check()
    first.give_back()


def test_of_many_at_once_one_gets_it() -> None:
    cluster = FakeCluster()
    taken = 0
    locks = [lock(cluster) for _ in range(5)]
    for each in locks:
        try:
            each.take("joe", "apply")
        except ExternalError:
            continue
        taken += 1
    assert taken == 1
    for each in locks[:1]:
        each.give_back()


def test_who_may_not_use_leases_is_told_what_to_ask_for() -> None:
    cluster = FakeCluster()
    no = ApiError(FORBIDDEN, {"reason": "Forbidden", "message": "leases is forbidden"})
    cluster.refuse("create", LEASE.name, no)
    with pytest.raises(ExternalError) as caught:
        lock(cluster).take("joe", "apply")
    assert caught.value.findings[0].rule == "lock-store"


def answer_late(cluster: FakeCluster) -> None:
    """Carry out the next write of the lease, but answer as to a repetition: it was changed."""

    def changed(_: JsonObject) -> None:
        cluster.after("apply", LEASE.name, lambda _: None)
        raise ApiError(409, {"reason": "Conflict", "message": "the object has been modified"})

    cluster.after("apply", LEASE.name, changed)


def test_a_lock_whose_first_answer_is_lost_is_ours_and_is_given_back() -> None:
    cluster = FakeCluster()
    former = lock(cluster)
    former.take("joe", "apply")
    former.give_back()
    answer_late(cluster)
    mine = lock(cluster)
    assert not mine.take("ann", "apply")
    mine.check()
    mine.give_back()
    assert text_at(spec(cluster), "holderIdentity") == ""


def test_a_lock_is_given_back_though_the_answer_to_its_last_renewal_is_lost() -> None:
    cluster = FakeCluster()
    mine = lock(cluster)
    mine.take("ann", "apply")
    (lease,) = cluster.list_objects("coordination.k8s.io/v1", "Lease")
    renewed = {**mapping_at(lease, "spec"), "renewTime": "2026-01-01T00:00:00.000000Z"}
    metadata = {"name": LEASE.name, "namespace": "test"}
    cluster.apply({**lease, "metadata": {**metadata}, "spec": renewed}, force=True)
    mine.give_back()
    assert text_at(spec(cluster), "holderIdentity") == ""
