"""Ingresses of the beta versions, as networking.k8s.io/v1."""

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at


def ingress_to_v1(body: JsonObject) -> list[str]:
    """Change an Ingress in place: v1 spells backends out and wants to know how paths match."""
    spec = dict(mapping_at(body, "spec"))
    body["spec"] = spec
    notes = ["backends: {serviceName, servicePort} became {service: {name, port}}"]
    if "backend" in spec:
        spec["defaultBackend"] = _backend(spec.pop("backend"))
        notes.append("spec.backend: became spec.defaultBackend")
    rules = objects_at(spec, "rules")
    if rules:
        spec["rules"] = [_rule(rule) for rule in rules]
        notes.append("pathType: ImplementationSpecific where none was said, as before")
    return notes


def _rule(rule: JsonObject) -> JsonObject:
    paths = objects_at(rule, "http", "paths")
    if not paths:
        return rule
    converted: list[JsonValue] = [
        {
            "pathType": "ImplementationSpecific",
            **path,
            "backend": _backend(path.get("backend")),
        }
        for path in paths
    ]
    return {**rule, "http": {**mapping_at(rule, "http"), "paths": converted}}


def _backend(backend: JsonValue) -> JsonValue:
    if not isinstance(backend, dict) or "serviceName" not in backend:
        return backend
    port = backend.get("servicePort")
    service: JsonObject = {
        "name": text_at(backend, "serviceName"),
        "port": {"name": port} if isinstance(port, str) else {"number": port},
    }
    kept = {
        key: value for key, value in backend.items() if key not in {"serviceName", "servicePort"}
    }
    return {**kept, "service": service}
