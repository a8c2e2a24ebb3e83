"""Reads and writes the objects of one cluster."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from compiler.cluster.answers import Check, anything, is_object, of_kind
from compiler.cluster.api import APPLY_PATCH, JSON_PATCH, METADATA_LIST, Api, Limits, Request
from compiler.cluster.paging import listed
from compiler.cluster.watching import watched
from compiler.errors import AppError
from compiler.executor.port import FIELD_MANAGER, NOT_FOUND, ApiError, ClusterPort, Place
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef, group_of, mapping_at, objects_at, text_at

_OF_LOGS = Limits(timeout_s=(5.0, 60.0))  # a log that is silent for longer is asked for again
_OF_SERVICES = Limits(attempts=1, timeout_s=(5.0, 5.0), max_bytes=1024 * 1024)  # anybody's programs


@dataclass(frozen=True, slots=True)
class Resource:
    """Where a kind is served.

    Attributes:
        plural: Its name in paths.
        has_status: Whether it has a status that a controller writes.
    """

    plural: str
    is_namespaced: bool
    has_status: bool


class Cluster(ClusterPort):
    """One cluster, reached over the network; safe to use from several threads."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._resources: dict[str, dict[str, Resource]] = {}
        self._lock = threading.Lock()

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self._api.server

    @property
    def ca(self) -> str:
        """``sha256:…`` of the authority that vouches for the server; empty for the system's."""
        return self._api.ca

    def _get(
        self, path: str, is_answer: Check, query: Mapping[str, str] | None = None
    ) -> JsonObject:
        request = Request(method="GET", path=path, query=query or {}, is_answer=is_answer)
        return self._api.request(request)

    def serves(self, api_version: str, kind: str) -> bool:
        """Return whether a kind is served; kinds that appear later are found then."""
        return self._resource(api_version, kind) is not None

    def _resource(self, api_version: str, kind: str) -> Resource | None:
        """Return where a kind is served, or ``None``; kinds that appear later are found then."""
        with self._lock:
            known = self._resources.get(api_version, {})
            if kind not in known:
                known = self._resources[api_version] = self._discover(api_version)
            return known.get(kind)

    def read(self, manifest: Manifest) -> JsonObject | None:
        """Return the live object of a manifest, or ``None`` when it does not exist."""
        ref = manifest.ref
        return self.read_object(manifest.api_version, ref.kind, ref.namespace, ref.name)

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return a live object that lives outside namespaces, or ``None``."""
        return self.read_object(api_version, kind, "", name)

    def resource_of(self, api_version: str, kind: str) -> str:
        """Return how a kind is called in paths and in rules; empty when it is not served."""
        resource = self._resource(api_version, kind)
        return resource.plural if resource else ""

    def has_status(self, api_version: str, kind: str) -> bool:
        """Return whether objects of this kind have a status that a controller writes."""
        resource = self._resource(api_version, kind)
        return resource is not None and resource.has_status

    def read_object(
        self, api_version: str, kind: str, namespace: str, name: str
    ) -> JsonObject | None:
        """Return a live object, or ``None`` when it, or its kind, does not exist."""
        path = self._path(api_version, kind, namespace, name)
        if path is None:
            return None
        try:
            return self._get(path, is_object(kind, name))
        except ApiError as failure:
            if failure.code == NOT_FOUND:
                return None
            raise

    def create(self, body: JsonObject) -> JsonObject:
        """Create an object, which must not exist yet.

        Raises:
            ApiError: It exists, or the server refuses it.
            LostAnswerError: It may have been created, or not.
        """
        api_version, kind = text_at(body, "apiVersion"), text_at(body, "kind")
        path = self._path(api_version, kind, text_at(body, "metadata", "namespace"), "")
        if path is None:
            raise self._unknown_kind(api_version, kind)
        return self._api.request(
            Request(
                method="POST",
                path=path,
                query={"fieldManager": FIELD_MANAGER},
                body=body,
                is_answer=is_object(kind, text_at(body, "metadata", "name")),
            )
        )

    def apply(
        self,
        body: JsonObject,
        *,
        dry_run: bool = False,
        force: bool = False,
        manager: str = FIELD_MANAGER,
    ) -> JsonObject:
        """Server-side apply an object and return it as the server has it then.

        Raises:
            ApiError: The server refuses it, or does not know its kind.
        """
        metadata = mapping_at(body, "metadata")
        namespace, name = text_at(metadata, "namespace"), text_at(metadata, "name")
        api_version, kind = text_at(body, "apiVersion"), text_at(body, "kind")
        path = self._path(api_version, kind, namespace, name)
        if path is None:
            raise self._unknown_kind(api_version, kind)
        query = {"fieldManager": manager, "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        if force:
            query["force"] = "true"
        return self._api.request(
            Request(
                method="PATCH",
                path=path,
                query=query,
                body=body,
                headers={"Content-Type": APPLY_PATCH},
                is_answer=is_object(kind, name),
            )
        )

    def without(self, manifest: Manifest, places: Sequence[Place]) -> JsonObject:
        """Return what a live object would be if some of its fields were removed; they stay.

        Raises:
            ApiError: It would be no valid object, or the server refuses.
        """
        # The last items of a list go first, so that the numbers of the others hold.
        changes: list[JsonValue] = [
            {"op": "remove", "path": "".join(f"/{_pointed(part)}" for part in place)}
            for place in sorted(places, reverse=True)
        ]
        return self._patched(manifest, changes, {"dryRun": "All"})

    def hand_over(self, manifest: Manifest, live: JsonObject, owners: list[JsonValue]) -> None:
        """Change who owns the fields of a live object, if it is still as it was read.

        Args:
            owners: Its new ``managedFields``.

        Raises:
            ApiError: Somebody has changed it since (`CONFLICT`).
        """
        version = text_at(live, "metadata", "resourceVersion")
        changes: list[JsonValue] = [
            {"op": "replace", "path": "/metadata/managedFields", "value": owners},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
        ]
        self._patched(manifest, changes, {})

    def _patched(
        self, manifest: Manifest, changes: list[JsonValue], query: dict[str, str]
    ) -> JsonObject:
        """Change single fields of a live object (JSON Patch) and return it."""
        ref = manifest.ref
        path = self._path(manifest.api_version, ref.kind, ref.namespace, ref.name)
        if path is None:
            raise self._unknown_kind(manifest.api_version, ref.kind)
        return self._api.request(
            Request(
                method="PATCH",
                path=path,
                query={"fieldManager": FIELD_MANAGER, **query},
                body=changes,
                headers={"Content-Type": JSON_PATCH},
                is_answer=is_object(ref.kind, ref.name),
            )
        )

    def delete(
        self,
        ref: ObjectRef,
        api_version: str,
        uid: str,
        grace_period_s: int | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """Ask for the deletion of exactly the object with this uid; what it owns goes with it.

        Args:
            alone: Whether what it owns stays.
            grace_period_s: How long its pods may take to stop; their own period by default.

        Raises:
            ApiError: An object of that name has another uid, or the server refuses.
        """
        path = self._path(api_version, ref.kind, ref.namespace, ref.name)
        if path is None:
            return
        body: JsonObject = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Orphan" if alone else "Background",
            "preconditions": {"uid": uid},
        }
        if grace_period_s is not None:
            body["gracePeriodSeconds"] = grace_period_s
        try:
            self._api.request(
                Request(
                    method="DELETE", path=path, body=body, is_answer=of_kind("Status", ref.kind)
                )
            )
        except ApiError as failure:
            if failure.code != NOT_FOUND:
                raise

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind, of one namespace or of all; empty when it is not served."""
        path = self._path(api_version, kind, namespace, "")
        if path is None:
            return []
        identity: JsonObject = {"apiVersion": api_version, "kind": kind}
        return [identity | item for item in listed(self._api, path, query)]

    def ask_service(self, namespace: str, name: str, port: str, path: str) -> JsonObject:
        """Return what a Service answers by HTTP; the API server passes the question on.

        Raises:
            ApiError: The Service, or the server on its behalf, answered with an error.
            ExternalError: There was no answer in a few seconds.
        """
        place = f"/api/v1/namespaces/{_segment(namespace)}"
        service = f"{place}/services/http:{quote(name, safe='')}:{quote(port, safe='')}"
        return self._api.request(
            Request(
                method="GET",
                path=f"{service}/proxy{quote(path)}",
                is_answer=anything,
                limits=_OF_SERVICES,
            )
        )

    def list_metadata(
        self, api_version: str, kind: str, namespace: str, **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind in a namespace without anything but their metadata."""
        path = self._path(api_version, kind, namespace, "")
        if path is None:
            return []
        return listed(self._api, path, query, {"Accept": METADATA_LIST})

    def pod_log(self, namespace: str, pod: str, container: str, **query: str) -> Iterator[bytes]:
        """Yield the lines of a container's log, without their ends.

        Raises:
            ApiError: There is none, or we may not read it.
        """
        place = f"/api/v1/namespaces/{_segment(namespace)}/pods/{_segment(pod)}/log"
        request = Request(
            method="GET",
            path=place,
            query={"container": container, **query},
            headers={"Accept": "*/*"},
            is_answer=anything,
            limits=_OF_LOGS,
        )
        with self._api.stream(request) as lines:
            yield from lines

    def watch_objects(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        only_metadata: bool = False,
        **query: str,
    ) -> Iterator[list[JsonObject]]:
        """Yield the objects of a kind, at once and after each change, for ever."""
        path = self._path(api_version, kind, namespace, "")
        if path is None:
            raise self._unknown_kind(api_version, kind)
        identity: JsonObject = {"apiVersion": api_version, "kind": kind}
        yield from watched(self._api, path, query, identity, only_metadata=only_metadata)

    def _unknown_kind(self, api_version: str, kind: str) -> ApiError:
        """Return the error for a kind that is not served, with the versions of it that are."""
        message = f"the cluster does not know {api_version} {kind}"
        others = [
            version for version in self._versions(api_version) if self._resource(version, kind)
        ]
        if others:
            message = f"{message}, only {', '.join(others)}"
        return ApiError(NOT_FOUND, {"reason": "NoKindMatch", "message": message})

    def _versions(self, api_version: str) -> list[str]:
        """Return all versions of an API group that the cluster serves."""
        group = group_of(api_version)
        try:
            path = f"/apis/{group}"
            answer = self._get(path, of_kind("APIGroup")) if group else {}
        except ApiError as failure:
            if failure.code == NOT_FOUND:
                return []
            raise
        return [text_at(item, "groupVersion") for item in objects_at(answer, "versions")]

    def _discover(self, api_version: str) -> dict[str, Resource]:
        try:
            answer = self._get(_root(api_version), of_kind("APIResourceList"))
        except ApiError as failure:
            if failure.code == NOT_FOUND:
                return {}
            raise
        items = objects_at(answer, "resources")
        names = {text_at(item, "name") for item in items}
        return {
            text_at(item, "kind"): Resource(
                plural=text_at(item, "name"),
                is_namespaced=item.get("namespaced") is True,
                has_status=f"{text_at(item, 'name')}/status" in names,
            )
            for item in items
            if "/" not in text_at(item, "name")
        }

    def _path(self, api_version: str, kind: str, namespace: str, name: str) -> str | None:
        resource = self._resource(api_version, kind)
        if resource is None:
            return None
        is_inside = namespace and resource.is_namespaced
        place = f"/namespaces/{_segment(namespace)}" if is_inside else ""
        path = f"{_root(api_version)}{place}/{resource.plural}"
        return f"{path}/{_segment(name)}" if name else path


def _pointed(part: str | int) -> str:
    """Return one part of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _root(api_version: str) -> str:
    """Return the path below which a version of a group is served."""
    parts = ("apis" if "/" in api_version else "api", *api_version.split("/"))
    return "".join(f"/{_segment(part)}" for part in parts)


def _segment(name: str) -> str:
    """Return a name as one segment of a path, which no name may leave.

    Raises:
        AppError: It is one of the two that mean another place.
    """
    if name in {".", ".."}:
        message = f'an object or a namespace cannot be called "{name}"'
        raise AppError(Finding(rule="object-name", message=message))
    return quote(name, safe="")
