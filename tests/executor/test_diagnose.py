"""Why an object does not get ready is said by its pods, also where nothing is known to be wrong."""

import pytest

from compiler.executor.diagnose import diagnosis, reasons
from compiler.model.json import JsonObject, JsonValue
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_manifest, make_pod_owner

LABELS: JsonObject = {"app": "web"}
RUNS: JsonValue = {"name": "main", "ready": False, "state": {"running": {}}}


def seen(status: JsonObject) -> tuple[list[str], str]:
    """Return what is said at the end of a time-out, and while it is waited for."""
    cluster, web = FakeCluster(), make_pod_owner()
    pod = make_manifest("Pod", "web-1")
    cluster.apply(
        {**pod.body, "metadata": {"name": "web-1", "namespace": "test", "labels": LABELS}}
    )
    cluster.set_status(pod.ref, status)
    live = cluster.apply(web.body)
    return diagnosis(cluster, live), reasons(cluster, live)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"containerStatuses": [RUNS]}, "container main runs, but is not ready"),
        (
            {"initContainerStatuses": [{**RUNS, "name": "fetch"}]},  # type: ignore[dict-item]
            "init container fetch runs, but is not done",
        ),
        (
            {"containerStatuses": [{**RUNS, "restartCount": 3}]},  # type: ignore[dict-item]
            "container main runs, but is not ready, started again 3 times",
        ),
        (
            {
                "containerStatuses": [
                    {"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}}
                ]
            },
            "container main: ContainerCreating",
        ),
        (
            {
                "conditions": [
                    {"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady"}
                ]
            },
            "ReadinessGatesNotReady",
        ),
        ({"phase": "Pending"}, "phase Pending"),
    ],
)
def test_a_pod_that_takes_its_time_says_at_what_it_is(status: JsonObject, why: str) -> None:
    assert seen(status) == ([f"pod web-1: {why}"], "")


def test_a_pod_that_is_ready_or_over_has_nothing_to_say() -> None:
    ready: JsonObject = {"conditions": [{"type": "Ready", "status": "True"}]}
    assert seen(ready) == seen({"phase": "Succeeded"}) == ([], "")


def test_a_claim_that_stays_pending_says_which_class_is_missing() -> None:
    cluster = FakeCluster()
    claim = make_manifest("PersistentVolumeClaim", "data", status={"phase": "Pending"})
    live = cluster.apply(claim.body)
    for name, time, message in [
        ("old", "2001-01-01T00:00:00Z", "what has been mended since"),
        ("new", "2999-01-01T00:00:00.5Z", 'storageclass "fast" not found'),
    ]:
        event = make_manifest(
            "Event",
            name,
            type="Warning",
            reason="ProvisioningFailed",
            message=message,
            lastTimestamp=time,
            involvedObject={"uid": live["metadata"]["uid"]},  # type: ignore[call-overload,index]
        )
        cluster.apply(event.body)
    assert reasons(cluster, live) == 'ProvisioningFailed: storageclass "fast" not found'
