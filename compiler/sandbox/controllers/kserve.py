"""KServe, the controller of InferenceServices, in Standard mode: they make Deployments."""

import json

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at
from compiler.sandbox.catalogue import KSERVE as PROGRAM
from compiler.sandbox.controller import Addresses, Controller

# The sandbox has no Knative and no ingress controller.
_CHANGES = {
    "deploy": {"defaultDeploymentMode": "Standard"},
    "ingress": {"disableIngressCreation": True},
}


def _flags(addresses: Addresses) -> tuple[str, ...]:
    return (
        f"--webhook-port={addresses.webhook}",
        f"--health-probe-addr={addresses.health}",
        "--metrics-addr=0",
    )


def _adjusted(manifest: JsonObject) -> JsonObject:
    """Change its own configuration; take namespaces away from objects that have none."""
    if manifest["kind"] == "ConfigMap":
        return _in_standard_mode(manifest)
    metadata = mapping_at(manifest, "metadata")
    return manifest | {"metadata": {key: metadata[key] for key in metadata if key != "namespace"}}


def _in_standard_mode(manifest: JsonObject) -> JsonObject:
    data = dict(mapping_at(manifest, "data"))
    for key, changes in _CHANGES.items():
        data[key] = json.dumps(json.loads(str(data[key])) | changes)  # JSON in text
    return manifest | {"data": data}


KSERVE = Controller(
    program=PROGRAM,
    words="KServe in Standard mode: InferenceServices make Deployments; its runtimes are there",
    namespace="kserve",
    flags=_flags,
    adjusted=_adjusted,
)
