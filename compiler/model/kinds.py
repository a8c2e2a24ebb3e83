"""Facts about Kubernetes' own kinds that no schema carries."""

from collections.abc import Iterable

from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, text_at

# Kubernetes' own kinds that live outside namespaces, by API group; every other one lives inside.
# Source: `kubectl api-resources --namespaced=false` of Kubernetes 1.25 to 1.37.
CLUSTER_SCOPED: frozenset[tuple[str, str]] = frozenset(
    (group, kind)
    for group, kinds in {
        "": "Namespace Node PersistentVolume ComponentStatus",
        "admissionregistration.k8s.io": (
            "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration"
            " ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"
            " ValidatingWebhookConfiguration"
        ),
        "apiextensions.k8s.io": "CustomResourceDefinition",
        "apiregistration.k8s.io": "APIService",
        "authentication.k8s.io": "SelfSubjectReview TokenReview",
        "authorization.k8s.io": (
            "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"
        ),
        "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
        "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
        "internal.apiserver.k8s.io": "StorageVersion",
        "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
        "node.k8s.io": "RuntimeClass",
        "policy": "PodSecurityPolicy",
        "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
        "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceSlice",
        "scheduling.k8s.io": "PriorityClass",
        "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
        "storagemigration.k8s.io": "StorageVersionMigration",
    }.items()
    for kind in kinds.split()
)

CUSTOM_RESOURCE_DEFINITION = ("apiextensions.k8s.io", "CustomResourceDefinition")


def cluster_scoped_kinds(manifests: Iterable[Manifest]) -> frozenset[tuple[str, str]]:
    """Return ``(group, kind)`` of all cluster-scoped kinds, the set's own CRDs' included."""
    own = (
        (text_at(crd.body, "spec", "group"), text_at(crd.body, "spec", "names", "kind"))
        for crd in manifests
        if is_crd(crd) and text_at(crd.body, "spec", "scope") == "Cluster"
    )
    return CLUSTER_SCOPED | frozenset(own)


def is_crd(manifest: Manifest) -> bool:
    """Return whether the object defines a custom resource."""
    return (manifest.ref.group, manifest.ref.kind) == CUSTOM_RESOURCE_DEFINITION


def crd_kind(crd: Manifest) -> tuple[str, str]:
    """Return ``(group, kind)`` of the resource that a CRD defines."""
    return text_at(crd.body, "spec", "group"), text_at(crd.body, "spec", "names", "kind")


def pod_templates(manifest: Manifest) -> list[tuple[str, JsonObject]]:
    """Return each pod spec inside the object with its path: ``spec.template.spec``.

    Knows the built-in workloads and Kubeflow's jobs (``spec.*ReplicaSpecs``).
    """
    body = manifest.body
    paths: list[tuple[str, ...]] = []
    match (manifest.ref.group, manifest.ref.kind):
        case ("", "Pod"):
            paths = [("spec",)]
        case ("batch", "CronJob"):
            paths = [("spec", "jobTemplate", "spec", "template", "spec")]
        case ("kubeflow.org", _):
            paths = [
                ("spec", field, replica, "template", "spec")
                for field, replicas in mapping_at(body, "spec").items()
                if field.endswith("ReplicaSpecs")
                for replica in mapping_at(replicas)
            ]
        case ("" | "apps" | "batch" | "extensions", _):
            paths = [("spec", "template", "spec")]
        case _:
            pass
    found = ((".".join(path), mapping_at(body, *path)) for path in paths)
    return [(path, spec) for path, spec in found if spec]
