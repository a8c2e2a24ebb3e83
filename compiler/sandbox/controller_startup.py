"""Brings controllers and their objects into a running cluster, and out of it.

Webhooks come last and go first: the API server refuses what it cannot ask a controller about, so
those of a controller that does not run would stop the cluster.
"""

import hashlib
import http.client
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.owner import MANAGER
from compiler.sandbox.certificates import Certificates
from compiler.sandbox.controller import Controller
from compiler.sandbox.controller_objects import (
    CONTROLLER_LABEL,
    ControllerObjects,
    objects_of,
)
from compiler.sandbox.https import HttpsServer
from compiler.sandbox.layout import make_private_directory
from compiler.sandbox.manifests import read_manifests
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessSpec, ProcessTable
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.webhook_certificates import AUTHORITY, create_webhook_certificates

_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_COMPLETE = "sandbox.kuplet.dev/complete"
_DIGEST = "sandbox.kuplet.dev/digest"
_TIMEOUT_S = 2.0


def create_certificates(certificates: Certificates, controllers: Collection[Controller]) -> None:
    """Create the certificates of webhooks: one for all, so that each may come and go."""
    secrets = [(each.namespace, each.secret) for each in controllers if each.secret]
    make_private_directory(certificates.webhooks)
    create_webhook_certificates(
        certificates.webhooks,
        authorities=[secret.authority for _, secret in secrets],
        servers=[f"{secret.service}.{namespace}.svc" for namespace, secret in secrets],
    )


def remove_webhooks(server: HttpsServer, keep: Collection[str]) -> None:
    """Delete the webhook configurations of controllers, but for those of some.

    Raises:
        ServerError: The API server does not answer, or refuses.
    """
    for plural in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
        for found in server.list(f"{_ADMISSION}/{plural}?labelSelector={CONTROLLER_LABEL}"):
            if text_at(found, "metadata", "labels", CONTROLLER_LABEL) not in keep:
                server.delete(f"{_ADMISSION}/{plural}/{text_at(found, 'metadata', 'name')}")


@dataclass(frozen=True)
class ControllerStartup:
    """The start of one controller.

    Attributes:
        server: The API server.
    """

    controller: Controller
    spec: ProcessSpec
    runtime: Runtime
    server: HttpsServer

    def is_complete(self, table: ProcessTable) -> bool:
        """Whether it runs, with all its objects in the cluster."""
        if not table.is_current(self.spec):
            return False
        found = text_at(self.server.get(self._namespace), "metadata", "annotations", _COMPLETE)
        return found == self.spec.fingerprint and self.has_kinds()

    def apply_definitions(self) -> None:
        """Apply the definitions of its kinds, unless an app has brought its own.

        Raises:
            ServerError: The API server does not answer, or refuses.
        """
        if self.controller.expected_file:
            self.controller.expected_file.parent.mkdir(parents=True, exist_ok=True)
            self.controller.expected_file.touch()
        self._mark("")
        for definition in self._objects.definitions:
            live = self.server.get(_path(definition))
            is_apps = live and CONTROLLER_LABEL not in mapping_at(live, "metadata", "labels")
            # The largest take the server a second each, so what is there already is left alone.
            digest = hashlib.sha256(json.dumps(definition).encode()).hexdigest()
            if not is_apps and text_at(live, "metadata", "annotations", _DIGEST) != digest:
                # In kuplet's own name: an app that brings another definition takes it over.
                marked = _annotated(definition, {_DIGEST: digest})
                self.server.apply(_path(definition), marked, manager=MANAGER)

    def has_kinds(self) -> bool:
        """Whether the API server serves its kinds."""
        wanted = defaultdict[str, set[str]](set)
        for definition in self._objects.definitions:
            for version in objects_at(definition, "spec", "versions"):
                path = f"/apis/{text_at(definition, 'spec', 'group')}/{text_at(version, 'name')}"
                wanted[path].add(text_at(definition, "spec", "names", "plural"))
        return all(plurals <= self._served(path) for path, plurals in wanted.items())

    def apply_others(self) -> None:
        """Apply what it reads when it starts, and what it ships.

        Raises:
            ServerError: The API server does not answer, or refuses.
        """
        for manifest in self._objects.others:
            self._apply(manifest)

    def answers(self) -> bool:
        """Whether it is ready, and its webhook server knows all that it will be asked."""
        webhooks = HttpsServer(
            port=self.runtime.ports[self.controller.webhook_port],
            certificates=self.runtime.certificates,
            authority=self.runtime.certificates.webhooks / AUTHORITY,
        )
        return self._is_ready() and all(map(webhooks.knows, self._objects.webhook_paths))

    def apply_webhooks(self) -> None:
        """Have the API server ask it from now on.

        Raises:
            ServerError: The API server does not answer, or refuses.
        """
        for manifest in self._objects.webhooks:
            self._apply(manifest)
        self._mark(self.spec.fingerprint)

    @cached_property
    def _objects(self) -> ControllerObjects:
        return objects_of(
            self.controller,
            read_manifests(self.spec.program),
            port=self.runtime.ports[self.controller.webhook_port],
            certificates=self.runtime.certificates.webhooks,
        )

    @property
    def _namespace(self) -> str:
        return f"/api/v1/namespaces/{self.controller.namespace}"

    def _mark(self, fingerprint: str) -> None:
        """Note in the controller's namespace how far this went."""
        manifest: JsonObject = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": self.controller.namespace,
                "annotations": {_COMPLETE: fingerprint},
            },
        }
        self.server.apply(self._namespace, manifest)

    def _served(self, path: str) -> set[str]:
        return {text_at(each, "name") for each in objects_at(self.server.get(path), "resources")}

    def _apply(self, manifest: JsonObject) -> None:
        self.server.apply(_path(manifest), manifest)

    def _is_ready(self) -> bool:
        port = self.runtime.ports[self.controller.health_port]
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def controller_startups(
    controllers: Mapping[str, Controller],
    specs: Mapping[str, ProcessSpec],
    runtime: Runtime,
    server: HttpsServer,
) -> tuple[ControllerStartup, ...]:
    """Return the starts of those controllers that are among the processes of a sandbox."""
    return tuple(
        ControllerStartup(controllers[name], spec, runtime, server)
        for name, spec in specs.items()
        if name in controllers
    )


def _annotated(manifest: JsonObject, added: JsonObject) -> JsonObject:
    metadata = mapping_at(manifest, "metadata")
    annotations = mapping_at(metadata, "annotations") | added
    return manifest | {"metadata": metadata | {"annotations": annotations}}


def _path(manifest: JsonObject) -> str:
    """Return where an object is in the API; the kinds at hand have regular plurals."""
    version = text_at(manifest, "apiVersion")
    namespace = text_at(manifest, "metadata", "namespace")
    parts = (
        f"/apis/{version}" if "/" in version else f"/api/{version}",
        f"namespaces/{namespace}" if namespace else "",
        text_at(manifest, "kind").lower() + "s",
        text_at(manifest, "metadata", "name"),
    )
    return "/".join(part for part in parts if part)
