"""Turns the tree of each component into manifests: flattened, labelled, no two alike."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.errors import AppError
from compiler.kinds.scope import cluster_scoped_kinds
from compiler.model.app import Component, Dialect, Environment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    Origin,
    group_of,
    mapping_at,
    text_at,
)
from compiler.model.owner import KSONNET_COMPONENT, recommended_labels
from compiler.stages.patch import patched
from compiler.stages.render import RenderedComponent
from compiler.stages.validate.json_schema import shown


def extract(environment: Environment, rendered: Sequence[RenderedComponent]) -> list[Manifest]:
    """Return every object of the environment, sorted by its identity.

    Raises:
        AppError: A tree holds something that is no object, or two objects share an identity.
    """
    manifests, findings = found_objects(environment, rendered)
    findings += duplicates(manifests)
    if findings:
        raise AppError(*(replace(finding, environment=environment.name) for finding in findings))
    return manifests


def found_objects(
    environment: Environment, rendered: Sequence[RenderedComponent]
) -> tuple[list[Manifest], list[Finding]]:
    """Return every object of the environment, sorted, and what is said of all that is none."""
    findings: list[Finding] = []
    found: list[Manifest] = []
    for item in rendered:
        origin = Origin(component=item.component.name, file=item.component.prototype.file)
        for part in _objects(item.tree, origin):
            if isinstance(part, Finding):
                findings.append(part)
            else:
                found.append(_labelled(part, environment, item.component))
    placed = _in_namespace(found, environment.namespace)
    manifests, unusable = patched(environment, placed)
    return sorted(manifests, key=lambda manifest: manifest.ref), [*findings, *unusable]


def _objects(tree: JsonValue, origin: Origin) -> Iterator[Manifest | Finding]:
    """Yield the objects of a tree: itself, the items of lists, the values of plain maps."""
    match tree:
        case None:
            return
        case list():
            for index, item in enumerate(tree):
                yield from _objects(item, replace(origin, path=f"{origin.path}[{index}]"))
        case dict() if "apiVersion" in tree and "kind" in tree:
            yield from _object_or_list(tree, origin)
        case dict() if "kind" not in tree and "apiVersion" not in tree:
            for key, value in tree.items():
                yield from _objects(value, replace(origin, path=f"{origin.path}.{key}"))
        case dict():
            missing = "apiVersion" if "kind" in tree else "kind"
            yield _bad_tree(origin, f'the object at {origin.path} has no "{missing}"')
        case _:
            message = f"{origin.path} is {shown(tree)}, but a Kubernetes object is expected"
            yield _bad_tree(origin, message)


def _object_or_list(tree: JsonObject, origin: Origin) -> Iterator[Manifest | Finding]:
    kind = text_at(tree, "kind")
    items = tree.get("items")
    if kind.endswith("List") and isinstance(items, list):
        # The items of a PodList may leave out what its own kind says.
        implied = {"apiVersion": tree["apiVersion"], "kind": kind.removesuffix("List")}
        for index, item in enumerate(items):
            whole = {**implied, **item} if isinstance(item, dict) and kind != "List" else item
            yield from _objects(whole, replace(origin, path=f"{origin.path}.items[{index}]"))
        return
    if kind == "List" and items is None:  # what std.prune leaves of an empty one
        return
    name = text_at(tree, "metadata", "name")
    if not kind or not text_at(tree, "apiVersion"):
        yield _bad_tree(origin, f"apiVersion and kind of {origin.path} must be text")
    elif wrong := list(_bad_metadata(tree, origin)):
        yield from wrong
    elif not name:
        generated = text_at(tree, "metadata", "generateName")
        hint = "generateName cannot be applied twice; give it a name" if generated else ""
        yield _bad_tree(origin, f"the {kind} at {origin.path} has no metadata.name", hint)
    else:
        group = group_of(text_at(tree, "apiVersion"))
        ref = ObjectRef(group, kind, text_at(tree, "metadata", "namespace"), name)
        yield Manifest(ref=ref, body=copy.deepcopy(tree), origin=origin)


def _bad_metadata(tree: JsonObject, origin: Origin) -> Iterator[Finding]:
    """Yield what stands in the metadata and is of another form than all of kuplet reads there."""
    what = f"the {text_at(tree, 'kind')} at {origin.path}"
    metadata = tree.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        message = f"{what}: metadata must be an object, got {shown(metadata)}"
        yield _bad_tree(origin, message, "write metadata: {name: …}")
        return
    for field in ("name", "namespace"):
        value = mapping_at(metadata).get(field)
        if value is not None and not isinstance(value, str):
            message = f"{what}: metadata.{field} must be a string, got {shown(value)}"
            yield _bad_tree(origin, message, "put it in quotes")
    for field in ("labels", "annotations"):
        value = mapping_at(metadata).get(field)
        if value is not None and not isinstance(value, dict):
            message = f"{what}: metadata.{field} must be an object, got {shown(value)}"
            yield _bad_tree(origin, message, f"write {field}: {{key: value}}")


def _bad_tree(origin: Origin, message: str, hint: str = "") -> Finding:
    return Finding(
        rule="object-malformed",
        message=f'component "{origin.component}": {message}',
        component=origin.component,
        notes=(f"from {origin.file}",),
        hint=hint or "a component is an object, a list of objects, or a map of them",
    )


def _labelled(manifest: Manifest, environment: Environment, component: Component) -> Manifest:
    """Set the labels of the environment's dialect."""
    is_ksonnet = environment.dialect is Dialect.KSONNET
    labels_of = _ksonnet_labels if is_ksonnet else _kuplet_labels
    labels = labels_of(manifest, environment, component)
    metadata = mapping_at(manifest.body, "metadata")
    body = {**manifest.body, "metadata": {**metadata, "labels": labels}}
    span = component.prototype.spans.get(manifest.origin.path)
    return replace(manifest, body=body, origin=replace(manifest.origin, span=span))


