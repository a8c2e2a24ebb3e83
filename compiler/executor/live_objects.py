"""Reads the live objects of an environment: by one LIST where there are many of a kind."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

from compiler.executor.port import ApiError, ClusterPort
from compiler.model.app import Environment
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, text_at

MANY = 10  # objects of one kind and namespace from which on one LIST is cheaper than as many GETs

_Kind: TypeAlias = tuple[str, str, str]  # apiVersion, kind, namespace


class LiveObjects:
    """The live objects behind some manifests."""

    def __init__(
        self, cluster: ClusterPort, environment: Environment, manifests: Sequence[Manifest]
    ) -> None:
        self._cluster = cluster
        counts = Counter(_kind_of(manifest) for manifest in manifests)
        self._listed: dict[tuple[_Kind, str], JsonObject] = {}
        for kind, count in counts.items():
            if count >= MANY:
                self._list(kind, environment.owner.selector)

    def read(self, manifest: Manifest) -> JsonObject | None:
        """Return the live object of a manifest, or ``None`` when it does not exist."""
        listed = self._listed.get((_kind_of(manifest), manifest.ref.name))
        # What is not in the list may still exist: made by others, it lacks the labels.
        return listed or self._cluster.read(manifest)

    def _list(self, kind: _Kind, selector: str) -> None:
        with suppress(ApiError):  # whoever may not list may still be allowed to get
            for item in self._cluster.list_objects(*kind, labelSelector=selector):
                self._listed[kind, text_at(item, "metadata", "name")] = item


def _kind_of(manifest: Manifest) -> _Kind:
    return manifest.api_version, manifest.ref.kind, manifest.ref.namespace
