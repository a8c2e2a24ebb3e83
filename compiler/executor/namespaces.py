"""What is known of the namespaces that objects live in; each is read once."""

import enum
from collections.abc import Iterable

from compiler.executor.port import ApiError, ClusterPort
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, Origin, manifest_of, text_at
from compiler.model.owner import Owner


class NamespaceState(enum.Enum):
    """What becomes of objects in a namespace."""

    MISSING = enum.auto()
    THERE = enum.auto()
    GOING = enum.auto()  # it takes all that is in it along, and takes in nothing new
    UNSEEN = enum.auto()  # we may not look; whoever may not was given one that exists


class Namespaces:
    """The namespaces of some objects."""

    def __init__(self, cluster: ClusterPort, names: Iterable[str]) -> None:
        self._states = {name: _state(cluster, name) for name in sorted(set(names)) if name}

    def __getitem__(self, name: str) -> NamespaceState:
        """Return the state of a namespace; of none, for what lives outside of them."""
        return self._states.get(name, NamespaceState.UNSEEN)


def namespaces_of(cluster: ClusterPort, manifests: Iterable[Manifest]) -> Namespaces:
    """Return what is known of the namespaces that objects are or live in."""
    return Namespaces(cluster, (name_of_namespace(item.ref) for item in manifests))


def name_of_namespace(ref: ObjectRef) -> str:
    """Return the namespace that an object is or lives in; empty for others."""
    return ref.name if ref.kind == "Namespace" and not ref.group else ref.namespace


def namespace_manifest(owner: Owner, name: str) -> Manifest:
    """Return the namespace of an environment that nobody else provides."""
    labels: JsonObject = {**owner.labels, **owner.part_of}
    metadata: JsonObject = {"name": name, "labels": labels}
    body: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    origin = Origin(component="", file="the destination of the environment")
    return manifest_of(body, origin)


def make_namespace(cluster: ClusterPort, namespace: Manifest) -> None:
    """Make a namespace unless it is there, or we may not look."""
    if namespaces_of(cluster, [namespace])[namespace.ref.name] is NamespaceState.MISSING:
        cluster.apply(namespace.body)


def going(name: str) -> Finding:
    """Return the error for a namespace that nothing can be applied to."""
    return Finding(
        rule="namespace-terminating",
        message=f'the namespace "{name}" is being deleted, with all that is in it',
        object=f"Namespace/{name}",
        hint="wait until it is gone, then apply again: kubectl wait --for=delete namespace/" + name,
    )


def _state(cluster: ClusterPort, name: str) -> NamespaceState:
    try:
        live = cluster.read_cluster_scoped("v1", "Namespace", name)
    except ApiError:
        return NamespaceState.UNSEEN
    if live is None:
        return NamespaceState.MISSING
    is_going = text_at(live, "metadata", "deletionTimestamp")
    return NamespaceState.GOING if is_going else NamespaceState.THERE
