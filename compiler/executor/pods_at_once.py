"""Lists the pods of a namespace once, where many objects are asked for theirs at the same time."""

import time
from collections import Counter

from compiler.executor.port import ClusterPort
from compiler.executor.sight import Sight
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at

_FEW = 5  # objects whose pods are asked for one after the other
_KEPT_S = 1.0


class PodsAtOnce(Sight):
    """Passes all questions on, but answers the same sort of question about pods at once."""

    def __init__(self, cluster: ClusterPort) -> None:
        super().__init__(cluster)
        self._since = 0.0
        self._asked: Counter[str] = Counter()
        self._pods: dict[str, list[JsonObject]] = {}

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind; pods as they were a moment ago."""
        is_of_pods = (api_version, kind, [*query]) == ("v1", "Pod", ["labelSelector"])
        if not is_of_pods or not self._are_many(namespace):
            return super().list_objects(api_version, kind, namespace, **query)
        if namespace not in self._pods:
            self._pods[namespace] = super().list_objects(api_version, kind, namespace)
        pairs = (part.partition("=") for part in query["labelSelector"].split(","))
        labels = {key: value for key, _, value in pairs}
        return [
            pod
            for pod in self._pods[namespace]
            if labels.items() <= mapping_at(pod, "metadata", "labels").items()
        ]

    def _are_many(self, namespace: str) -> bool:
        """Count a question; return whether there were many in the last moment."""
        if time.monotonic() - self._since >= _KEPT_S:
            self._since = time.monotonic()
            self._asked.clear()
            self._pods.clear()
        self._asked[namespace] += 1
        return self._asked[namespace] > _FEW
