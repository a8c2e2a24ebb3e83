"""What is believed of kinds that nobody has described: the worst that a status says counts."""

from typing import Any

import pytest

from compiler.kinds.habits.verdict import verdict
from compiler.kinds.readiness import readiness_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from tests.surroundings import Alone


def thing(
    kind: str = "Thing", group: str = "x.io", generation: int = 2, **status: Any
) -> JsonObject:
    return {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": {"name": "x", "generation": 2},
        "spec": {"replicas": 2},
        "status": status,
    }


def conditions(**found: str) -> list[JsonObject]:
    """Return conditions: ``Ready="False Reason"``."""
    parts = ((name, *text.partition(" ")) for name, text in found.items())
    return [{"type": name, "status": state, "reason": why} for name, state, _, why in parts]


def found(body: JsonObject) -> str:
    state = verdict(body)
    return "failed" if state.has_failed else state.reached.name.lower()


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"Ready": "True"}, "completed"),
        ({"Ready": "Unknown"}, "present"),
        ({"Ready": "True", "Reconciling": "True"}, "present"),
        ({"Ready": "True", "Stalled": "True"}, "failed"),
        ({"Ready": "True", "DatabaseReady": "False"}, "present"),
        ({"Ready": "True", "NotReady": "True"}, "failed"),
        ({"Ready": "True", "InvalidSpec": "True"}, "failed"),
        ({"Ready": "True", "CatalogUnhealthy": "True"}, "failed"),
        ({"Available": "True", "Progressing": "True NewReplicaSetAvailable"}, "completed"),
        ({"Available": "True", "Progressing": "True Rolling"}, "present"),
        ({"Available": "True", "Progressing": "False ProgressDeadlineExceeded"}, "failed"),
        (
            {"Available": "True", "Progressing": "False AsExpected", "Degraded": "False"},
            "completed",
        ),
        ({"Complete": "True JobFailed"}, "failed"),
        ({"Running": "True Running"}, "present"),
        ({"Running": "True AllPods"}, "ready"),
        ({"Running": "True AllPods", "Succeeded": "False"}, "ready"),
        ({"Running": "False", "Succeeded": "True"}, "completed"),
        ({"Sunny": "True"}, "present"),
        ({"Ready": "True", "ControlPlaneUpdating": "True"}, "present"),
        ({"Ready": "True", "ControlPlaneUpdating": "False"}, "completed"),
        ({"Ready": "True", "Denied": "True"}, "failed"),
        ({"Compliant": "True"}, "completed"),
        ({"SubscriptionCompliant": "True"}, "present"),
        ({"ResourcesUpToDate": "True", "ErrorOccurred": "False"}, "completed"),
        ({"Progressing": "False JobCompleted", "Complete": "True"}, "completed"),
    ],
)
def test_the_worst_condition_counts(said: dict[str, str], verdict: str) -> None:
    assert found(thing(conditions=conditions(**said), observedGeneration=2)) == verdict


def test_a_rollout_that_has_arrived_may_be_an_older_one() -> None:
    arrived = conditions(Available="True", Progressing="True NewReplicaSetAvailable")
    state = verdict(thing(conditions=arrived))
    assert (state.reached, state.patience_s is not None) == (Goal.PRESENT, True)
    first = thing(conditions=arrived)
    first["metadata"] = {"name": "x", "generation": 1}
    assert found(first) == "completed"


