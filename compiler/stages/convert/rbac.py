"""Bindings of the old RBAC versions, as rbac.authorization.k8s.io/v1."""

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at

RBAC = "rbac.authorization.k8s.io"


def bindings_to_v1(body: JsonObject) -> list[str]:
    """Change a binding in place: v1 wants API groups where v1alpha1 took API versions."""
    notes = []
    role = dict(mapping_at(body, "roleRef"))
    if role and text_at(role, "apiGroup") != RBAC:
        role["apiGroup"] = RBAC
        body["roleRef"] = role
        notes.append(f"roleRef.apiGroup: {RBAC}")
    subjects = objects_at(body, "subjects")
    changed = [_subject(subject) for subject in subjects]
    if changed != subjects:
        body["subjects"] = [*changed]
        notes.append("subjects: an apiGroup instead of an apiVersion")
    return notes


def _subject(subject: JsonObject) -> JsonObject:
    kept = {key: value for key, value in subject.items() if key != "apiVersion"}
    is_account = text_at(subject, "kind") == "ServiceAccount"
    return kept if is_account else {**kept, "apiGroup": RBAC}
