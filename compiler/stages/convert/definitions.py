"""CustomResourceDefinitions of apiextensions.k8s.io/v1beta1, as v1.

In v1 every version carries its own schema, and the schema must be structural: a type for every
field. The old default, to keep fields that the schema does not name, is written out.
"""

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at

_KEEP_UNKNOWN = "x-kubernetes-preserve-unknown-fields"
_INT_OR_STRING = "x-kubernetes-int-or-string"
_APPROVED = "api-approved.kubernetes.io"
_EXTENSION = "x-kubernetes-"
_EXTENSIONS = {
    f"{_EXTENSION}{name}"
    for name in (
        "embedded-resource",
        "int-or-string",
        "list-map-keys",
        "list-type",
        "map-type",
        "preserve-unknown-fields",
        "validations",
    )
}
_PROTECTED_GROUPS = (".k8s.io", ".kubernetes.io")
# What v1beta1 said once for all versions.
_SHARED = ("validation", "subresources", "additionalPrinterColumns", "version", "versions")


def definition_to_v1(body: JsonObject) -> list[str]:
    """Change a definition in place."""
    old = mapping_at(body, "spec")
    spec = {key: value for key, value in old.items() if key not in _SHARED}
    spec.setdefault("scope", "Namespaced")
    spec.pop("preserveUnknownFields", None)
    spec["versions"] = [_version(old, version) for version in _versions(old)]
    if "conversion" in spec:
        spec["conversion"] = _conversion(mapping_at(old, "conversion"))
    body["spec"] = spec
    notes = ["spec.versions: each with the schema and columns that stood outside"]
    if any(not mapping_at(version, "schema") for version in [old, *objects_at(old, "versions")]):
        notes.append("the schema keeps unknown fields, as before")
    return [*notes, *_approve(body)]


def _versions(old: JsonObject) -> list[JsonObject]:
    versions = objects_at(old, "versions")
    return versions or [{"name": text_at(old, "version"), "served": True, "storage": True}]


def _version(old: JsonObject, version: JsonObject) -> JsonObject:
    found = dict(version)
    validation = mapping_at(version, "schema") or mapping_at(old, "validation")
    keeps = old.get("preserveUnknownFields") is not False
    schema = mapping_at(validation, "openAPIV3Schema")
    found["schema"] = {"openAPIV3Schema": _structural({"type": "object", **schema}, keeps=keeps)}
    if "subresources" in old:
        found.setdefault("subresources", old["subresources"])
    columns = objects_at(version, "additionalPrinterColumns") or objects_at(
        old, "additionalPrinterColumns"
    )
    if columns:
        found["additionalPrinterColumns"] = [_column(column) for column in columns]
    return found


def _column(column: JsonObject) -> JsonObject:
    return {("jsonPath" if key == "JSONPath" else key): value for key, value in column.items()}


def _conversion(old: JsonObject) -> JsonObject:
    kept = {
        key: value
        for key, value in old.items()
        if key not in {"webhookClientConfig", "conversionReviewVersions"}
    }
    if "webhookClientConfig" not in old:
        return kept
    webhook: JsonObject = {
        "clientConfig": old["webhookClientConfig"],
        "conversionReviewVersions": old.get("conversionReviewVersions", ["v1beta1"]),
    }
    return {**kept, "webhook": webhook}


def _structural(schema: JsonObject, *, keeps: bool) -> JsonObject:
    """Return a schema in which every field has a type, or says that it takes anything."""
    found = {key: value for key, value in schema.items() if _is_known(key)}
    if "properties" in found:
        found.setdefault("type", "object")
        found["properties"] = {
            name: _structural(item, keeps=keeps) if isinstance(item, dict) else item
            for name, item in mapping_at(found, "properties").items()
        }
    if isinstance(found.get("items"), dict):
        found.setdefault("type", "array")
        found["items"] = _structural(mapping_at(found, "items"), keeps=keeps)
    if isinstance(found.get("additionalProperties"), dict):
        found.setdefault("type", "object")
        inner = mapping_at(found, "additionalProperties")
        found["additionalProperties"] = _structural(inner, keeps=keeps)
    return _open(found, keeps=keeps)


def _is_known(key: str) -> bool:
    """Return whether v1 has a field; generated schemas brought more, and were not checked."""
    return key in _EXTENSIONS or not (key == "$ref" or key.startswith(_EXTENSION))


def _open(found: JsonObject, *, keeps: bool) -> JsonObject:
    """Let a schema take what it does not name, where it did or where it has no type."""
    is_closed = bool(found.get("additionalProperties"))
    is_object = found.get("type") == "object"
    if "type" not in found and found.get(_INT_OR_STRING) is not True:
        found[_KEEP_UNKNOWN] = True
    elif keeps and is_object and not is_closed:
        found[_KEEP_UNKNOWN] = True
        found.pop("additionalProperties", None)
    return found


def _approve(body: JsonObject) -> list[str]:
    """Mark a group that belongs to Kubernetes, without which v1 refuses the definition."""
    group = text_at(body, "spec", "group")
    metadata = mapping_at(body, "metadata")
    annotations: dict[str, JsonValue] = {**mapping_at(metadata, "annotations")}
    if not group.endswith(_PROTECTED_GROUPS) or _APPROVED in annotations:
        return []
    annotations[_APPROVED] = "unapproved, written for apiextensions.k8s.io/v1beta1"
    body["metadata"] = {**metadata, "annotations": annotations}
    return [f"metadata.annotations: {_APPROVED}, because the group is Kubernetes' own"]