def test_what_is_paused_and_well_is_not_waited_for() -> None:
    assert found(thing(conditions=conditions(PodsHealthy="True"), phase="Paused")) == "ready"
    assert found(thing(conditions=conditions(PodsHealthy="False"), phase="Paused")) == "present"
    assert found(thing(phase="Paused")) == "present"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({}, "present"),
        ({"color": "blue"}, "present"),
        ({"phase": "Ready"}, "completed"),
        ({"phase": "Running"}, "ready"),
        ({"phase": "Sleeping"}, "present"),
        ({"phase": "Ready", "health": "yellow"}, "present"),
        ({"state": "Ready", "health": "red"}, "failed"),
        ({"phase": "Ready", "error": "no route"}, "failed"),
        ({"phase": "Ready", "parts": [{"phase": "Pending"}]}, "present"),
        ({"phase": "Ready", "history": [{"phase": "Failed"}]}, "completed"),
        ({"parts": [{"state": "Accepted"}, {"state": "Warning"}]}, "present"),
        ({"parts": [{"state": "Accepted"}, {"state": "Accepted"}]}, "ready"),
        ({"healthy": True}, "ready"),
        ({"healthy": False}, "present"),
        ({"readyReplicas": 2}, "ready"),
        ({"readyReplicas": 1}, "present"),
        ({"phase": "Ready", "tasksReady": "0/1"}, "present"),
        ({"scale": {"statusReplicas": "2/2"}}, "ready"),
        ({"phase": "ThingRunning"}, "ready"),
        ({"phase": "Thing in healthy state"}, "completed"),
        ({"phase": "Thing is not in healthy state"}, "present"),
        ({"phase": "Ready", "lastBackup": {"state": "Failed"}}, "completed"),
        ({"phase": "Ready", "lastOperation": {"state": "Failed"}}, "failed"),
        ({"phase": "Ready", "config": {"syncState": "ConfigOutOfSync"}}, "present"),
        ({"phase": "Ready", "pass": False}, "present"),
        ({"racks": {"a": {"members": 3, "readyMembers": 3}}}, "ready"),
        ({"racks": {"a": {"members": 3, "readyMembers": 2}}}, "present"),
        ({"phase": "Ready", "active": {"sha": "a"}, "proposed": {"sha": "b"}}, "present"),
        ({"phase": "Ready", "active": {"sha": "a"}, "proposed": {"sha": "a"}}, "completed"),
        ({"phase": "Ready", "active": {}, "proposed": {"sha": "a"}}, "present"),
        (
            {
                "phase": "Ready",
                "active": {"a": {"sha": "x"}, "b": {"sha": "y"}},
                "proposed": {"a": {"sha": "x"}, "b": {"sha": "z"}},
            },
            "completed",
        ),
        ({"reportedBy": "x", "state": 1}, "ready"),
        ({"reportedBy": "x", "state": 2}, "failed"),
        ({"desiredNumberScheduled": 0, "numberReady": 0}, "present"),
        ({"desiredNumberScheduled": 0, "numberReady": 0, "numberAvailable": 0}, "ready"),
        ({"lastScheduleTime": "2026-01-01T00:00:00Z"}, "ready"),
        ({"lastScheduleTime": "2026-01-01T00:00:00Z", "active": [{"name": "x"}]}, "present"),
    ],
)
def test_phases_parts_and_counts_are_heard(status: dict[str, Any], verdict: str) -> None:
    assert found(thing(**status)) == verdict


