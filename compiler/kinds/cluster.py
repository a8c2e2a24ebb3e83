"""Kinds outside namespaces, of which little else is known.

Source: ``kubectl api-resources --namespaced=false`` of Kubernetes 1.25 to 1.37. Every other kind of
Kubernetes lives inside; those with a family stand there. ClusterIssuer is of cert-manager 1.19.
"""

from compiler.kinds.immutable import below
from compiler.kinds.kind import Kind

_OTHERS = {
    "": "Node ComponentStatus",
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding"
        " ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"
    ),
    "authentication.k8s.io": "SelfSubjectReview TokenReview",
    "authorization.k8s.io": "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    "cert-manager.io": "ClusterIssuer",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "internal.apiserver.k8s.io": "StorageVersion",
    "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceSlice",
    "storage.k8s.io": "CSIDriver CSINode VolumeAttachment VolumeAttributesClass",
    "storagemigration.k8s.io": "StorageVersionMigration",
}

ROWS = (
    Kind(
        group="scheduling.k8s.io",
        kind="PriorityClass",
        is_cluster_scoped=True,
        immutable=below("value", "preemptionPolicy"),
        order=0,
    ),
    *(
        Kind(group=group, kind=kind, is_cluster_scoped=True)
        for group, kinds in _OTHERS.items()
        for kind in kinds.split()
    ),
)
