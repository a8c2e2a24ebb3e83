"""A job in a queue: what is said of it, when its clocks run, and what waiting cannot help."""

import time
from collections.abc import Callable, Iterator

import pytest

from compiler.executor.compare import compare_with_cluster
from compiler.executor.execute import execute
from compiler.executor.running import Patience
from compiler.model.app import Goal
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, text_at
from compiler.model.outcome import Failed, Reached, Waiting
from tests.executor.fake_cluster import FakeCluster
from tests.executor.test_execute import plan_of, step
from tests.executor.test_removal import compiled
from tests.factories import make_manifest

QUICK = Patience(ready_s=0.3, completion_s=0.3, queue_s=5, queue_settles_s=0.02, first_look_s=0.001)
LABELS: JsonObject = {"kueue.x-k8s.io/queue-name": "gpus"}
_MAIN = "couldn't assign flavors to pod set main:"
FULL = f"{_MAIN} insufficient unused quota for cpu in flavor a, 1 more needed"
TOO_MUCH = (
    f"{_MAIN} insufficient quota for cpu in flavor a, previously"
    " considered podsets requests (0) + current podset request (8) > maximum capacity (2)"
)


def train(spec: JsonObject | None = None, *, has_label: bool = True) -> Manifest:
    made = make_manifest("Job", "train", api_version="batch/v1", spec=spec or {})
    if has_label:
        mapping_at(made.body, "metadata")["labels"] = LABELS
    return made


