"""Kueue's queues, and what they admit."""

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    conditions_of,
    explained,
    failure,
    is_true,
    pending,
)
from compiler.kinds.kind import Kind, alone, exists
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.model.outcome import Readiness

GROUP = "kueue.x-k8s.io"
_OPEN = {"", "None"}


def queue(live: JsonObject) -> Readiness:
    """Ready when it admits, or is held on purpose: nobody can wait for that to end."""
    if is_true(live, "Active"):
        return COMPLETED
    policy = text_at(live, "spec", "stopPolicy")
    if policy not in _OPEN:
        return Readiness(reached=Goal.READY, message=f"stopPolicy {policy}")
    return pending(explained(live, "Active") or "not seen by Kueue yet")


def workload(live: JsonObject) -> Readiness:
    """Ready while it is admitted and its pods run, completed when they are done."""
    if is_true(live, "Finished"):
        is_done = text_at(conditions_of(live)["Finished"], "reason") == "Succeeded"
        return COMPLETED if is_done else failure(live, "Finished")
    if is_true(live, "Evicted"):
        return pending(explained(live, "Evicted"))
    if not is_true(live, "Admitted"):
        reasons = (explained(live, name) for name in ("QuotaReserved", "Admitted"))
        return pending(next(filter(None, reasons), "not seen by Kueue yet"))
    if text_at(conditions_of(live).get("PodsReady", {}), "status") == "False":
        return pending(explained(live, "PodsReady") or "admitted, its pods are not ready")
    return READY


# Source: kueue/apis/kueue/v1beta2 of version 0.19.
ROWS = (
    Kind(group=GROUP, kind="ClusterQueue", is_cluster_scoped=True, readiness=alone(queue)),
    Kind(group=GROUP, kind="LocalQueue", readiness=alone(queue)),
    Kind(group=GROUP, kind="Workload", readiness=alone(workload)),
    *(
        Kind(group=GROUP, kind=kind, is_cluster_scoped=True, readiness=alone(queue))
        for kind in ("AdmissionCheck", "MultiKueueCluster")
    ),
    *(
        Kind(group=GROUP, kind=kind, is_cluster_scoped=True, readiness=exists)
        for kind in (
            "Cohort",
            "MultiKueueConfig",
            "ProvisioningRequestConfig",
            "ResourceFlavor",
            "Topology",
            "WorkloadPriorityClass",
        )
    ),
)
