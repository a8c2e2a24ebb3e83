"""What extends the API: custom resource definitions, aggregated APIs and webhooks."""

from collections.abc import Iterator

from compiler.kinds.conditions import (
    COMPLETED,
    conditions_of,
    explained,
    failure,
    is_true,
    pending,
)
from compiler.kinds.custom import Surroundings
from compiler.kinds.kind import LAST, Kind, Reference, alone
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

WEBHOOKS = "admissionregistration.k8s.io"
_WEBHOOK_KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def crd(live: JsonObject, around: Surroundings) -> Readiness:
    """Ready when the server serves its kind, which comes a moment after it is established."""
    names = conditions_of(live).get("NamesAccepted", {})
    if text_at(names, "status") == "False":
        return failure(live, "NamesAccepted")
    if is_true(live, "NonStructuralSchema"):
        return failure(live, "NonStructuralSchema")
    if not is_true(live, "Established"):
        return pending("not established yet")
    group, kind = text_at(live, "spec", "group"), text_at(live, "spec", "names", "kind")
    versions = [
        f"{group}/{text_at(version, 'name')}"
        for version in objects_at(live, "spec", "versions")
        if version.get("served") is True
    ]
    waiting = [version for version in versions if not around.serves(version, kind)]
    return pending(f"not served yet: {', '.join(waiting)}") if waiting else COMPLETED


def api_service(live: JsonObject) -> Readiness:
    """Ready when the server behind it answers."""
    if is_true(live, "Available"):
        return COMPLETED
    return pending(explained(live, "Available") or "not available yet")


def webhooks(live: JsonObject) -> Readiness:
    """Ready when every webhook that is a Service knows the certificate authority to trust."""
    waiting = [
        text_at(webhook, "name")
        for webhook in objects_at(live, "webhooks")
        if mapping_at(webhook, "clientConfig", "service")
        and not text_at(webhook, "clientConfig", "caBundle")
    ]
    return pending(f"no caBundle yet: {', '.join(waiting)}") if waiting else COMPLETED


def _webhook_services(manifest: Manifest) -> Iterator[Reference]:
    for webhook in objects_at(manifest.body, "webhooks"):
        service = mapping_at(webhook, "clientConfig", "service")
        if service:
            ref = ObjectRef("", "Service", text_at(service, "namespace"), text_at(service, "name"))
            yield Reference(ref, "webhooks.clientConfig.service", must_answer=True)


def is_webhooks(manifest: Manifest) -> bool:
    """Return whether the object makes the server ask webhooks."""
    return manifest.ref.group == WEBHOOKS and manifest.ref.kind in _WEBHOOK_KINDS


def is_crd(manifest: Manifest) -> bool:
    """Return whether the object defines a custom resource."""
    return (manifest.ref.group, manifest.ref.kind) == (CRD.group, CRD.kind)


def crd_kind(crd: Manifest) -> tuple[str, str]:
    """Return ``(group, kind)`` of the resource that a CRD defines."""
    return text_at(crd.body, "spec", "group"), text_at(crd.body, "spec", "names", "kind")


def usual_crd_name(group: str, kind: str) -> str:
    """Return what the definition of a kind is called, if its plural is formed as usual."""
    return f"{usual_plural(kind)}.{group}"


def usual_plural(kind: str) -> str:
    """Return the plural of a kind, as its path in the API most likely has it.

    Those of custom resources are made by controller-gen, in English: ``gateways``, ``proxies``.
    """
    word = kind.lower()
    if word == "endpoints":
        return word
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


CRD = Kind(
    group="apiextensions.k8s.io",
    kind="CustomResourceDefinition",
    is_cluster_scoped=True,
    readiness=crd,
    order=12,
)

ROWS = (
    CRD,
    Kind(
        group="apiregistration.k8s.io",
        kind="APIService",
        is_cluster_scoped=True,
        readiness=alone(api_service),
    ),
    *(
        Kind(
            group=WEBHOOKS,
            kind=kind,
            is_cluster_scoped=True,
            references=_webhook_services,
            readiness=alone(webhooks),
            order=LAST,
        )
        for kind in _WEBHOOK_KINDS
    ),
)
