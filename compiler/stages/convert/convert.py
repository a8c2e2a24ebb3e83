"""Brings old objects to the API versions that a Kubernetes version serves, and says what it did."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from compiler.kinds.scope import cluster_scoped_kinds
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, group_of, mapping_at
from compiler.stages.convert.autoscaling import metrics_to_v2
from compiler.stages.convert.definitions import definition_to_v1
from compiler.stages.convert.ingress import ingress_to_v1
from compiler.stages.convert.rbac import bindings_to_v1
from compiler.stages.convert.unknown_fields import drop_unknown_fields
from compiler.stages.convert.workloads import workload_to_v1
from compiler.stages.validate.api_versions import is_at_least, retirement_of

Change: TypeAlias = Callable[[JsonObject], list[str]]


def _nothing(_body: JsonObject) -> list[str]:
    """Change no field: the old and the new version have the same ones."""
    return []


# What to do with the fields, by the API version that replaces the old one, and the kind: all that
# are REWRITABLE.
CHANGES: dict[tuple[str, str], Change] = {
    ("apps/v1", "DaemonSet"): workload_to_v1,
    ("apps/v1", "Deployment"): workload_to_v1,
    ("apps/v1", "ReplicaSet"): workload_to_v1,
    ("apps/v1", "StatefulSet"): workload_to_v1,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): definition_to_v1,
    ("apiregistration.k8s.io/v1", "APIService"): _nothing,
    ("autoscaling/v2", "HorizontalPodAutoscaler"): metrics_to_v2,
    ("batch/v1", "CronJob"): _nothing,
    ("coordination.k8s.io/v1", "Lease"): _nothing,
    ("networking.k8s.io/v1", "Ingress"): ingress_to_v1,
    ("networking.k8s.io/v1", "IngressClass"): _nothing,
    ("networking.k8s.io/v1", "NetworkPolicy"): _nothing,
    ("node.k8s.io/v1", "RuntimeClass"): _nothing,
    ("policy/v1", "PodDisruptionBudget"): _nothing,
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): _nothing,
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): bindings_to_v1,
    ("rbac.authorization.k8s.io/v1", "Role"): _nothing,
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): bindings_to_v1,
    ("scheduling.k8s.io/v1", "PriorityClass"): _nothing,
    ("storage.k8s.io/v1", "StorageClass"): _nothing,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The objects after a conversion, and a note for each one that was rewritten."""

    manifests: list[Manifest]
    findings: list[Finding]


def convert(manifests: Sequence[Manifest], version: str) -> Conversion:
    """Rewrite the objects that Kubernetes ``version`` does not serve, or not in a namespace.

    What cannot be rewritten stays as it is; validation says so.
    """
    converted = [_converted(manifest, version) for manifest in manifests]
    placed = place([manifest for manifest, _ in converted])
    notes = [finding for _, finding in converted if finding]
    moved = (
        replace(item, rule="api-converted", severity=Severity.NOTE, field="", hint="")
        for item in placed.findings
    )
    return Conversion(manifests=placed.manifests, findings=[*notes, *moved])


def place(manifests: Sequence[Manifest]) -> Conversion:
    """Take the namespace from objects of kinds that live outside of all.

    The clients of the API server never send it: packages for ksonnet are full of them.
    """
    cluster_scoped = cluster_scoped_kinds(manifests)
    placed: list[Manifest] = []
    findings: list[Finding] = []
    for manifest in manifests:
        ref = manifest.ref
        if not ref.namespace or (ref.group, ref.kind) not in cluster_scoped:
            placed.append(manifest)
            continue
        metadata = mapping_at(manifest.body, "metadata")
        kept = {key: value for key, value in metadata.items() if key != "namespace"}
        bare = ref._replace(namespace="")
        placed.append(replace(manifest, ref=bare, body={**manifest.body, "metadata": kept}))
        findings.append(_needless(manifest, bare))
    return Conversion(manifests=placed, findings=findings)


def _needless(manifest: Manifest, bare: ObjectRef) -> Finding:
    message = f'a {bare.kind} lives outside namespaces; "{manifest.ref.namespace}" was removed'
    return replace(
        _note(manifest, bare, message),
        rule="object-namespace",
        severity=Severity.WARNING,
        field="metadata.namespace",
        hint="remove metadata.namespace",
    )


def _converted(manifest: Manifest, version: str) -> tuple[Manifest, Finding | None]:
    old, kind = manifest.api_version, manifest.ref.kind
    retirement = retirement_of(old, kind)
    if retirement is None or not is_at_least(version, retirement.removed):
        return manifest, None
    new = retirement.replacement
    change = CHANGES.get((new, kind))
    if change is None:
        return manifest, None
    body: JsonObject = {**copy.deepcopy(manifest.body), "apiVersion": new}
    notes = [*change(body), *drop_unknown_fields(body, version)]
    ref = ObjectRef(group_of(new), kind, manifest.ref.namespace, manifest.ref.name)
    finding = _note(manifest, ref, f"rewritten from {old} to {new}", *notes)
    return replace(manifest, ref=ref, body=body), finding


def _note(manifest: Manifest, ref: ObjectRef, message: str, *notes: str) -> Finding:
    return Finding(
        rule="api-converted",
        severity=Severity.NOTE,
        message=f"{ref}: {message}",
        component=manifest.origin.component,
        object=str(ref),
        span=manifest.origin.span,
        notes=(*notes, manifest.origin.note),
    )
