"""A MinIO server for the models and data of apps in the sandbox."""

import http.client
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from compiler.sandbox.catalogue import MINIO
from compiler.sandbox.layout import make_private_directory, write_private_file
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessSpec
from compiler.sandbox.runtime import Runtime

MINIO_PORT = "minio"
_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """How to reach the sandbox's MinIO server, as its root user.

    Attributes:
        endpoint: Host and port; plain HTTP, on the loopback interface only.
        access_key: Name of the root user.
        secret_key: Its random password.
    """

    endpoint: str
    access_key: str
    secret_key: str


def minio(runtime: Runtime) -> ProcessSpec:
    """Describe the MinIO server's process."""
    store = object_store(runtime.layout.minio_credentials, runtime.ports[MINIO_PORT])
    certificates = runtime.layout.configuration / "minio"  # none: it would look in the home
    make_private_directory(certificates)
    arguments = (
        "server",
        str(runtime.layout.minio_data),
        f"--address={store.endpoint}",
        f"--certs-dir={certificates}",
        "--quiet",
    )
    environment = {
        "MINIO_ROOT_USER": store.access_key,
        "MINIO_ROOT_PASSWORD": store.secret_key,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    return runtime.spec(MINIO, arguments, environment=environment)


def object_store(credentials: Path, port: int) -> ObjectStore:
    """Return how to reach the server; its root user is made up at the first call."""
    if not credentials.exists():
        made_up = {"access_key": "kuplet", "secret_key": secrets.token_urlsafe(24)}
        write_private_file(credentials, json.dumps(made_up))
    return ObjectStore(endpoint=f"{LOOPBACK}:{port}", **json.loads(credentials.read_text()))


def is_healthy(store: ObjectStore) -> bool:
    """Whether the server is ready for requests."""
    connection = http.client.HTTPConnection(store.endpoint, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/minio/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
