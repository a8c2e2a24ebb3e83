"""A cluster in memory: as much of an API server as the executor can tell apart.

``test_contract.py`` holds it to what a real one does. Tests set it up by its public methods: what
it shall answer next, which answers get lost, what controllers would write.
"""

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from compiler.errors import ExternalError
from compiler.executor.port import (
    CONFLICT,
    FIELD_MANAGER,
    NOT_FOUND,
    ApiError,
    ClusterPort,
    LostAnswerError,
    Place,
)
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef, list_at, manifest_of, mapping_at, text_at

Path: TypeAlias = tuple[str, ...]
Hook: TypeAlias = Callable[[JsonObject], None]
_CLUSTER_SCOPED = {
    "ClusterRole",
    "CustomResourceDefinition",
    "Namespace",
    "StorageClass",
    "ValidatingAdmissionPolicy",
}
_REVIEWS = {"SelfSubjectRulesReview", "SelfSubjectAccessReview"}
_WITH_STATUS = {"Deployment", "Job", "Pod", "Namespace", "Widget"}
LOST = LostAnswerError(Finding(rule="cluster-unreachable", message="the answer got lost"))


class FakeCluster(ClusterPort):
    """Objects by identity, with field managers, uids, finalizers and namespaces."""

    def __init__(self, *, unserved: frozenset[str] = frozenset()) -> None:
        self.requests: list[str] = []  # verb and object of every write that arrived
        self._objects: dict[ObjectRef, JsonObject] = {}
        self._owned: dict[ObjectRef, dict[str, dict[Path, JsonValue]]] = {}
        self._unserved = unserved
        self._logs: dict[tuple[str, str], list[bytes]] = {}
        self._ended: set[tuple[str, str]] = set()
        self.log_requests: list[dict[str, str]] = []
        self._forbidden: set[tuple[str, ...]] = set()
        self._number = 0
        self._refusals: dict[tuple[str, str], list[ExternalError]] = {}
        self._lost: list[tuple[str, str]] = []
        self._hooks: dict[tuple[str, str], Hook] = {}
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        for name in ("default", "test"):
            self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.requests.clear()

    # What a test may do.

    def refuse(self, verb: str, name: str, *errors: ExternalError) -> None:
        """Answer the next requests of a verb about objects of this name with errors."""
        self._refusals.setdefault((verb, name), []).extend(errors)

    def lose_answer(self, verb: str, name: str) -> None:
        """Carry out the next such request, but lose its answer."""
        self._lost.append((verb, name))

    def after(self, verb: str, name: str, hook: Hook) -> None:
        """Call a hook with the live object whenever such a request was carried out."""
        self._hooks[verb, name] = hook

    def set_status(self, ref: ObjectRef, status: JsonObject) -> None:
        """Write a status, as a controller does."""
        with self._lock:
            self._objects[ref]["status"] = status
            self._touch(self._objects[ref])

    def vanish(self, ref: ObjectRef) -> None:
        """Remove an object at once, finalizers or not."""
        with self._lock:
            self._objects.pop(ref, None)
            self._owned.pop(ref, None)
            self._changed.notify_all()

    # What the port asks for.

    @property
    def server(self) -> str:
        return "https://fake"

    @property
    def ca(self) -> str:
        return ""

    def serves(self, api_version: str, kind: str) -> bool:
        return kind not in self._unserved

    def resource_of(self, api_version: str, kind: str) -> str:
        return f"{kind.lower()}s" if self.serves(api_version, kind) else ""

    def has_status(self, api_version: str, kind: str) -> bool:
        return self.serves(api_version, kind) and kind in _WITH_STATUS

    def read(self, manifest: Manifest) -> JsonObject | None:
        with self._lock:
            self._answer("read", manifest.ref.name)
            return self._done("read", manifest.ref) or None

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        body: JsonObject = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}
        return self.read(manifest_of(body))

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        with self._lock:
            self._answer("list", kind)
            return [
                copy.deepcopy(body)
                for ref, body in sorted(self._objects.items())
                if (text_at(body, "apiVersion"), ref.kind) == (api_version, kind)
                and namespace in ("", ref.namespace)
                and _is_selected(body, query.get("labelSelector", ""))
                and _has_fields(body, query.get("fieldSelector", ""))
            ]

    def list_metadata(
        self, api_version: str, kind: str, namespace: str, **query: str
    ) -> list[JsonObject]:
        found = self.list_objects(api_version, kind, namespace, **query)
        return [{"metadata": mapping_at(body, "metadata")} for body in found]

    def write_log(self, pod: str, container: str, *lines: str) -> None:
        """Let a container print lines: a time, a blank, a text."""
        with self._changed:
            self._logs.setdefault((pod, container), []).extend(line.encode() for line in lines)
            self._changed.notify_all()

    def end_log(self, pod: str, container: str) -> None:
        """Let those who follow a log know that its container has ended."""
        with self._changed:
            self._ended.add((pod, container))
            self._changed.notify_all()

    def pod_log(self, namespace: str, pod: str, container: str, **query: str) -> Iterator[bytes]:
        key = (pod, container)
        if key not in self._logs:
            raise ApiError(400, {"message": f'container "{container}" is waiting to start'})
        self.log_requests.append({"pod": pod, "container": container, **query})
        lines = self._logs[key]
        place = max(len(lines) - int(query["tailLines"]), 0) if "tailLines" in query else 0
        while True:
            while place < len(lines):
                place += 1
                if lines[place - 1].decode().partition(" ")[0] >= query.get("sinceTime", ""):
                    yield lines[place - 1]
            with self._changed:
                if query.get("follow") != "true" or key in self._ended:
                    return
                if place == len(lines):
                    self._changed.wait()

    def watch_objects(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        only_metadata: bool = False,
        **query: str,
    ) -> Iterator[list[JsonObject]]:
        read = self.list_metadata if only_metadata else self.list_objects
        last: list[JsonObject] | None = None
        while True:
            with self._changed:
                while (found := read(api_version, kind, namespace, **query)) == last:
                    self._changed.wait()
            last = found
            yield copy.deepcopy(found)

    def apply(
        self,
        body: JsonObject,
        *,
        dry_run: bool = False,
        force: bool = False,
        manager: str = FIELD_MANAGER,
    ) -> JsonObject:
        with self._lock:
            ref = self._place(body)
            version = text_at(body, "metadata", "resourceVersion")
            live = self._objects.get(ref, {})
            if version and version != text_at(live, "metadata", "resourceVersion"):
                message = "the object has been modified"
                raise ApiError(CONFLICT, {"reason": "Conflict", "message": message})
            merged, owned = self._merged(ref, body, manager, force=force)
            if dry_run:
                self._answer("dry-run", ref.name)
                return merged
            self._answer("apply", ref.name, ref)
            self._objects[ref] = merged
            self._owned[ref] = owned
            if _is_released(merged):
                self.vanish(ref)
                return merged
            return self._done("apply", ref)

    def without(self, manifest: Manifest, places: Sequence[Place]) -> JsonObject:
        with self._lock:
            self._answer("without", manifest.ref.name)
            left = copy.deepcopy(self._objects[manifest.ref])
            for *above, last in sorted(places, reverse=True):
                inner: Any = left
                for part in above:
                    inner = inner[part]
                del inner[last]
            return left

    def hand_over(self, manifest: Manifest, live: JsonObject, owners: list[JsonValue]) -> None:
        with self._lock:
            ref = manifest.ref
            self._answer("hand_over", ref.name, ref)
            now = self._objects[ref]
            seen = text_at(live, "metadata", "resourceVersion")
            if text_at(now, "metadata", "resourceVersion") != seen:
                message = "the object has been modified"
                raise ApiError(CONFLICT, {"reason": "Conflict", "message": message})
            staying = {text_at(item, "manager") for item in owners}
            owned = self._owned.setdefault(ref, {})
            gone = [owned.pop(name) for name in [*owned] if name not in staying]
            mine = owned.setdefault(FIELD_MANAGER, {})
            for fields in gone:
                mine.update(fields)

    def forbid(self, verb: str, resource: str, name: str = "") -> None:
        """Say of a right, when asked, that nobody has it; without a name, of all objects."""
        self._forbidden.add((verb, resource, name))

    def _reviewed(self, body: JsonObject) -> JsonObject:
        self._answer("review", text_at(body, "kind"))
        asked = mapping_at(body, "spec", "resourceAttributes")
        right = tuple(text_at(asked, key) for key in ("verb", "resource", "name"))
        is_all = right[0] == "*"
        is_allowed = not self._forbidden if is_all else self._grants(right)
        every: JsonObject = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
        rules: list[JsonValue] = [] if self._forbidden else [every]
        return {**body, "status": {"allowed": is_allowed, "resourceRules": rules}}

    def _grants(self, right: tuple[str, ...]) -> bool:
        return self._forbidden.isdisjoint({right, (*right[:2], "")})

    def create(self, body: JsonObject) -> JsonObject:
        with self._lock:
            if text_at(body, "kind") in _REVIEWS:
                return self._reviewed(body)
            ref = self._place(body)
            self._answer("create", ref.name, ref)
            if ref in self._objects:
                message = f'{ref.kind.lower()}s "{ref.name}" already exists'
                raise ApiError(CONFLICT, {"reason": "AlreadyExists", "message": message})
            self._objects[ref] = self._new(body)
            self._owned[ref] = {FIELD_MANAGER: dict(_leaves(body))}
            return self._done("create", ref)

    def delete(
        self,
        ref: ObjectRef,
        api_version: str,
        uid: str,
        grace_period_s: int | None = None,
        *,
        alone: bool = False,
    ) -> None:
        with self._lock:
            self._answer("delete", ref.name, ref)
            live = self._objects.get(ref)
            if live is None:
                return
            if text_at(live, "metadata", "uid") != uid:
                raise ApiError(CONFLICT, {"reason": "Conflict", "message": "the uid differs"})
            if list_at(live, "metadata", "finalizers"):
                mapping_at(live, "metadata").setdefault("deletionTimestamp", "2026-01-01T00:00:00Z")
                self._touch(live)
            else:
                self.vanish(ref)
            if alone:
                self.requests[-1] = f"orphan {ref}"
            self._done("delete", ref)

    def ask_service(self, namespace: str, name: str, port: str, path: str) -> JsonObject:
        raise ApiError(NOT_FOUND, {"message": "no service answers here"})

    def _answer(self, verb: str, name: str, ref: ObjectRef | None = None) -> None:
        if ref:
            self.requests.append(f"{verb} {ref}")
        waiting = self._refusals.get((verb, name))
        if waiting:
            raise waiting.pop(0)

    def _done(self, verb: str, ref: ObjectRef) -> JsonObject:
        live = self._objects.get(ref, {})
        hook = self._hooks.get((verb, ref.name))
        if hook:
            hook(live)
        if (verb, ref.name) in self._lost:
            self._lost.remove((verb, ref.name))
            raise LOST
        return copy.deepcopy(live)

    def _place(self, body: JsonObject) -> ObjectRef:
        """Return where an object goes.

        Raises:
            ApiError: Its kind is not served, or its namespace does not exist.
        """
        ref = manifest_of(body).ref
        if not self.serves(text_at(body, "apiVersion"), ref.kind):
            message = f"the cluster does not know {text_at(body, 'apiVersion')} {ref.kind}"
            raise ApiError(NOT_FOUND, {"reason": "NoKindMatch", "message": message})
        namespace = ObjectRef("", "Namespace", "", ref.namespace)
        if ref.kind not in _CLUSTER_SCOPED and namespace not in self._objects:
            message = f'namespaces "{ref.namespace}" not found'
            raise ApiError(NOT_FOUND, {"reason": "NotFound", "message": message})
        return ref

    def _merged(
        self, ref: ObjectRef, body: JsonObject, manager: str, *, force: bool
    ) -> tuple[JsonObject, dict[str, dict[Path, JsonValue]]]:
        """Return what an apply makes of an object, and who owns which fields then."""
        live = copy.deepcopy(self._objects.get(ref)) or self._new(_identity(body))
        owned = {name: dict(paths) for name, paths in self._owned.get(ref, {}).items()}
        wanted = dict(_leaves(body))
        others = {name: paths for name, paths in owned.items() if name != manager}
        taken = [
            (name, path)
            for name, paths in others.items()
            for path, value in paths.items()
            if path in wanted and wanted[path] != value
        ]
        if taken and not force:
            raise _conflict(taken)
        for name, path in taken:
            del owned[name][path]
        shared = {path for name, paths in others.items() for path in paths}
        for path in owned.get(manager, {}):
            if path not in wanted and path not in shared:
                _remove(live, path)
        for path, value in wanted.items():
            _put(live, path, value)
        owned[manager] = wanted
        if _without_version(live) != _without_version(self._objects.get(ref)):
            self._touch(live)
        return live, owned

    def _new(self, body: JsonObject) -> JsonObject:
        self._number += 1
        made = copy.deepcopy(body)
        born = f"2026-01-01T{self._number // 3600:02}:{self._number // 60 % 60:02}"
        made["metadata"] = {
            **mapping_at(made, "metadata"),
            "uid": f"uid-{self._number}",
            "creationTimestamp": f"{born}:{self._number % 60:02}Z",
        }
        self._touch(made)
        return made

    def _touch(self, body: JsonObject) -> None:
        self._number += 1
        mapping_at(body, "metadata")["resourceVersion"] = str(self._number)
        with self._changed:
            self._changed.notify_all()


