"""Turns the tree of each component into manifests: flattened, labelled, no two alike."""

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
    found: list[tuple[Manifest, RenderedComponent]] = []
    for item in rendered:
        for part in _objects(item.tree, "$", item.component):
            if isinstance(part, Finding):
                findings.append(part)
            else:
                found.append((part, item))
    placed = _placed(environment, found)
    manifests, unusable = patched(environment, placed)
    return sorted(manifests, key=lambda manifest: manifest.ref), [*findings, *unusable]


def _objects(tree: JsonValue, path: str, component: Component) -> Iterator[Manifest | Finding]:
    """Yield the objects of a tree: itself, the items of lists, the values of plain maps."""
    match tree:
        case None:
            return
        case list():
            for index, item in enumerate(tree):
                yield from _objects(item, f"{path}[{index}]", component)
        case dict() if "apiVersion" in tree and "kind" in tree:
            yield from _object_or_list(tree, path, component)
        case dict() if "kind" not in tree and "apiVersion" not in tree:
            for key, value in tree.items():
                yield from _objects(value, f"{path}.{key}", component)
        case dict():
            missing = "apiVersion" if "kind" in tree else "kind"
            yield _bad_tree(component, f'the object at {path} has no "{missing}"')
        case _:
            message = f"{path} is {shown(tree)}, but a Kubernetes object is expected"
            yield _bad_tree(component, message)


def _object_or_list(
    tree: JsonObject, path: str, component: Component
) -> Iterator[Manifest | Finding]:
    kind = text_at(tree, "kind")
    items = tree.get("items")
    if kind.endswith("List") and isinstance(items, list):
        # The items of a PodList may leave out what its own kind says.
        implied = {"apiVersion": tree["apiVersion"], "kind": kind.removesuffix("List")}
        for index, item in enumerate(items):
            whole = {**implied, **item} if isinstance(item, dict) and kind != "List" else item
            yield from _objects(whole, f"{path}.items[{index}]", component)
        return
    if kind == "List" and items is None:  # what std.prune leaves of an empty one
        return
    name = text_at(tree, "metadata", "name")
    if not kind or not text_at(tree, "apiVersion"):
        yield _bad_tree(component, f"apiVersion and kind of {path} must be text")
    elif wrong := list(_bad_metadata(tree, path, component)):
        yield from wrong
    elif not name:
        generated = text_at(tree, "metadata", "generateName")
        hint = "generateName cannot be applied twice; give it a name" if generated else ""
        yield _bad_tree(component, f"the {kind} at {path} has no metadata.name", hint)
    else:
        group = group_of(text_at(tree, "apiVersion"))
        ref = ObjectRef(group, kind, text_at(tree, "metadata", "namespace"), name)
        prototype = component.prototype
        span = prototype.spans.get(path)
        origin = Origin(component=component.name, file=prototype.file, path=path, span=span)
        yield Manifest(ref=ref, body=tree, origin=origin)


def _bad_metadata(tree: JsonObject, path: str, component: Component) -> Iterator[Finding]:
    """Yield what stands in the metadata and is of another form than all of kuplet reads there."""
    what = f"the {text_at(tree, 'kind')} at {path}"
    metadata = tree.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        message = f"{what}: metadata must be an object, got {shown(metadata)}"
        yield _bad_tree(component, message, "write metadata: {name: …}")
        return
    for field in ("name", "namespace"):
        value = mapping_at(metadata).get(field)
        if value is not None and not isinstance(value, str):
            message = f"{what}: metadata.{field} must be a string, got {shown(value)}"
            yield _bad_tree(component, message, "put it in quotes")
    for field in ("labels", "annotations"):
        value = mapping_at(metadata).get(field)
        if value is not None and not isinstance(value, dict):
            message = f"{what}: metadata.{field} must be an object, got {shown(value)}"
            yield _bad_tree(component, message, f"write {field}: {{key: value}}")


def _bad_tree(component: Component, message: str, hint: str = "") -> Finding:
    return Finding(
        rule="object-malformed",
        message=f'component "{component.name}": {message}',
        component=component.name,
        notes=(f"from {component.prototype.file}",),
        hint=hint or "a component is an object, a list of objects, or a map of them",
    )


def _placed(
    environment: Environment, found: Sequence[tuple[Manifest, RenderedComponent]]
) -> list[Manifest]:
    """Return the objects with their labels, and the environment's namespace where they need one.

    What an object says elsewhere is the tree's own, and shared with it.
    """
    cluster_scoped = cluster_scoped_kinds(manifest for manifest, _ in found)
    labels_of: dict[str, tuple[JsonObject, JsonObject]] = {}
    placed: list[Manifest] = []
    for manifest, item in found:
        component, ref, body = item.component, manifest.ref, manifest.body
        if component.name not in labels_of:
            labels_of[component.name] = _labels(environment, component)
        weak, strong = labels_of[component.name]
        metadata = mapping_at(body, "metadata")
        changed: JsonObject = {**metadata, "labels": {**weak, **manifest.labels, **strong}}
        if not ref.namespace and (ref.group, ref.kind) not in cluster_scoped:
            ref = ref._replace(namespace=environment.namespace)
            changed["namespace"] = environment.namespace
        labelled: JsonObject = {**body, "metadata": changed}
        placed.append(Manifest(ref=ref, body=labelled, origin=manifest.origin))
    return placed


def _labels(environment: Environment, component: Component) -> tuple[JsonObject, JsonObject]:
    """Return the labels of a component by the environment's dialect.

    The first ones give way to an object's own: a prototype's name and instance stay.
    """
    own = environment.owner.labels_of(component.name)
    if environment.dialect is Dialect.KSONNET:
        return {}, {KSONNET_COMPONENT: component.name, **own}
    weak = recommended_labels(component.prototype.stem, component.name)
    return weak, {**environment.owner.part_of, **own}


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
