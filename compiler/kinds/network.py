"""Services and the ways to them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.kinds.conditions import (
    COMPLETED,
    is_true,
    pending,
    unknown,
)
from compiler.kinds.habits.verdict import verdict
from compiler.kinds.kind import Kind, Naming, Reference, alone
from compiler.model.app import Goal
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at, value_at
from compiler.model.readiness import Readiness

if TYPE_CHECKING:
    from compiler.model.change import FieldChange


def _cluster_ip(body: JsonObject, change: "FieldChange") -> bool:
    """A Service keeps its address where none is asked for, and has none as ExternalName."""
    is_named = value_at(body, "spec", "type") == "ExternalName"
    return change.path == "spec.clusterIP" and bool(change.after) and not is_named


def _backends(manifest: Manifest) -> Iterator[Reference]:
    backends: list[JsonValue] = [mapping_at(manifest.body, "spec", "defaultBackend")]
    for rule in objects_at(manifest.body, "spec", "rules"):
        backends += [mapping_at(path, "backend") for path in objects_at(rule, "http", "paths")]
    for backend in backends:
        name = text_at(backend, "service", "name")
        if name:
            ref = ObjectRef("", "Service", manifest.ref.namespace, name)
            yield Reference(ref, "spec.rules.http.paths.backend")
    for index, tls in enumerate(objects_at(manifest.body, "spec", "tls")):
        if text_at(tls, "secretName"):
            ref = ObjectRef("", "Secret", manifest.ref.namespace, text_at(tls, "secretName"))
            yield Reference(ref, f"spec.tls[{index}].secretName", is_optional=True)


def ingress(live: JsonObject) -> Readiness:
    """Ready when its controller has given it an address; without a controller nobody ever does."""
    if objects_at(live, "status", "loadBalancer", "ingress"):
        return COMPLETED
    return unknown("no address yet")


def route(live: JsonObject) -> Readiness:
    """Ready when every parent that it asks for takes it, and finds what it leads to.

    Source: gateway-api/apis/v1 of version 1.4, RouteParentStatus. Parents without an entry have
    no controller, or one that has not seen the route yet.
    """
    told = objects_at(live, "status", "parents")
    for parent in objects_at(live, "spec", "parentRefs"):
        state = _of_parent(live, [each for each in told if _is_of(each, parent)])
        if state.reached < Goal.READY:
            words = f"parent {text_at(parent, 'name')}: {state.message}"
            return replace(state, message=words)
    return COMPLETED


def _is_of(told: JsonObject, parent: JsonObject) -> bool:
    own = mapping_at(told, "parentRef")
    return all(
        own.get(field) == parent.get(field) for field in ("name", "sectionName", "port")
    ) and text_at(parent, "namespace") in {"", text_at(own, "namespace")}


def _of_parent(live: JsonObject, told: list[JsonObject]) -> Readiness:
    """Return what controllers say of one parent."""
    for item in told:
        part: JsonObject = {"metadata": live.get("metadata"), "status": item}
        state = verdict(part)
        if state.reached < Goal.READY:
            return state
        for condition in ("Accepted", "ResolvedRefs"):
            if not is_true(part, condition):
                return pending(f"not {condition}")
    return COMPLETED if told else pending("nobody has taken it yet")


def service(live: JsonObject) -> Readiness:
    """Ready when it exists; one of type LoadBalancer when it has an address outside."""
    is_outside = text_at(live, "spec", "type") == "LoadBalancer"
    return ingress(live) if is_outside else COMPLETED


ROWS = (
    Kind(group="networking.k8s.io", kind="NetworkPolicy", order=2),
    Kind(group="extensions", kind="NetworkPolicy", order=2),
    Kind(
        group="",
        kind="Service",
        service_suffix="",
        naming=Naming.LABEL,
        immutable=_cluster_ip,
        readiness=alone(service),
        regretted_as="v1",
        order=17,
    ),
    Kind(
        group="networking.k8s.io",
        kind="Ingress",
        references=_backends,
        readiness=alone(ingress),
        is_route=True,
    ),
    Kind(group="extensions", kind="Ingress", is_route=True),
    *(
        Kind(group="gateway.networking.k8s.io", kind=kind, readiness=alone(route), is_route=True)
        for kind in ("GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute")
    ),
    Kind(group="gateway.networking.k8s.io", kind="GatewayClass", is_cluster_scoped=True),
)
