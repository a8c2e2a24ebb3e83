"""Requests to the sandbox's own servers, with its certificates and nothing but Python."""

import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from compiler.model.json import JsonObject
from compiler.sandbox.certificates import Certificates
from compiler.sandbox.ports import LOOPBACK

FIELD_MANAGER = "kuplet-sandbox"
TIMEOUT_S = 10.0
_HEALTH_S = 3.0  # asked again and again; meanwhile somebody wants to be told
_WRITE_S = 60.0  # the largest definitions take a busy machine a while


class ServerError(Exception):
    """A server did not answer a request, or refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsServer:
    """A server on the loopback interface that asks for the administrator's certificate.

    Attributes:
        port: Where it listens.
        certificates: The sandbox's certificates.
        authority: What signed its own certificate, if it was not the sandbox's authority.
    """

    port: int
    certificates: Certificates
    authority: Path | None = None

    def is_healthy(self, path: str) -> bool:
        """Whether the server answers a health check with 200; False while nobody listens."""
        try:
            status, _ = self._request("GET", path, timeout_s=_HEALTH_S)
        except ServerError:
            return False
        return status == http.HTTPStatus.OK

    def exists(self, path: str) -> bool:
        """Whether there is an object at a path of the Kubernetes API.

        Raises:
            ServerError: There is no answer, or not this one.
        """
        status, body = self._request("GET", path)
        if status == http.HTTPStatus.NOT_FOUND:
            return False
        _answer("GET", path, status, body)
        return True

    def get(self, path: str) -> JsonObject:
        """Return an object of the Kubernetes API; empty if there is none.

        Raises:
            ServerError: There is no answer, or not this one.
        """
        status, body = self._request("GET", path)
        if status == http.HTTPStatus.NOT_FOUND:
            return {}
        found: JsonObject = json.loads(_answer("GET", path, status, body))
        return found

    def list(self, path: str) -> list[JsonObject]:
        """Return the objects of a list of the Kubernetes API.

        Raises:
            ServerError: There is no answer, or not this one.
        """
        status, body = self._request("GET", path)
        items: list[JsonObject] = json.loads(_answer("GET", path, status, body))["items"]
        return items

    def apply(self, path: str, manifest: JsonObject, manager: str = FIELD_MANAGER) -> None:
        """Make an object of the Kubernetes API as described, by server-side apply.

        Args:
            path: Where it is.
            manifest: All that is said of it.
            manager: Who says so, and owns these fields from now on.

        Raises:
            ServerError: There is no answer, or it refuses.
        """
        query = f"?fieldManager={manager}&force=true"
        status, body = self._request("PATCH", path + query, json.dumps(manifest))
        _answer("PATCH", path, status, body)

    def delete(self, path: str) -> None:
        """Delete an object of the Kubernetes API.

        Raises:
            ServerError: There is no answer, or it refuses.
        """
        status, body = self._request("DELETE", path)
        _answer("DELETE", path, status, body)

    def knows(self, path: str) -> bool:
        """Whether the server answers at a path at all, whatever it says."""
        try:
            status, _ = self._request("GET", path)
        except ServerError:
            return False
        return status != http.HTTPStatus.NOT_FOUND

    def _request(
        self, method: str, path: str, body: str | None = None, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(
            LOOPBACK,
            self.port,
            timeout=_WRITE_S if body else timeout_s,
            context=self._context(),
        )
        headers = {"Content-Type": "application/apply-patch+yaml"} if body else {}
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"{method} {path}: {error}") from error
        finally:
            connection.close()

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(
            cafile=str(self.authority or self.certificates.authority)
        )
        administrator = self.certificates.administrator
        context.load_cert_chain(administrator.certificate, administrator.key)
        return context


def _answer(method: str, path: str, status: int, body: bytes) -> bytes:
    if status >= http.HTTPStatus.BAD_REQUEST:
        raise ServerError(f"{method} {path}: {status} {body.decode(errors='replace')}")
    return body
