"""Applies the patches of components: to objects of theirs, by kind and name.

A merge works as Kubernetes' strategic merge patch does: objects are merged, ``null`` removes a key,
lists whose items have a key of their own are merged by it, ``$patch: delete`` removes an item,
``$patch: replace`` keeps nothing of what was there, and other lists are replaced.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from compiler.model.app import Component, Environment, Patch
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, manifest_of
from compiler.stages.names import did_you_mean

# By the name of the list; the first key that all items have. All others are keyed by their name.
# Source: x-kubernetes-patch-merge-key of Kubernetes' OpenAPI.
_KEYS = {
    "ports": ("containerPort", "port"),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
}
_DIRECTIVE = "$patch"


def patched(
    environment: Environment, manifests: Sequence[Manifest]
) -> tuple[list[Manifest], list[Finding]]:
    """Return the objects with the patches of their components, and what is wrong with these."""
    findings: list[Finding] = []
    found = list(manifests)
    for component in (item for item in environment.components if item.patches):
        name = component.name
        own = [index for index, item in enumerate(found) if item.origin.component == name]
        for patch in component.patches:
            meant = [index for index in own if _is_meant(patch, found[index])]
            if not meant:
                findings.append(_unmatched(patch, component, [found[index] for index in own]))
            for index in meant:
                try:
                    found[index] = _changed(found[index], patch)
                except _UnusablePatchError as error:
                    findings.append(_finding(patch, component, f"{found[index].ref}: {error}"))
    return found, findings


class _UnusablePatchError(Exception):
    """A patch that cannot be applied to an object, and why."""


def _is_meant(patch: Patch, manifest: Manifest) -> bool:
    return fnmatchcase(manifest.ref.kind, patch.kind) and fnmatchcase(manifest.ref.name, patch.name)


def _changed(manifest: Manifest, patch: Patch) -> Manifest:
    body = copy.deepcopy(manifest.body)
    for operation in patch.operations:
        body = _operated(body, operation)
    body = _merged(body, patch.merge)
    origin = manifest.origin
    found = manifest_of(body, replace(origin, patches=(*origin.patches, patch.span)))
    if (found.ref, found.api_version) != (manifest.ref, manifest.api_version):
        raise _UnusablePatchError("it would be another object: apiVersion, kind and name must stay")
    return found


def _operated(body: JsonObject, operation: JsonObject) -> JsonObject:
    import jsonpatch
    from jsonpointer import JsonPointerException

    try:
        found = jsonpatch.apply_patch(body, [operation])
    except (jsonpatch.JsonPatchException, JsonPointerException) as error:
        # Its own words may hold the whole object, which may be a Secret.
        is_test = isinstance(error, jsonpatch.JsonPatchTestFailed)
        reason = "another value is there" if is_test else "there is no such place in it"
        message = f"{operation.get('op')} {operation.get('path')}: {reason}"
        raise _UnusablePatchError(message) from error
    if not isinstance(found, dict):
        raise _UnusablePatchError("nothing that is an object would be left")
    return found


def _merged(value: JsonObject, patch: JsonObject) -> JsonObject:
    if patch.get(_DIRECTIVE) == "replace":
        return {key: item for key, item in patch.items() if key != _DIRECTIVE}
    merged = dict(value)
    for key, item in patch.items():
        before = merged.get(key)
        if item is None:
            merged.pop(key, None)
        elif isinstance(item, dict):
            merged[key] = _merged(before if isinstance(before, dict) else {}, item)
        elif isinstance(item, list):
            merged[key] = _merged_list(key, before if isinstance(before, list) else [], item)
        else:
            merged[key] = item
    return merged


def _merged_list(
    name: str, value: Sequence[JsonValue], patch: Sequence[JsonValue]
) -> list[JsonValue]:
    items = [*value, *patch]
    key = next(
        (
            key
            for key in _KEYS.get(name, ("name",))
            if items and all(isinstance(item, dict) and key in item for item in items)
        ),
        None,
    )
    if key is None:
        return [copy.deepcopy(item) for item in patch]
    merged = {_key_of(item, key): item for item in value}
    for item in (each for each in patch if isinstance(each, dict)):
        which = _key_of(item, key)
        before = merged.get(which, {})
        if item.get(_DIRECTIVE) == "delete":
            merged.pop(which, None)
        else:
            merged[which] = _merged(before if isinstance(before, dict) else {}, item)
    return list(merged.values())


def _key_of(item: JsonValue, key: str) -> str:
    return repr(item[key]) if isinstance(item, dict) else ""


def _unmatched(patch: Patch, component: Component, own: Sequence[Manifest]) -> Finding:
    known = sorted({f"{item.ref.kind}/{item.ref.name}" for item in own})
    wanted = f"{patch.kind}/{patch.name}"
    return _finding(
        patch, component, f'the component has no object "{wanted}"', did_you_mean(wanted, known)
    )


def _finding(patch: Patch, component: Component, message: str, hint: str = "") -> Finding:
    return Finding(
        rule="patch", message=message, span=patch.span, component=component.name, hint=hint
    )