def _kuplet_labels(
    manifest: Manifest, environment: Environment, component: Component
) -> JsonObject:
    """Return the recommended labels and kuplet's own; a prototype's name and instance stay."""
    return {
        **recommended_labels(component.prototype.stem, component.name),
        **manifest.labels,
        **environment.owner.part_of,
        **environment.owner.labels_of(component.name),
    }


def _ksonnet_labels(
    manifest: Manifest, environment: Environment, component: Component
) -> JsonObject:
    """Return ksonnet's label and those by which kuplet knows its objects again."""
    labels = environment.owner.labels_of(component.name)
    return {**manifest.labels, KSONNET_COMPONENT: component.name, **labels}


def _in_namespace(manifests: Sequence[Manifest], namespace: str) -> list[Manifest]:
    """Give namespaced objects that name no namespace the environment's."""
    cluster_scoped = cluster_scoped_kinds(manifests)
    placed: list[Manifest] = []
    for manifest in manifests:
        ref = manifest.ref
        if ref.namespace or (ref.group, ref.kind) in cluster_scoped:
            placed.append(manifest)
            continue
        metadata = {**mapping_at(manifest.body, "metadata"), "namespace": namespace}
        body = {**manifest.body, "metadata": metadata}
        placed.append(replace(manifest, ref=ref._replace(namespace=namespace), body=body))
    return placed


def duplicates(manifests: Sequence[Manifest]) -> Iterator[Finding]:
    """Yield a finding for each object that shares its identity with an earlier one."""
    first: dict[ObjectRef, Manifest] = {}
    for manifest in manifests:
        other = first.setdefault(manifest.ref, manifest)
        if other is manifest:
            continue
        yield Finding(
            rule="object-duplicate",
            message=f"{manifest.ref.qualified} is defined twice",
            object=str(manifest.ref),
            component=manifest.origin.component,
            notes=(f"first by {other.origin}", f"then by {manifest.origin}"),
            hint="give one of the two components another name",
        )
