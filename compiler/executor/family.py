"""Finds out what belongs to an object: by its labels, and by who owns whom."""

from collections.abc import Iterable

from compiler.errors import ExternalError
from compiler.executor.diagnose import pods_of
from compiler.executor.port import ClusterPort
from compiler.kinds.table import kind_of_live
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at

_DEEPEST = 8  # a TrainJob has a JobSet, that a Job, that a pod


class Family:
    """Some objects, and what they own, directly or not.

    Args:
        roots: Live objects.
    """

    def __init__(self, cluster: ClusterPort, roots: Iterable[JsonObject]) -> None:
        self._cluster = cluster
        self._roots = {text_at(item, "metadata", "uid"): item for item in roots}
        self._pods: dict[str, list[JsonObject]] = {}
        self._owners: dict[tuple[str, str, str], dict[str, JsonObject]] = {}

    def pods(self) -> list[tuple[JsonObject, JsonObject]]:
        """Return all pods, each after the object that it belongs to.

        Raises:
            ExternalError: The server does not let us list them.
        """
        found: dict[str, tuple[JsonObject, JsonObject]] = {}
        for root in self._roots.values():
            if text_at(root, "kind") == "Pod":
                found[text_at(root, "metadata", "uid")] = (root, root)
            for pod in self._pods_of(root):
                found.setdefault(text_at(pod, "metadata", "uid"), (root, pod))
        return sorted(found.values(), key=lambda pair: text_at(pair[1], "metadata", "name"))

    def _pods_of(self, root: JsonObject) -> list[JsonObject]:
        kind, namespace = kind_of_live(root), text_at(root, "metadata", "namespace")
        if not namespace or not kind.may_have_pods:
            return []
        if kind.pod_labels(root):
            return pods_of(self._cluster, root)
        if namespace not in self._pods:
            self._pods[namespace] = self._cluster.list_objects("v1", "Pod", namespace)
        return [pod for pod in self._pods[namespace] if self.root_of(pod) is root]

    def root_of(self, item: JsonObject) -> JsonObject | None:
        """Return which of the objects owns another one, or is it; ``None`` when none does."""
        for _ in range(_DEEPEST):
            root = self._roots.get(text_at(item, "metadata", "uid"))
            if root is not None:
                return root
            owners = objects_at(item, "metadata", "ownerReferences")
            direct = [self._roots.get(text_at(owner, "uid")) for owner in owners]
            if any(direct):
                return next(filter(None, direct))
            above = self._owner(item)
            if above is None:
                return None
            item = above
        return None

    def _owner(self, item: JsonObject) -> JsonObject | None:
        """Return the metadata of who controls an object."""
        owners = objects_at(item, "metadata", "ownerReferences")
        if not owners:
            return None
        owner = next((each for each in owners if each.get("controller") is True), owners[0])
        namespace = text_at(item, "metadata", "namespace")
        place = (text_at(owner, "apiVersion"), text_at(owner, "kind"), namespace)
        return self.known(*place).get(text_at(owner, "uid"))

    def known(self, api_version: str, kind: str, namespace: str) -> dict[str, JsonObject]:
        """Return the metadata of all objects of a kind by uid; none where we may not look."""
        key = (api_version, kind, namespace)
        if key not in self._owners:
            try:
                found = self._cluster.list_metadata(api_version, kind, namespace)
            except ExternalError:
                found = []
            self._owners[key] = {
                text_at(item, "metadata", "uid"): {"metadata": mapping_at(item, "metadata")}
                for item in found
            }
        return self._owners[key]
