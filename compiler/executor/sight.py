"""A cluster to look at, of which it is noted what it does not let us see."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from compiler.executor.port import FIELD_MANAGER, FORBIDDEN, ApiError, ClusterPort, Place
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef


class Sight(ClusterPort):
    """Passes all questions on."""

    def __init__(self, cluster: ClusterPort) -> None:
        self._cluster = cluster
        self._unseen: dict[tuple[str, str], str] = {}
        self._noting = threading.Lock()

    @property
    def unseen(self) -> list[Finding]:
        """A warning for each kind in each namespace that we may not look at."""
        with self._noting:
            found = sorted(self._unseen.items())
        return [
            Finding(
                rule="status-unseen",
                severity=Severity.WARNING,
                message=f"{kind} objects{f' in {namespace}' if namespace else ''} are not seen",
                notes=(message,),
                hint="ask for the right to get and list them",
            )
            for (kind, namespace), message in found
        ]

    @contextmanager
    def _noted(self, kind: str, namespace: str) -> Iterator[None]:
        try:
            yield
        except ApiError as failure:
            if failure.code == FORBIDDEN:
                with self._noting:
                    self._unseen[kind, namespace] = failure.message
            raise

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self._cluster.server

    @property
    def ca(self) -> str:
        """``sha256:…`` of the authority that vouches for the server; empty for the system's."""
        return self._cluster.ca

    def serves(self, api_version: str, kind: str) -> bool:
        """Return whether a kind is served; kinds that appear later are found then."""
        return self._cluster.serves(api_version, kind)

    def resource_of(self, api_version: str, kind: str) -> str:
        """Return how a kind is called in paths and in rules; empty when it is not served."""
        return self._cluster.resource_of(api_version, kind)

    def has_status(self, api_version: str, kind: str) -> bool:
        """Return whether objects of this kind have a status that a controller writes."""
        return self._cluster.has_status(api_version, kind)

    def read(self, manifest: Manifest) -> JsonObject | None:
        """Return a manifest's live object, or ``None`` when it, or its kind, does not exist."""
        with self._noted(manifest.ref.kind, manifest.ref.namespace):
            return self._cluster.read(manifest)

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return a live object that lives outside namespaces, or ``None``."""
        with self._noted(kind, ""):
            return self._cluster.read_cluster_scoped(api_version, kind, name)

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind, of one namespace or of all; empty when it is not served."""
        with self._noted(kind, namespace):
            return self._cluster.list_objects(api_version, kind, namespace, **query)

    def list_metadata(
        self, api_version: str, kind: str, namespace: str, **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind in a namespace without anything but their metadata."""
        with self._noted(kind, namespace):
            return self._cluster.list_metadata(api_version, kind, namespace, **query)

    def pod_log(self, namespace: str, pod: str, container: str, **query: str) -> Iterator[bytes]:
        """Yield the lines of a container's log, without their ends."""
        yield from self._cluster.pod_log(namespace, pod, container, **query)

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
        with self._noted(kind, namespace):
            yield from self._cluster.watch_objects(
                api_version, kind, namespace, only_metadata=only_metadata, **query
            )

    def apply(
        self,
        body: JsonObject,
        *,
        dry_run: bool = False,
        force: bool = False,
        manager: str = FIELD_MANAGER,
    ) -> JsonObject:
        """Server-side apply an object and return it as the server has it then."""
        return self._cluster.apply(body, dry_run=dry_run, force=force, manager=manager)

    def without(self, manifest: Manifest, places: Sequence[Place]) -> JsonObject:
        """Return what a live object would be if some of its fields were removed; they stay."""
        return self._cluster.without(manifest, places)

    def hand_over(self, manifest: Manifest, live: JsonObject, owners: list[JsonValue]) -> None:
        """Change who owns the fields of a live object, if it is still as it was read."""
        self._cluster.hand_over(manifest, live, owners)

    def create(self, body: JsonObject) -> JsonObject:
        """Create an object, which must not exist yet."""
        return self._cluster.create(body)

    def delete(
        self,
        ref: ObjectRef,
        api_version: str,
        uid: str,
        grace_period_s: int | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """Ask for the deletion of exactly the object with this uid."""
        self._cluster.delete(ref, api_version, uid, grace_period_s, alone=alone)

    def ask_service(self, namespace: str, name: str, port: str, path: str) -> JsonObject:
        """Return what a Service answers by HTTP; the API server passes the question on."""
        return self._cluster.ask_service(namespace, name, port, path)
