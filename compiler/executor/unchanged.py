"""Proves of a live object that an apply would change nothing, without asking the server.

A server-side apply writes the fields that are sent, and gives up those that its manager sent before
and sends no more. So it changes nothing where the manager owns, by its last apply in the same API
version, just the fields that are sent, and each has the value that is sent. Whatever is not
understood is no proof. What this cannot see is a policy or a webhook that came later and would
refuse the object, or change it.
"""

from compiler.executor.field_owners import ITSELF, child
from compiler.executor.port import FIELD_MANAGER
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import mapping_at, objects_at, text_at

# They name the object that is written, and nobody owns them.
_NAMES = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}


def is_unchanged(body: JsonObject, live: JsonObject) -> bool:
    """Return whether an apply of ours of a body certainly leaves a live object as it is."""
    if mapping_at(live, "metadata").get("deletionTimestamp"):
        return False
    applied = [
        item
        for item in objects_at(live, "metadata", "managedFields")
        if (text_at(item, "manager"), text_at(item, "operation")) == (FIELD_MANAGER, "Apply")
        and not text_at(item, "subresource")
    ]
    if len(applied) != 1 or text_at(applied[0], "apiVersion") != text_at(body, "apiVersion"):
        return False
    if text_at(live, "apiVersion") != text_at(body, "apiVersion"):
        return False
    return _is_object(body, live, mapping_at(applied[0], "fieldsV1"), ())


def _is_object(body: JsonObject, live: JsonValue, owned: JsonObject, path: tuple[str, ...]) -> bool:
    if not isinstance(live, dict):
        return False
    sent = {f"f:{key}": key for key in body if (*path, key) not in _NAMES}
    if sent.keys() != owned.keys() - {ITSELF}:
        return False
    return all(
        key in live and _is_value(body[key], live[key], owned[step], (*path, key))
        for step, key in sent.items()
    )


def _is_value(body: JsonValue, live: JsonValue, owned: JsonValue, path: tuple[str, ...]) -> bool:
    if not isinstance(owned, dict) or body is None:
        return False
    if not owned.keys() - {ITSELF}:  # it is owned as a whole
        return same(body, live)
    if isinstance(body, dict):
        return _is_object(body, live, owned, path)
    if isinstance(body, list) and isinstance(live, list):
        return _is_list(body, live, owned)
    return False


def _is_list(body: list[JsonValue], live: list[JsonValue], owned: JsonObject) -> bool:
    """Return whether each owned item is sent, as it is, in the order in which they are there."""
    steps = {step: child(live, step) for step in owned.keys() - {ITSELF}}
    ours = [item for item in live if any(item is found for found in steps.values())]
    if not len(steps) == len(body) == len(ours):
        return False
    for wanted, there in zip(body, ours, strict=True):
        step = next(step for step, found in steps.items() if found is there)
        if child([wanted], step) is None or not _is_item(wanted, there, owned[step]):
            return False
    return True


def _is_item(body: JsonValue, live: JsonValue, owned: JsonValue) -> bool:
    if isinstance(body, dict) and isinstance(owned, dict) and owned.keys() - {ITSELF}:
        return _is_object(body, live, owned, ("item",))
    return same(body, live)