class Kueue:
    """Does to the job and its Workload what Kueue does."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster

    def hold(self, live: JsonObject) -> None:
        """Suspend a new job, and make its Workload."""
        if live.get("spec"):
            return
        live["spec"] = {"suspend": True}
        self.workload("own", text_at(live, "metadata", "uid"))

    def workload(self, name: str, owner: str, **spec: object) -> None:
        body = make_manifest(
            "Workload",
            name,
            api_version="kueue.x-k8s.io/v1beta2",
            spec={"queueName": "gpus", **spec},
        ).body
        mapping_at(body, "metadata")["ownerReferences"] = [{"uid": owner}]
        self._cluster.apply(body, manager="kueue")

    def say(self, reason: str, message: str, **others: str) -> None:
        """Write that the Workload has no quota, and why."""
        conditions: list[JsonValue] = [
            {"type": "QuotaReserved", "status": "False", "reason": reason, "message": message},
        ]
        for name, why in others.items():
            conditions.append({"type": name, "status": "True", "reason": why})
        self._cluster.set_status(WORKLOAD, {"conditions": conditions})

    def admit(self) -> None:
        self._cluster.set_status(WORKLOAD, {"conditions": [{"type": "Admitted", "status": "True"}]})
        self._suspend(suspend=False)

    def evict(self) -> None:
        self.say("Pending", "Preempted to make room", Evicted="Preempted")
        self._suspend(suspend=True)

    def finish(self) -> None:
        done: JsonObject = {"conditions": [{"type": "Complete", "status": "True"}]}
        self._cluster.set_status(train().ref, done)

    def _suspend(self, *, suspend: bool) -> None:
        body: JsonObject = {**train().body, "spec": {"suspend": suspend}}
        self._cluster.apply(body, manager="kueue")


WORKLOAD = ObjectRef("kueue.x-k8s.io", "Workload", "test", "own")


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def kueue(cluster: FakeCluster) -> Kueue:
    made = Kueue(cluster)
    cluster.after("apply", "train", made.hold)
    return made


def played(
    cluster: FakeCluster, *deeds: Callable[[], None], until: Goal = Goal.COMPLETED
) -> Iterator[str]:
    """Carry out the training; after each thing that is said of its waiting, do the next deed."""
    left = list(deeds)
    for outcome in execute(plan_of(step(train(), until=until)), cluster, QUICK):
        if isinstance(outcome, Waiting):
            yield outcome.message
            if left:
                left.pop(0)()
        elif isinstance(outcome, Failed):
            yield f"{outcome.finding.rule}: {outcome.finding.message}"
        elif isinstance(outcome, Reached):
            yield str(outcome.goal)


def test_a_job_waits_in_its_queue_is_admitted_evicted_admitted_again_and_completes(
    cluster: FakeCluster, kueue: Kueue
) -> None:
    said = list(
        played(
            cluster,
            lambda: kueue.say("Pending", FULL),
            kueue.admit,
            kueue.evict,
            kueue.admit,
            kueue.finish,
        )
    )
    assert said == [
        'queued in "gpus" (1 of 1)',
        f'queued in "gpus" (1 of 1): {FULL}',
        "0 of 1 pods succeeded",
        'queued in "gpus" (1 of 1), evicted (Preempted): Preempted to make room',
        "0 of 1 pods succeeded",
        "completed",
    ]


def test_the_clock_of_training_starts_at_admission(cluster: FakeCluster, kueue: Kueue) -> None:
    def admit_late() -> None:
        time.sleep(2 * QUICK.completion_s)
        kueue.admit()

    said = list(played(cluster, admit_late, kueue.finish))
    assert said == ['queued in "gpus" (1 of 1)', "0 of 1 pods succeeded", "completed"]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("Pending", TOO_MUCH),
        ("ExceedsMaxQuota", TOO_MUCH),
        (
            "NoMatchingFlavor",
            f"{_MAIN} flavor a doesn't match node affinity",
        ),
        ("Inadmissible", "LocalQueue gpus doesn't exist"),
        ("Misconfigured", "ClusterQueue gpus doesn't exist"),
        ("Pending", "resource nvidia.com/gpu unavailable in ClusterQueue"),
        ("Pending", f"{FULL}; {TOO_MUCH}"),
    ],
)
def test_what_waiting_cannot_help_fails_with_its_numbers(
    cluster: FakeCluster, kueue: Kueue, reason: str, message: str
) -> None:
    said = list(played(cluster, lambda: kueue.say(reason, message)))
    assert said[-1] == (
        f'object-failed: Job/test/train failed: queue "gpus" will never admit it: {message}'
    )


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("Pending", FULL),
        ("WaitingForQuota", FULL),
        ("Pending", f"{TOO_MUCH}, insufficient unused quota for cpu in flavor b, 1 more needed"),
        ("Suspended", "ClusterQueue gpus is inactive"),
        ("Inadmissible", "ClusterQueue gpus is stopped"),
    ],
)
def test_what_may_come_true_is_waited_for(
    cluster: FakeCluster, kueue: Kueue, reason: str, message: str
) -> None:
    said = list(played(cluster, lambda: kueue.say(reason, message), kueue.admit, kueue.finish))
    assert said[1] == f'queued in "gpus" (1 of 1): {message}'
    assert said[-1] == "completed"


def test_the_place_counts_priority_before_age(cluster: FakeCluster, kueue: Kueue) -> None:
    kueue.workload("urgent", "another", priority=5)
    kueue.workload("idle", "another", priority=-1)
    assert next(played(cluster)) == 'queued in "gpus" (2 of 3)'


def test_a_workload_that_was_deactivated_has_failed(cluster: FakeCluster, kueue: Kueue) -> None:
    def deactivate() -> None:
        kueue.say("Pending", "", Evicted="DeactivatedDueToRequeuingLimitExceeded")
        kueue.workload("own", text_at(cluster.read(train()), "metadata", "uid"), active=False)

    *_, last = played(cluster, deactivate)
    assert last == (
        'object-failed: Job/test/train failed: taken out of queue "gpus":'
        " DeactivatedDueToRequeuingLimitExceeded"
    )


def test_a_cluster_without_kueue_admits_nothing() -> None:
    cluster = FakeCluster(unserved=frozenset({"Workload"}))
    cluster.after("apply", "train", lambda live: live.update(spec={"suspend": True}))
    *_, last = played(cluster)
    assert "the cluster has no Kueue that could admit it" in last


def test_the_field_of_the_queue_is_not_applied(cluster: FakeCluster) -> None:
    asked = train({"suspend": True})
    found = compare_with_cluster(compiled([asked]), cluster)
    (change,) = [item for item in found.changes if item.manifest.ref == asked.ref]
    assert change.manifest.body["spec"] == {}
    assert [item.rule for item in found.findings] == ["queue-decides"]


def test_a_default_queue_is_seen_in_what_the_server_makes_of_a_job(cluster: FakeCluster) -> None:
    asked = train({"suspend": False}, has_label=False)
    cluster.apply(train({"suspend": True}).body, manager="kueue")
    found = compare_with_cluster(compiled([asked]), cluster)
    (change,) = [item for item in found.changes if item.manifest.ref == asked.ref]
    assert "suspend" not in mapping_at(change.manifest.body, "spec")
