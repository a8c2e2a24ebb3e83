"""Reads the live objects of an environment: by one LIST where there are many of a kind."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

from compiler.executor.namespaces import Namespaces, NamespaceState
from compiler.executor.port import ApiError, ClusterPort
from compiler.model.app import Environment
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, text_at

MANY = 10  # objects of one kind and namespace from which on one LIST is cheaper than as many GETs

_Kind: TypeAlias = tuple[str, str, str]  # apiVersion, kind, namespace


class LiveObjects:
    """The live objects behind some manifests."""

    def __init__(
        self,
        cluster: ClusterPort,
        environment: Environment,
        manifests: Sequence[Manifest],
        namespaces: Namespaces,
    ) -> None:
        self._cluster = cluster
        self._namespaces = namespaces
        self._listed: dict[tuple[_Kind, str], JsonObject] = {}
        self._names: dict[_Kind, frozenset[str]] = {}
        wanted: dict[_Kind, list[str]] = {}
        for manifest in manifests:
            wanted.setdefault(_kind_of(manifest), []).append(manifest.ref.name)
        for kind, names in wanted.items():
            if len(names) >= MANY and namespaces[kind[2]] is not NamespaceState.MISSING:
                self._list(kind, environment.owner.selector)
                self._look_for(kind, names)

    def read(self, manifest: Manifest) -> JsonObject | None:
        """Return the live object of a manifest, or ``None`` when it does not exist."""
        kind, name = _kind_of(manifest), manifest.ref.name
        if self._namespaces[manifest.ref.namespace] is NamespaceState.MISSING:
            return None
        if listed := self._listed.get((kind, name)):
            return listed
        # What is not in the list may still exist: made by others, it lacks the labels.
        is_missing = kind in self._names and name not in self._names[kind]
        return None if is_missing else self._cluster.read(manifest)

    def _list(self, kind: _Kind, selector: str) -> None:
        with suppress(ApiError):  # whoever may not list may still be allowed to get
            for item in self._cluster.list_objects(*kind, labelSelector=selector):
                self._listed[kind, text_at(item, "metadata", "name")] = item

    def _look_for(self, kind: _Kind, names: Sequence[str]) -> None:
        """Find out which of many objects that are not in the list are there at all."""
        if sum((kind, name) not in self._listed for name in names) < MANY:
            return
        with suppress(ApiError):
            found = self._cluster.list_metadata(*kind)
            self._names[kind] = frozenset(text_at(item, "metadata", "name") for item in found)


def _kind_of(manifest: Manifest) -> _Kind:
    return manifest.api_version, manifest.ref.kind, manifest.ref.namespace
