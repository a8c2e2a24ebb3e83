"""Namespaces, custom resource definitions, aggregated APIs and webhooks."""

from compiler.kinds.conditions import (
    COMPLETED,
    conditions_of,
    explained,
    failed,
    is_true,
    pending,
)
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.outcome import Readiness


def namespace(live: JsonObject) -> Readiness:
    """Ready when it is active."""
    phase = text_at(live, "status", "phase")
    return COMPLETED if phase == "Active" else pending(f"phase {phase or 'unknown'}")


def crd(live: JsonObject) -> Readiness:
    """Ready when the server serves its kind."""
    names = conditions_of(live).get("NamesAccepted", {})
    if text_at(names, "status") == "False":
        return failed(explained(live, "NamesAccepted"))
    return COMPLETED if is_true(live, "Established") else pending("not established yet")


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
