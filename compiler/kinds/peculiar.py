"""Kinds whose status means something else than the habits of controllers make believe.

Sources: what the controllers write, and how Argo CD judges them (argo-cd/resource_customizations).
"""

from collections.abc import Callable

from compiler.kinds.conditions import (
    READY,
    conditions_of,
    explained,
    failure,
    is_false,
    is_true,
    pending,
    unknown,
)
from compiler.kinds.custom import Surroundings, by_habit
from compiler.kinds.kind import Kind, Rule, alone
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import list_at, mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness


def messenger(live: JsonObject) -> Readiness:
    """Ready when it reports on something else, whatever it has to report."""
    if is_true(live, "Ready"):
        return Readiness(reached=Goal.READY, message=text_at(live, "status", "phase"))
    if is_false(live, "Ready"):
        return failure(live, "Ready")
    return unknown(explained(live, "Ready") or "no report yet")


def integration(live: JsonObject) -> Readiness:
    """Ready when it says so: one of several ways of running it is available, the others are not."""
    if is_false(live, "Ready"):
        return pending(explained(live, "Ready"))
    phase = text_at(live, "status", "phase")
    if phase == "Error":
        return failure(live, "Ready")
    if is_true(live, "Ready") and phase in {"", "Running"}:
        return Readiness(reached=Goal.READY, message="running")
    return pending(phase or "not seen by Camel K yet")


def _settled_if(is_settled: Callable[[JsonObject], bool]) -> Rule:
    """Return a rule for a kind of which some objects get no status that says anything."""

    def rule(live: JsonObject, around: Surroundings) -> Readiness:
        return READY if is_settled(live) else by_habit(live, around)

    return rule


def subscription(live: JsonObject, around: Surroundings) -> Readiness:
    """Ready also while an upgrade waits for somebody's approval, as it is asked to."""
    is_held = text_at(live, "spec", "installPlanApproval") == "Manual"
    reason = text_at(conditions_of(live).get("InstallPlanPending", {}), "reason")
    installed = text_at(live, "status", "installedCSV")
    if not is_held or reason != "RequiresApproval" or not installed:
        return by_habit(live, around)
    for trouble in ("CatalogSourcesUnhealthy", "InstallPlanFailed", "ResolutionFailed"):
        if is_true(live, trouble):
            return failure(live, trouble)
    return Readiness(reached=Goal.READY, message=f"{installed}; an upgrade waits for approval")


def _is_static(live: JsonObject) -> bool:
    """Flux asks a registry of OCI artefacts only when it needs one."""
    return text_at(live, "spec", "type") == "oci"


def _is_injected(live: JsonObject) -> bool:
    """A collector in mode sidecar is only a text that is put into pods."""
    return text_at(live, "spec", "mode") == "sidecar"


def _is_enabled(live: JsonObject) -> bool:
    """Hooks and schedules of backups are read by others, who may write no status into them."""
    return not live.get("status") and mapping_at(live, "spec").get("enabled") is True


def _is_of_no_cluster(live: JsonObject) -> bool:
    """A policy whose placement selects nothing has nothing that could comply."""
    status = mapping_at(live, "status")
    return bool(list_at(status, "placement")) and not status.keys() & {"compliant", "status"}


def _has_value(live: JsonObject) -> bool:
    """A metric is there when it has been measured."""
    status = mapping_at(live, "status")
    return status.get("value") not in (None, "") and not text_at(status, "errMsg")


def _is_in_grafana(live: JsonObject) -> bool:
    """Before it had conditions, Grafana's operator noted what Grafana calls it."""
    status = mapping_at(live, "status")
    is_known = bool(text_at(status, "uid")) and "conditions" not in status
    return is_known and status.get("NoMatchingInstances") is not True


def _has_no_environments(live: JsonObject) -> bool:
    """What guards environments, and none is there yet, has nothing to guard."""
    return is_true(live, "Ready") and mapping_at(live, "status").get("environments") == []


def _is_paused(live: JsonObject) -> bool:
    """It is asked to pause, and has done so; then nobody knows how healthy it is."""
    reasons = {text_at(item, "reason") for item in objects_at(live, "status", "conditions")}
    return (
        bool(reasons & {"MonoVertexPaused", "Paused", "PipelinePaused"}) and not reasons & _UNWELL
    )


_UNWELL = {"MonoVertexFailed", "PipelineFailed", "Progressing"}
_SETTLED = {
    ("astra.netapp.io", "ExecHook"): _is_enabled,
    ("astra.netapp.io", "Schedule"): _is_enabled,
    ("grafana.integreatly.org", "GrafanaDatasource"): _is_in_grafana,
    ("metrics.keptn.sh", "KeptnMetric"): _has_value,
    ("numaplane.numaproj.io", "MonoVertexRollout"): _is_paused,
    ("numaplane.numaproj.io", "PipelineRollout"): _is_paused,
    ("opentelemetry.io", "OpenTelemetryCollector"): _is_injected,
    ("policy.open-cluster-management.io", "Policy"): _is_of_no_cluster,
    ("promoter.argoproj.io", "GitCommitStatus"): _has_no_environments,
    ("promoter.argoproj.io", "TimedCommitStatus"): _has_no_environments,
    ("promoter.argoproj.io", "WebRequestCommitStatus"): _has_no_environments,
    ("source.toolkit.fluxcd.io", "HelmRepository"): _is_static,
}
ROWS = (
    Kind(group="promoter.argoproj.io", kind="CommitStatus", readiness=alone(messenger)),
    Kind(group="camel.apache.org", kind="Integration", readiness=alone(integration)),
    Kind(group="operators.coreos.com", kind="Subscription", readiness=subscription),
    *(
        Kind(group=group, kind=kind, readiness=_settled_if(is_settled))
        for (group, kind), is_settled in _SETTLED.items()
    ),
)
