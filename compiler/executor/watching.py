"""A cluster to look at again and again: what was read once is known from then on, by watching."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from compiler.executor.port import FIELD_MANAGER, ApiError, ClusterPort, Place
from compiler.executor.sight import Sight
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, manifest_of, text_at
from compiler.stages.diff import normalised

_BETWEEN_LISTS_S = 10.0  # where we may list, but not watch
_SETTLES_S = 0.3  # changes come in swarms

_Key: TypeAlias = tuple[str, str, str, bool, tuple[tuple[str, str], ...]]


class Watched(Sight):
    """Answers what it was asked before from what it has seen since.

    What an apply would make of an object is asked again only when the object has changed.

    Args:
        selector: The label selector of the objects that will be asked for.
    """

    def __init__(self, cluster: ClusterPort, selector: str) -> None:
        super().__init__(cluster)
        self._selector = selector
        self._lists: dict[_Key, _List] = {}
        self._tried: dict[str, JsonObject | ApiError] = {}
        self._lock = threading.Lock()
        self._changes = threading.Event()

    def wait(self, timeout_s: float) -> None:
        """Wait until something has changed, but not for ever: some things change by waiting."""
        if self._changes.wait(timeout_s):
            time.sleep(_SETTLES_S)
            self._changes.clear()

    def read(self, manifest: Manifest) -> JsonObject | None:
        """Return a manifest's live object, or ``None`` when it, or its kind, does not exist."""
        ref = manifest.ref
        return self._read(manifest.api_version, ref.kind, ref.namespace, ref.name)

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return a live object that lives outside namespaces, or ``None``."""
        return self._read(api_version, kind, "", name)

    def _read(self, api_version: str, kind: str, namespace: str, name: str) -> JsonObject | None:
        if not self.serves(api_version, kind):
            return None
        place = (api_version, kind, namespace)
        labelled = self._seen(*place, only_metadata=False, labelSelector=self._selector)
        found = [item for item in labelled if text_at(item, "metadata", "name") == name]
        if not found:  # somebody may have made it without our labels
            field = f"metadata.name={name}"
            found = self._seen(*place, only_metadata=False, fieldSelector=field)
        return found[0] if found else None

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind, of one namespace or of all; empty when it is not served."""
        if not self.serves(api_version, kind):
            return []
        return self._seen(api_version, kind, namespace, only_metadata=False, **query)

    def list_metadata(
        self, api_version: str, kind: str, namespace: str, **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind in a namespace without anything but their metadata."""
        if not self.serves(api_version, kind):
            return []
        return self._seen(api_version, kind, namespace, only_metadata=True, **query)

    def _seen(
        self,
        api_version: str,
        kind: str,
        namespace: str,
        *,
        only_metadata: bool,
        **query: str,
    ) -> list[JsonObject]:
        key = (api_version, kind, namespace, only_metadata, tuple(sorted(query.items())))
        with self._lock:
            if key not in self._lists:
                self._lists[key] = _List(self._cluster, key, self._changes.set)
            known = self._lists[key]
        with self._noted(kind, namespace):
            return known.objects()

    def apply(
        self,
        body: JsonObject,
        *,
        dry_run: bool = False,
        force: bool = False,
        manager: str = FIELD_MANAGER,
    ) -> JsonObject:
        """Return what an apply would make of an object; as before, where it has not changed."""

        def ask() -> JsonObject:
            return self._cluster.apply(body, dry_run=dry_run, force=force, manager=manager)

        return self._once(ask, manifest_of(body), [body, force])

    def without(self, manifest: Manifest, places: Sequence[Place]) -> JsonObject:
        """Return what a live object would be if some of its fields were removed; they stay."""
        return self._once(
            lambda: self._cluster.without(manifest, places), manifest, [list(map(list, places))]
        )

    def _once(
        self, ask: Callable[[], JsonObject], manifest: Manifest, question: Sequence[object]
    ) -> JsonObject:
        key = json.dumps([question, normalised(self.read(manifest) or {})], sort_keys=True)
        if key not in self._tried:
            try:
                self._tried[key] = ask()
            except ApiError as failure:
                self._tried[key] = failure
        answer = self._tried[key]
        if isinstance(answer, ApiError):
            raise answer
        return answer


class _List:
    """The objects of one list, kept up to date by a thread of its own."""

    def __init__(self, cluster: ClusterPort, key: _Key, tell: Callable[[], None]) -> None:
        self._cluster = cluster
        self._key = key
        self._tell = tell
        self._known = threading.Event()
        self._objects: list[JsonObject] = []
        self._failure: Exception | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def objects(self) -> list[JsonObject]:
        """Return them as they were seen last.

        Raises:
            ExternalError: They could not be listed.
        """
        self._known.wait()
        if self._failure:
            raise self._failure
        return self._objects

    def _run(self) -> None:
        api_version, kind, namespace, only_metadata, query = self._key
        while True:
            try:
                for objects in self._cluster.watch_objects(
                    api_version, kind, namespace, only_metadata=only_metadata, **dict(query)
                ):
                    self._take(objects)
            except Exception as error:  # noqa: BLE001  whoever asks raises it
                self._fail(error)
            time.sleep(_BETWEEN_LISTS_S)  # we may perhaps list, but not watch

    def _take(self, objects: list[JsonObject]) -> None:
        is_news = objects != self._objects or self._failure is not None
        self._objects, self._failure = objects, None
        self._known.set()
        if is_news:
            self._tell()

    def _fail(self, error: Exception) -> None:
        if not self._known.is_set():
            self._failure = error
            self._known.set()
