"""Requests to one API server over the official client, with retries of what passes by itself."""

import hashlib
import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from compiler.errors import ExternalError
from compiler.executor.port import ApiError, LostAnswerError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue

if TYPE_CHECKING:
    from kubernetes.client import ApiClient
    from urllib3 import BaseHTTPResponse

_JSON = "application/json"
APPLY_PATCH = "application/apply-patch+yaml"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 60.0  # a server that wants to be left alone for longer is down


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
        self.ca = _digest(client.configuration.ssl_ca_cert)

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

        A POST is repeated only when the server has surely not begun with it: done twice, it is not
        the same as done once.

        Raises:
            ApiError: The server answered with an error.
            LostAnswerError: A POST was sent, and nobody knows what became of it.
            ExternalError: The server did not answer.
        """
        target = path + (f"?{urlencode(query)}" if query else "")
        is_repeatable = method != "POST"
        for attempt in range(limits.attempts):
            is_last = attempt == limits.attempts - 1
            asked_s = 0.0
            try:
                return self._send(method, target, body, headers or {}, limits)
            except ApiError as failure:
                asked_s = failure.retry_after_s or 0.0
                if is_last or not failure.is_transient or asked_s > _LONGEST_PAUSE_S:
                    raise
                if not (is_repeatable or failure.is_unstarted):
                    raise LostAnswerError(*failure.findings) from failure
            except _UnreachableError as error:
                if error.was_sent and not is_repeatable:
                    raise LostAnswerError(self._unreachable(error)) from error
                if is_last:
                    raise ExternalError(self._unreachable(error)) from error
            _pause(attempt, asked_s)
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
            unsent = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
            was_sent = not isinstance(getattr(error, "reason", None) or error, unsent)
            raise _UnreachableError(_reason(error), was_sent=was_sent) from error
        except ApiException as error:  # how the client reports a failed TLS handshake
            raise _UnreachableError(str(error.reason), was_sent=False) from error
        answer = _decoded(text)
        if response.status >= 400:  # noqa: PLR2004  HTTP
            raise ApiError(response.status, answer, _retry_after_s(response.response))
        return answer

    def _unreachable(self, error: "_UnreachableError") -> Finding:
        message = f"no answer from the API server {self.server}: {error}"
        hint = "check that the cluster runs and that this machine can reach it"
        return Finding(rule="cluster-unreachable", message=message, hint=hint)


class _UnreachableError(Exception):
    """No answer came.

    Attributes:
        was_sent: Whether the request may have reached the server.
    """

    def __init__(self, reason: str, *, was_sent: bool) -> None:
        super().__init__(reason)
        self.was_sent = was_sent


def _pause(attempt: int, asked_s: float) -> None:
    """Wait longer each time, and never shorter than the server asks."""
    pause = _FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311  spreads retries, no secret
    time.sleep(max(pause, asked_s))


def _retry_after_s(response: "BaseHTTPResponse") -> float | None:
    """Return how long the server wants to be left alone; seconds or a date may say so."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return Retry().get_retry_after(response)
    except InvalidHeader:
        return None


def _digest(file: str | None) -> str:
    """Return ``sha256:…`` of a file; empty where there is none."""
    if not file:
        return ""
    return f"sha256:{hashlib.sha256(Path(file).read_bytes()).hexdigest()}"


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