@pytest.mark.parametrize(
    ("status", "is_stale"),
    [
        ({"observedGeneration": 2}, False),
        ({"observedGeneration": 3}, False),
        ({"observedGeneration": "2"}, False),
        ({"observedGeneration": "58b949649c"}, False),
        ({"observedGeneration": 1}, True),
        ({"observedGeneration": "1"}, True),
        ({"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]}, True),
        ({"parents": [{"conditions": [
            {"type": "Accepted", "status": "True", "observedGeneration": 1}]}]}, True),
    ],
)  # fmt: skip
def test_what_was_said_of_an_older_spec_is_no_verdict(
    status: dict[str, Any], *, is_stale: bool
) -> None:
    body = thing(**{"phase": "Ready", **status} if "observedGeneration" in status else status)
    assert (found(body) == "present") is is_stale


def test_of_peers_each_needs_the_verdict_that_one_has() -> None:
    accepted = {"conditions": conditions(Accepted="True")}
    silent: JsonObject = {"conditions": []}
    assert found(thing(ancestors=[accepted, accepted])) == "completed"
    assert found(thing(ancestors=[accepted, silent])) == "present"


def test_where_conditions_are_to_say_it_parts_do_not() -> None:
    body = thing(conditions=conditions(CatalogUnhealthy="False"), catalogs=[{"healthy": True}])
    state = verdict(body)
    assert (state.reached, state.message) == (Goal.PRESENT, "no verdict in its status yet")


def test_an_unknown_word_is_no_news_beside_ready_unless_something_goes_on() -> None:
    ready = conditions(Ready="True")
    assert found(thing(conditions=ready, state="Open")) == "completed"
    assert found(thing(conditions=ready, state="Migrating")) == "present"


def test_ready_without_anything_that_it_is_about_is_left_open_for_a_while() -> None:
    state = verdict(thing(conditions=conditions(Ready="True"), environments=[]))
    assert (state.reached, state.patience_s is not None) == (Goal.PRESENT, True)


def test_a_status_of_conditions_may_be_written_as_a_boolean() -> None:
    assert found(thing(conditions=[{"type": "Ready", "status": True}])) == "completed"
    assert found(thing(conditions=[{"type": "Ready", "status": False}])) == "present"


def test_labels_tell_what_is_wrong() -> None:
    body = thing(phase="Running")
    body["metadata"] = {"labels": {"x.io/status": "unhealthy", "x.io/role": "failed"}}
    assert found(body) == "failed"
    body["metadata"] = {"labels": {"x.io/result-state": "progressing"}}
    assert found(body) == "present"


@pytest.mark.parametrize("field", ["suspend", "paused", "disabled"])
def test_what_is_asked_to_do_nothing_is_not_waited_for(field: str) -> None:
    body = thing(conditions=conditions(Ready="False"))
    body["spec"] = {field: True}
    assert found(body) == "ready"
    body["metadata"] = {"labels": {"kueue.x-k8s.io/queue-name": "gpus"}}  # Kueue has written it
    assert found(body) == "present"


def test_the_state_that_is_asked_for_is_a_good_one() -> None:
    body = thing(job={"state": "SUSPENDED"}, clusterStatus="MISSING")
    assert found(body) == "present"
    body["spec"] = {"job": {"state": "suspended"}}
    assert found(body) == "ready"


def test_nodes_are_counted_by_their_sets() -> None:
    body = thing(phase="Ready", availableNodes=3)
    body["spec"] = {"nodeSets": [{"count": 3}, {"count": 2}]}
    assert found(body) == "present"


def test_a_run_that_nobody_described_is_on_its_way_while_it_runs() -> None:
    assert found(thing("BroadcastJob", phase="Running")) == "present"
    assert found(thing("BroadcastJob", phase="Completed")) == "completed"


def test_a_claim_that_is_only_synced_is_not_there_yet() -> None:
    synced = conditions(Synced="True")
    assert found(thing(group="s3.aws.crossplane.io", conditions=synced)) == "present"
    assert found(thing(group="bitnami.com", conditions=synced)) == "completed"


def test_settings_of_a_provider_have_no_status() -> None:
    body = thing("ProviderConfig", group="aws.upbound.io")
    assert found(body) == "completed"
    assert found({**body, "kind": "Bucket"}) == "present"


def described(
    api_version: str, kind: str, status: Any, spec: Any = None, **more: Any
) -> JsonObject:
    metadata = {"name": "x", **more}
    body = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "status": status}
    return {**body, "spec": spec or {}}


@pytest.mark.parametrize(
    ("body", "goal", "message"),
    [
        (described("networking.k8s.io/v1", "Ingress", {}), Goal.PRESENT, "no address yet"),
        (described("v1", "Service", {}, {"type": "LoadBalancer"}), Goal.PRESENT, "no address yet"),
        (
            described(
                "v1",
                "Service",
                {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}},
                {"type": "LoadBalancer"},
            ),
            Goal.COMPLETED,
            "",
        ),
        (described("v1", "Service", {}, {"type": "ClusterIP"}), Goal.COMPLETED, ""),
        (
            described(
                "policy/v1",
                "PodDisruptionBudget",
                {"conditions": conditions(DisruptionAllowed="False InsufficientPods")},
            ),
            Goal.READY,
            "",
        ),
        (
            described(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                {"conditions": conditions(AbleToScale="True", ScalingActive="True")},
            ),
            Goal.READY,
            "",
        ),
        (
            described(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                {
                    "conditions": conditions(
                        AbleToScale="True", ScalingActive="False FailedGetResourceMetric"
                    )
                },
            ),
            Goal.PRESENT,
            "FailedGetResourceMetric",
        ),
    ],
)
def test_kinds_of_kubernetes(body: JsonObject, goal: Goal, message: str) -> None:
    state = readiness_of(body, Alone())
    assert (state.reached, state.message, state.has_failed) == (goal, message, False)


@pytest.mark.parametrize(
    "body",
    [
        described("keda.sh/v1alpha1", "ScaledObject", {"conditions": conditions(Fallback="True")}),
        described(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            {"conditions": conditions(Established="True", NonStructuralSchema="True")},
        ),
    ],
)
def test_what_has_failed_is_told_from_what_is_late(body: JsonObject) -> None:
    assert readiness_of(body, Alone()).has_failed


@pytest.mark.parametrize(
    ("words", "expected"),
    [("UpdateFailed", "failed"), ("DEPLOYED_NOT_READY", "present"), ("Warning", "present")],
)
def test_what_a_part_says_is_no_silence(words: str, expected: str) -> None:
    body = thing(clusterStatus=words)
    assert (found(body), verdict(body).patience_s) == (expected, None)


def test_what_somebody_has_paused_is_not_done_unless_the_app_asks_for_it() -> None:
    body = thing(conditions=conditions(Ready="True", Paused="True ByUser"), observedGeneration=2)
    assert found(body) == "present"
    body["metadata"] = {"generation": 2, "annotations": {"x.io/paused": "true"}}
    assert found(body) == "ready"
