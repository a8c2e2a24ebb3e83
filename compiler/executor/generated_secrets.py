"""Fills the Secrets whose values nobody writes down: made up once, at the first apply."""

import base64
import secrets
import string

from compiler.executor.port import ClusterPort
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.stages.diff import generated_keys

# A field manager of its own: the next apply, which knows no values, must not remove them.
MANAGER = "kuplet-generated"
_ALPHABET = string.ascii_letters + string.digits  # safe in URLs, shells and configuration files


def fill_generated(cluster: ClusterPort, manifest_body: JsonObject, live: JsonObject) -> None:
    """Give a live Secret random values for the keys that it lacks; what it has stays."""
    wanted = generated_keys(manifest_body)
    data = mapping_at(live, "data")
    if all(key in data for key in wanted):
        return
    values: JsonObject = {
        key: data[key] if key in data else _random_value(length) for key, length in wanted.items()
    }
    metadata: JsonObject = {
        "name": text_at(live, "metadata", "name"),
        "namespace": text_at(live, "metadata", "namespace"),
    }
    body: JsonObject = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": values}
    cluster.apply(body, manager=MANAGER, force=True)


def _random_value(length: int) -> str:
    text = "".join(secrets.choice(_ALPHABET) for _ in range(length))
    return base64.b64encode(text.encode()).decode()