def _leaves(value: JsonValue, path: Path = ()) -> Iterator[tuple[Path, JsonValue]]:
    """Yield what an apply owns; a list counts as one field here."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif path[:1] not in (("apiVersion",), ("kind",)) and path not in _IDENTITY:
        yield path, copy.deepcopy(value)


_IDENTITY = {("metadata", "name"), ("metadata", "namespace"), ("metadata", "resourceVersion")}


def _identity(body: JsonObject) -> JsonObject:
    metadata = mapping_at(body, "metadata")
    kept: JsonObject = {key: metadata[key] for key in ("name", "namespace") if key in metadata}
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": kept}


def _is_released(body: JsonObject) -> bool:
    """Return whether an object was only held back by finalizers, and is no longer."""
    metadata = mapping_at(body, "metadata")
    return "deletionTimestamp" in metadata and not metadata.get("finalizers")


def _put(body: JsonObject, path: Path, value: JsonValue) -> None:
    for key in path[:-1]:
        inner = body.setdefault(key, {})
        if not isinstance(inner, dict):
            inner = body[key] = {}
        body = inner
    body[path[-1]] = copy.deepcopy(value)


def _remove(body: JsonObject, path: Path) -> None:
    inner = mapping_at(body, *path[:-1])
    inner.pop(path[-1], None)


def _without_version(body: JsonObject | None) -> JsonObject | None:
    if body is None:
        return None
    metadata = {k: v for k, v in mapping_at(body, "metadata").items() if k != "resourceVersion"}
    return {**body, "metadata": metadata}


def _conflict(taken: list[tuple[str, Path]]) -> ApiError:
    causes: list[JsonValue] = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{name}" using v1',
            "field": "." + ".".join(path),
        }
        for name, path in taken
    ]
    details: JsonObject = {"causes": causes}
    message = f"Apply failed with {len(taken)} conflict"
    return ApiError(CONFLICT, {"reason": "Conflict", "message": message, "details": details})


def _has_fields(body: JsonObject, selector: str) -> bool:
    pairs = (part.partition("=") for part in filter(None, selector.split(",")))
    return all(text_at(body, *path.split(".")) == value for path, _, value in pairs)


def _is_selected(body: JsonObject, selector: str) -> bool:
    labels = mapping_at(body, "metadata", "labels")
    for part in filter(None, selector.split(",")):
        key, equals, value = part.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    return True
