"""Kinds whose status would be misread: what is ready there, and what is not."""

from typing import Any

import pytest

from compiler.kinds.readiness import readiness_of
from compiler.model.json import JsonObject
from tests.surroundings import Alone

ALL_READY = [{"type": "Ready", "status": "True"}]
NOT_READY = [{"type": "Ready", "status": "False", "reason": "No"}]


def said_of(kind: str, spec: JsonObject, status: JsonObject) -> str:
    group, _, name = kind.rpartition("/")
    live: JsonObject = {"apiVersion": f"{group}/v1", "kind": name, "spec": spec, "status": status}
    state = readiness_of(live, Alone())
    return "failed" if state.has_failed else state.reached.name.lower()


def paused(reason: str) -> list[dict[str, str]]:
    return [
        {"type": "MonoVertexPausingOrPaused", "status": "True", "reason": "MonoVertexPaused"},
        {"type": "ChildResourcesHealthy", "status": "Unknown", "reason": reason},
    ]


def waiting(*more: str) -> list[dict[str, str]]:
    plan = {"type": "InstallPlanPending", "status": "True", "reason": "RequiresApproval"}
    return [plan, *({"type": name, "status": "True"} for name in more)]


@pytest.mark.parametrize(
    ("kind", "spec", "status", "verdict"),
    [
        ("promoter.argoproj.io/CommitStatus", {}, {"conditions": ALL_READY}, "ready"),
        (
            "promoter.argoproj.io/CommitStatus",
            {},
            {"conditions": ALL_READY, "phase": "failure"},
            "ready",
        ),
        ("promoter.argoproj.io/CommitStatus", {}, {"conditions": NOT_READY}, "failed"),
        ("promoter.argoproj.io/CommitStatus", {}, {"phase": "success"}, "present"),
        (
            "promoter.argoproj.io/TimedCommitStatus",
            {},
            {"conditions": ALL_READY, "environments": []},
            "ready",
        ),
        (
            "promoter.argoproj.io/TimedCommitStatus",
            {},
            {"conditions": ALL_READY, "environments": [{"phase": "pending"}]},
            "present",
        ),
        (
            "camel.apache.org/Integration",
            {},
            {
                "phase": "Running",
                "conditions": [*ALL_READY, {"type": "CronJobAvailable", "status": "False"}],
            },
            "ready",
        ),
        (
            "camel.apache.org/Integration",
            {},
            {"phase": "Running", "conditions": NOT_READY},
            "present",
        ),
        ("camel.apache.org/Integration", {}, {"phase": "Error"}, "failed"),
        ("camel.apache.org/Integration", {}, {"phase": "Building Kit"}, "present"),
        (
            "operators.coreos.com/Subscription",
            {"installPlanApproval": "Manual"},
            {"installedCSV": "a.v1", "state": "UpgradePending", "conditions": waiting()},
            "ready",
        ),
        (
            "operators.coreos.com/Subscription",
            {"installPlanApproval": "Manual"},
            {"state": "UpgradePending", "conditions": waiting()},
            "present",
        ),
        (
            "operators.coreos.com/Subscription",
            {"installPlanApproval": "Manual"},
            {"installedCSV": "a.v1", "conditions": waiting("ResolutionFailed")},
            "failed",
        ),
        ("source.toolkit.fluxcd.io/HelmRepository", {"type": "oci"}, {}, "ready"),
        ("source.toolkit.fluxcd.io/HelmRepository", {"type": "default"}, {}, "present"),
        ("opentelemetry.io/OpenTelemetryCollector", {"mode": "sidecar"}, {"version": "1"}, "ready"),
        ("opentelemetry.io/OpenTelemetryCollector", {}, {"version": "1"}, "present"),
        ("astra.netapp.io/Schedule", {"enabled": True}, {}, "ready"),
        ("astra.netapp.io/Schedule", {}, {}, "present"),
        ("policy.open-cluster-management.io/Policy", {}, {"placement": [{}]}, "ready"),
        (
            "policy.open-cluster-management.io/Policy",
            {},
            {"placement": [{}], "compliant": "NonCompliant"},
            "failed",
        ),
        ("metrics.keptn.sh/KeptnMetric", {}, {"value": 0}, "ready"),
        ("metrics.keptn.sh/KeptnMetric", {}, {"value": ""}, "present"),
        ("metrics.keptn.sh/KeptnMetric", {}, {"value": "1", "errMsg": "no"}, "failed"),
        ("grafana.integreatly.org/GrafanaDatasource", {}, {"uid": "a"}, "ready"),
        (
            "grafana.integreatly.org/GrafanaDatasource",
            {},
            {"uid": "a", "NoMatchingInstances": True},
            "present",
        ),
        (
            "numaplane.numaproj.io/MonoVertexRollout",
            {},
            {"conditions": paused("MonoVertexUnknown")},
            "ready",
        ),
        (
            "numaplane.numaproj.io/MonoVertexRollout",
            {},
            {"conditions": paused("Progressing")},
            "present",
        ),
        ("keda.sh/ScaledObject", {}, {"conditions": NOT_READY}, "present"),
    ],
)
def test_what_a_peculiar_status_means(
    kind: str, spec: JsonObject, status: JsonObject, verdict: str
) -> None:
    assert said_of(kind, spec, status) == verdict


def test_a_trigger_that_keda_cannot_use_does_not_become_ready_by_waiting() -> None:
    live: dict[str, Any] = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "status": {"conditions": NOT_READY},
    }
    assert readiness_of(live, Alone()).patience_s is None


def test_a_value_of_any_shape_is_judged() -> None:
    assert said_of("metrics.keptn.sh/KeptnMetric", {}, {"value": ["1"]}) == "ready"
