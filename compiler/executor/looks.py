"""Looks at objects that are waited for: in what one watch of their kind shows, or one by one.

What a watch shows may be older than what is known of an object already; only the server's own
counting tells (resourceVersion: of one kind, a later one is larger). That an object is gone is
always asked, for one that lost a label leaves a watch, too. Where nothing can be watched, each
look is a request.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from compiler.executor.port import ClusterPort
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, text_at

_TRUSTED_S = 30.0  # of which nothing is heard for so long is read: connections die unnoticed

_Kind: TypeAlias = tuple[str, str, str]  # apiVersion, kind, namespace


class Looks:
    """Looks at some objects of an environment again and again.

    Args:
        selector: The label selector of its objects.
        tell: Called, in another thread, when one may have changed.
    """

    def __init__(self, cluster: ClusterPort, selector: str, tell: Callable[[], None]) -> None:
        self._cluster = cluster
        self._selector = selector
        self._tell = tell
        self._watches: dict[_Kind, _Watch] = {}
        self._read: dict[ObjectRef, float] = {}

    def expect(self, manifest: Manifest) -> None:
        """Begin to watch the kind of an object that will be looked at again."""
        kind = _kind_of(manifest)
        if kind not in self._watches:
            self._watches[kind] = _Watch(self._cluster, kind, self._selector, self._tell)

    def changed(self) -> frozenset[ObjectRef]:
        """Return which objects may have changed since this was asked last."""
        return frozenset(ref for watch in self._watches.values() for ref in watch.changed())

    def at(self, manifest: Manifest, known: JsonObject, *, anew: bool = False) -> JsonObject | None:
        """Return a live object, or ``None`` when it is gone.

        Args:
            known: As it was seen before; nothing older is returned.
            anew: Whether it is certainly read now.

        Raises:
            ExternalError: It cannot be read.
        """
        ref, watch = manifest.ref, self._watches.get(_kind_of(manifest))
        if watch and not anew:
            since = time.monotonic() - _TRUSTED_S
            is_trusted = watch.heard(ref.name) >= since or self._read.get(ref, 0.0) >= since
            shown = watch.shown(ref.name)
            if shown and is_trusted and _is_as_new(shown, known):
                return shown
        self._read[ref] = time.monotonic()
        return self._cluster.read(manifest)

    def close(self) -> None:
        """Watch nothing any more."""
        for watch in self._watches.values():
            watch.close()


class _Watch:
    """The objects of one kind in one namespace, as a thread of its own hears of them."""

    def __init__(
        self, cluster: ClusterPort, kind: _Kind, selector: str, tell: Callable[[], None]
    ) -> None:
        self._cluster = cluster
        self._kind = kind
        self._selector = selector
        self._tell = tell
        self._lock = threading.Lock()
        self._objects: dict[str, JsonObject] = {}
        self._heard: dict[str, float] = {}
        self._changed: set[str] = set()
        self._is_closed = False
        threading.Thread(target=self._run, daemon=True).start()

    def shown(self, name: str) -> JsonObject | None:
        """Return an object as it was seen last; ``None`` when it is not seen."""
        with self._lock:
            return self._objects.get(name)

    def heard(self, name: str) -> float:
        """Return when an object was seen to change last, by the clock that does not jump."""
        with self._lock:
            return self._heard.get(name, 0.0)

    def changed(self) -> list[ObjectRef]:
        """Return which have changed, come or gone since this was asked last."""
        with self._lock:
            names, self._changed = self._changed, set()
        api_version, kind, namespace = self._kind
        group = api_version.rpartition("/")[0]
        return [ObjectRef(group, kind, namespace, name) for name in names]

    def close(self) -> None:
        """Take in nothing any more; the thread ends when the server says something."""
        self._is_closed = True

    def _run(self) -> None:
        try:
            for objects in self._cluster.watch_objects(*self._kind, labelSelector=self._selector):
                if self._is_closed:
                    return
                self._take(objects)
        except Exception:  # noqa: BLE001  whoever looks reads then, and hears what is wrong
            return
        finally:
            self._take([])

    def _take(self, objects: list[JsonObject]) -> None:
        now = time.monotonic()
        with self._lock:
            seen = {text_at(item, "metadata", "name"): item for item in objects}
            before, self._objects = self._objects, seen
            fresh = {name for name, item in seen.items() if before.get(name) is not item}
            self._heard.update(dict.fromkeys(fresh, now))
            news = fresh | (before.keys() - seen.keys())
            self._changed |= news
        if news and not self._is_closed:
            self._tell()


def _kind_of(manifest: Manifest) -> _Kind:
    return manifest.api_version, manifest.ref.kind, manifest.ref.namespace


def _is_as_new(shown: JsonObject, known: JsonObject) -> bool:
    """Return whether an object is certainly not older than it was known before."""
    if not known:
        return True
    if text_at(shown, "metadata", "uid") != text_at(known, "metadata", "uid"):
        return False
    new, old = (text_at(item, "metadata", "resourceVersion") for item in (shown, known))
    return new == old or (new.isdecimal() and old.isdecimal() and int(new) >= int(old))
