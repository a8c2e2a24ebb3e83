"""What a controller needs in the cluster, made from the manifests of its Go module.

They are made for a cluster that reaches the controller through a Service. The API server of the
sandbox is no pod, so it is told the address on loopback instead.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.sandbox.controller import Controller
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.webhook_certificates import AUTHORITY, FILES

CONTROLLER_LABEL = "sandbox.kuplet.dev/controller"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerObjects:
    """The objects of one controller, in the order in which they are applied.

    Attributes:
        definitions: The definitions of its kinds.
        others: What it reads when it starts, and what it ships: runtimes, for example.
        webhooks: The configurations that have the API server ask it.
    """

    definitions: tuple[JsonObject, ...]
    others: tuple[JsonObject, ...]
    webhooks: tuple[JsonObject, ...]

    @property
    def webhook_paths(self) -> frozenset[str]:
        """The paths that its webhook server must know."""
        return frozenset(
            urlsplit(text_at(webhook, "clientConfig", "url")).path
            for configuration in self.webhooks
            for webhook in objects_at(configuration, "webhooks")
        )


def objects_of(
    controller: Controller, manifests: Iterable[JsonObject], *, port: int, certificates: Path
) -> ControllerObjects:
    """Return what a controller needs in the cluster.

    Args:
        manifests: What its Go module says.
        port: Port of its webhook server.
        certificates: Folder of the certificates of webhooks.
    """
    read = {name: _base64(certificates / name) for name in FILES}
    client = _Client(address=f"https://{LOOPBACK}:{port}", authority=read[AUTHORITY])
    definitions, others, webhooks = [], [], []
    for manifest in manifests:
        match manifest["kind"]:
            case "CustomResourceDefinition":
                definitions.append(_definition(controller, manifest, client))
            case "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration":
                webhooks.append(_webhooks(controller, manifest, client))
            case _:
                others.append(controller.adjusted(manifest))
    return ControllerObjects(
        definitions=tuple(definitions),
        others=(*_secret(controller, read), *others),
        webhooks=tuple(webhooks),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """How the API server reaches a webhook server."""

    address: str
    authority: str

    def config(self, path: str) -> JsonObject:
        return {"url": self.address + path, "caBundle": self.authority}


def _definition(controller: Controller, manifest: JsonObject, client: _Client) -> JsonObject:
    spec = dict(mapping_at(manifest, "spec"))
    if text_at(spec, "names", "plural") in controller.converts:
        webhook: JsonObject = {
            "clientConfig": client.config("/convert"),
            "conversionReviewVersions": ["v1"],
        }
        spec["conversion"] = {"strategy": "Webhook", "webhook": webhook}
    name = text_at(manifest, "metadata", "name")
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": {
            "name": name,
            "labels": {CONTROLLER_LABEL: controller.name},
            "annotations": mapping_at(manifest, "metadata", "annotations"),
        },
        "spec": spec,
    }


def _webhooks(controller: Controller, manifest: JsonObject, client: _Client) -> JsonObject:
    written = text_at(manifest, "metadata", "name")
    name = controller.webhook_names.get(str(manifest["kind"]), written)
    return manifest | {
        "metadata": {"name": name, "labels": {CONTROLLER_LABEL: controller.name}},
        "webhooks": [
            _webhook(controller, webhook, client) for webhook in objects_at(manifest, "webhooks")
        ],
    }


def _webhook(controller: Controller, webhook: JsonObject, client: _Client) -> JsonObject:
    path = text_at(webhook, "clientConfig", "service", "path")
    name = text_at(webhook, "name")
    added = [
        fields
        for pattern, fields in controller.webhook_fields.items()
        if fnmatchcase(name, pattern)
    ]
    changed = webhook | {"clientConfig": client.config(path)}
    for fields in added:
        changed |= fields
    return changed


def _secret(controller: Controller, read: Mapping[str, str]) -> tuple[JsonObject, ...]:
    if controller.secret is None:
        return ()
    manifest: JsonObject = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": controller.secret.name, "namespace": controller.namespace},
        "data": dict(read),
    }
    return (manifest,)


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
