"""Kueue's queues, and what they admit."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    READY,
    conditions_of,
    explained,
    failure,
    is_true,
    pending,
)
from compiler.kinds.kind import Kind, Reference, alone, exists
from compiler.kinds.queues import GROUP
from compiler.model.app import Goal
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    group_of,
    list_at,
    mapping_at,
    objects_at,
    text_at,
)
from compiler.model.readiness import Readiness

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


def quotas_of(body: JsonObject) -> dict[tuple[str, str], JsonValue]:
    """Return what a queue admits at a time, by flavor and resource; other kinds have none."""
    is_queue = group_of(text_at(body, "apiVersion")) == GROUP
    return {
        (text_at(flavor, "name"), text_at(item, "name")): item.get("nominalQuota")
        for group in (objects_at(body, "spec", "resourceGroups") if is_queue else ())
        for flavor in objects_at(group, "flavors")
        for item in objects_at(flavor, "resources")
    }


def _named(kind: str, name: str, field: str) -> Iterator[Reference]:
    if name:
        yield Reference(ObjectRef(GROUP, kind, "", name), field)


def _cluster_queue(manifest: Manifest) -> Iterator[Reference]:
    yield from _named(
        "ClusterQueue", text_at(manifest.body, "spec", "clusterQueue"), "spec.clusterQueue"
    )


def _quotas(manifest: Manifest) -> Iterator[Reference]:
    """Yield what a ClusterQueue divides, shares and asks before it admits."""
    spec = mapping_at(manifest.body, "spec")
    for index, group in enumerate(objects_at(spec, "resourceGroups")):
        for flavor in objects_at(group, "flavors"):
            place = f"spec.resourceGroups[{index}].flavors"
            yield from _named("ResourceFlavor", text_at(flavor, "name"), place)
    for field in ("cohortName", "cohort", "parentName"):
        yield from _named("Cohort", text_at(spec, field), f"spec.{field}")
    for check in list_at(spec, "admissionChecks"):
        yield from _named("AdmissionCheck", str(check), "spec.admissionChecks")
    for rule in objects_at(spec, "admissionChecksStrategy", "admissionChecks"):
        place = "spec.admissionChecksStrategy.admissionChecks"
        yield from _named("AdmissionCheck", text_at(rule, "name"), place)


def _topology(manifest: Manifest) -> Iterator[Reference]:
    yield from _named(
        "Topology", text_at(manifest.body, "spec", "topologyName"), "spec.topologyName"
    )


_AMOUNTS = frozenset({"nominalQuota", "borrowingLimit", "lendingLimit"})

# Source: kueue/apis/kueue/v1beta2 of version 0.19.
ROWS = (
    Kind(
        group=GROUP,
        kind="ClusterQueue",
        is_cluster_scoped=True,
        references=_quotas,
        readiness=alone(queue),
        amounts=_AMOUNTS,
    ),
    Kind(group=GROUP, kind="LocalQueue", references=_cluster_queue, readiness=alone(queue)),
    Kind(group=GROUP, kind="Workload", readiness=alone(workload)),
    Kind(
        group=GROUP,
        kind="Cohort",
        is_cluster_scoped=True,
        references=_quotas,
        readiness=exists,
        amounts=_AMOUNTS,
    ),
    Kind(
        group=GROUP,
        kind="ResourceFlavor",
        is_cluster_scoped=True,
        references=_topology,
        readiness=exists,
    ),
    *(
        Kind(group=GROUP, kind=kind, is_cluster_scoped=True, readiness=alone(queue))
        for kind in ("AdmissionCheck", "MultiKueueCluster")
    ),
    *(
        Kind(group=GROUP, kind=kind, is_cluster_scoped=True, readiness=exists)
        for kind in (
            "MultiKueueConfig",
            "ProvisioningRequestConfig",
            "Topology",
            "WorkloadPriorityClass",
        )
    ),
)
