"""The objects that ``ks show`` printed: one level of lists taken apart, one label, as written.

Nothing is refused here: an object without a name, or of which there are two, is shown too.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, Origin, manifest_of, mapping_at, text_at
from compiler.model.owner import KSONNET_COMPONENT
from compiler.stages.render import RenderedComponent


def shown_objects(rendered: Sequence[RenderedComponent]) -> list[Manifest]:
    """Return the objects of all components, in the order of the components."""
    return [
        _manifest(body, replace(origin, path=path), label)
        for item in rendered
        for origin in [Origin(component=item.component.name, file=item.component.prototype.file)]
        for path, body, label in _parts(item.tree, item.component.name)
    ]


def _parts(tree: JsonValue, component: str) -> Iterator[tuple[str, JsonObject, str]]:
    """Yield path, object and label of what stands in a component; a list in a list stays one."""
    kind, api_version = text_at(tree, "kind"), text_at(tree, "apiVersion")
    is_plain = (api_version, kind) == ("v1", "List")
    if isinstance(tree, list):  # ksonnet wrapped it into a List
        yield from _items(tree, "$", {}, component)
    elif isinstance(tree, dict) and isinstance(tree.get("items"), list):
        implied: JsonObject = {}
        if kind.endswith("List") and kind != "List":
            implied = {"apiVersion": api_version, "kind": kind.removesuffix("List")}
        # The label went to the wrapper of every other kind of list, and was lost with it.
        label = component if is_plain else ""
        yield from _items(tree["items"], "$.items", implied, label)
    elif isinstance(tree, dict):  # a List may have lost its items to std.prune
        yield "$", tree, "" if is_plain else component


def _items(
    items: JsonValue, path: str, implied: JsonObject, label: str
) -> Iterator[tuple[str, JsonObject, str]]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield f"{path}[{index}]", {**implied, **item}, label


def _manifest(tree: JsonObject, origin: Origin, label: str) -> Manifest:
    body = copy.deepcopy(tree)
    if label:
        metadata = mapping_at(body, "metadata")
        labels = {**mapping_at(metadata, "labels"), KSONNET_COMPONENT: label}
        body["metadata"] = {**metadata, "labels": labels}
    return manifest_of(body, origin)
