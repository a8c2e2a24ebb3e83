"""Renders rights as the roles that give them."""

from collections.abc import Collection

from compiler.cli.report.languages import Document, json_text
from compiler.cli.report.yaml_language import yaml_text
from compiler.kinds.rbac import GROUP
from compiler.model.json import JsonObject
from compiler.stages.rights import Right, rules_of


def roles_text(
    rights: Collection[Right], name: str, subject: JsonObject | None, output: str
) -> Document:
    """Return the roles, and their bindings where there is somebody to bind, as YAML or JSON.

    Args:
        name: Of all of them.
    """
    documents: list[JsonObject] = []
    for namespace, rules in rules_of(rights).items():
        kind = "Role" if namespace else "ClusterRole"
        documents.append(
            {**_head(kind, name, namespace), "rules": [rule.as_json for rule in rules]}
        )
        if subject:
            role: JsonObject = {"apiGroup": GROUP, "kind": kind, "name": name}
            head = _head(f"{kind}Binding", name, namespace)
            documents.append({**head, "roleRef": role, "subjects": [subject]})
    if output == "json":
        return json_text({"apiVersion": "v1", "kind": "List", "items": documents})
    return Document("---\n".join(yaml_text(document) for document in documents))


def _head(kind: str, name: str, namespace: str) -> JsonObject:
    place: JsonObject = {"namespace": namespace} if namespace else {}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name, **place}}
