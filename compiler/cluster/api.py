"""Requests to one API server over the official client, with retries of what passes by itself."""

import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import objects_at, text_at

if TYPE_CHECKING:
    from kubernetes.client import ApiClient
    from urllib3 import BaseHTTPResponse

_JSON = "application/json"
APPLY_PATCH = "application/apply-patch+yaml"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 401, 403, 404, 409, 422
_TRANSIENT = {429, 500, 502, 503, 504}
_PERMANENT_REASONS = {"Invalid", "Forbidden"}  # a webhook may answer 500 with one of these
_FIRST_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Cause:
    """One part of an API server's refusal."""

    field: str
    message: str
    reason: str


class ApiError(ExternalError):
    """The API server answered with an error.

    Whoever knows which object it is about makes a better finding of it: see `refusal`.
    """

    def __init__(self, code: int, body: JsonObject) -> None:
        self.code = code
        self.reason = text_at(body, "reason")
        self.message = text_at(body, "message") or f"HTTP status {code}"
        self.causes = tuple(
            Cause(text_at(item, "field"), text_at(item, "message"), text_at(item, "reason"))
            for item in objects_at(body, "details", "causes")
        )
        hint = "log in again" if code == UNAUTHORIZED else ""
        rule = "cluster-unauthorized" if code == UNAUTHORIZED else "cluster-refused"
        message = f"the API server refuses the request: {self.message}"
        super().__init__(Finding(rule=rule, message=message, hint=hint))

    @property
    def is_conflict(self) -> bool:
        """Whether other field managers own fields that this write wants to change."""
        return any(cause.reason == "FieldManagerConflict" for cause in self.causes)

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.code in _TRANSIENT and self.reason not in _PERMANENT_REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a request may take.

    Attributes:
        timeout_s: Seconds to connect, and seconds without any part of an answer.
        max_bytes: How much of an answer is read; ``None`` for all.
    """

    attempts: int = 6
    timeout_s: tuple[float, float] = (5.0, 60.0)
    max_bytes: int | None = None


_USUAL = Limits()


class Api:
    """A connection to one API server; safe to use from several threads."""

    def __init__(self, client: "ApiClient") -> None:
        self._client = client
        self.server: str = str(client.configuration.host)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: JsonValue = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = _USUAL,
    ) -> JsonObject:
        """Send a request and return the answer; retry with backoff what passes by itself.

        Raises:
            ApiError: The server answered with an error.
            ExternalError: The server did not answer.
        """
        target = path + (f"?{urlencode(query)}" if query else "")
        for attempt in range(limits.attempts):
            is_last = attempt == limits.attempts - 1
            try:
                return self._send(method, target, body, headers or {}, limits)
            except ApiError as failure:
                if is_last or not failure.is_transient:
                    raise
            except _UnreachableError as error:
                if is_last:
                    raise ExternalError(self._unreachable(error)) from error
            pause = _FIRST_PAUSE_S * 2**attempt
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  spreads retries, no secret
        raise AssertionError("the last attempt returns or raises")

    def _send(
        self,
        method: str,
        target: str,
        body: JsonValue,
        more_headers: Mapping[str, str],
        limits: Limits,
    ) -> JsonObject:
        import urllib3
        from kubernetes.client import ApiException

        headers = {"Accept": _JSON, "User-Agent": "kuplet"}
        if body is not None:
            headers["Content-Type"] = _JSON
        headers |= more_headers
        self._client.update_params_for_auth(headers, [], ["BearerToken"], target, method, body)
        is_patch = headers.get("Content-Type") == APPLY_PATCH
        payload = json.dumps(body) if is_patch else body
        try:
            response = self._client.call_api(
                method,
                self.server + target,
                header_params=headers,
                body=payload,
                _request_timeout=limits.timeout_s,
            )
            text = _read(response.response, limits.max_bytes)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _UnreachableError(_reason(error)) from error
        except ApiException as error:  # how the client reports a failed TLS handshake
            raise _UnreachableError(str(error.reason)) from error
        answer = _decoded(text)
        if response.status >= 400:  # noqa: PLR2004  HTTP
            raise ApiError(response.status, answer)
        return answer

    def _unreachable(self, error: "_UnreachableError") -> Finding:
        message = f"no answer from the API server {self.server}: {error}"
        hint = "check that the cluster runs and that this machine can reach it"
        return Finding(rule="cluster-unreachable", message=message, hint=hint)


class _UnreachableError(Exception):
    """No answer came."""


def _read(response: "BaseHTTPResponse", max_bytes: int | None) -> bytes:
    if max_bytes is None:
        return response.data
    text = response.read(max_bytes)
    response.close()  # what is left of the answer stays unread
    return text


def _reason(error: Exception) -> str:
    """Return the innermost reason of a connection error, without object addresses."""
    inner: object = getattr(error, "reason", None) or error
    without_place = re.sub(r"^(<[^>]*>|\w+\([^)]*\)): ", "", str(inner))
    return without_place or type(error).__name__


def _decoded(text: bytes) -> JsonObject:
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        answer = {"message": text[:200].decode(errors="replace").strip()}
    return answer if isinstance(answer, dict) else {"message": str(answer)[:200]}
