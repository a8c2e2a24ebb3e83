"""Requests to one API server, with retries of what passes by itself."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from compiler.cluster.answers import Check, anything, is_error
from compiler.cluster.connection import Connection
from compiler.cluster.pace import Pace
from compiler.cluster.slowness import Slowness
from compiler.errors import ExternalError
from compiler.executor.port import ApiError, LostAnswerError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import value_at
from compiler.stages.words import cause_of

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPHeaderDict

_JSON = "application/json"
APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA = METADATA_LIST.replace("List", "")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to an API server.

    Attributes:
        is_answer: Tells its answer from what others say with code 200.
    """

    method: str
    path: str
    is_answer: Check
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonValue = None
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()

    @property
    def target(self) -> str:
        """The path with the query."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    @property
    def is_repeatable(self) -> bool:
        """Whether doing it twice is doing it once."""
        return self.method != "POST"

    def is_lost_race(self, failure: ApiError) -> bool:
        """Return whether somebody else's write came between, and ours may be tried again.

        Not if we asked for exactly the version, or the object, that is there no more.
        """
        has_asked = bool(value_at(self.body, "metadata", "resourceVersion"))
        return failure.is_race and self.method != "DELETE" and not has_asked

    def answer(self, code: int, text: bytes, retry_after_s: float | None) -> JsonObject:
        """Return what the API server answers.

        Raises:
            ApiError: It answers with an error.
            _UnreachableError: That was not it.
        """
        answer = _decoded(text)
        if code >= 400 and (is_error(code, answer) or self.is_answer is anything):  # noqa: PLR2004  HTTP
            raise ApiError(code, answer, retry_after_s)
        if code < 300 and self.is_answer(answer):  # noqa: PLR2004  HTTP
            return answer
        raise _UnreachableError(_described(code, text), was_sent=True, is_of_others=True)


class Api:
    """A connection to one API server; safe to use from several threads."""

    def __init__(
        self,
        connection: Connection,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Use a connection.

        Args:
            say: Called with a line of text when no answer comes for some seconds.
        """
        self._connection = connection
        self._pool = connection.pool
        self.server = _without_credentials(connection.server)
        self._slowness = Slowness(self.server, say or _stay_silent)
        self._pace = Pace()
        self.ca = connection.ca.digest

    def request(self, request: Request) -> JsonObject:
        """Send a request and return the answer; retry with backoff what passes by itself.

        A POST is repeated only when the server has surely not begun with it: done twice, it is not
        the same as done once.

        Raises:
            ApiError: The server answered with an error.
            LostAnswerError: A POST was sent, and nobody knows what became of it.
            ExternalError: The server did not answer, or somebody else did.
        """
        with self._slowness.watched():
            return self._repeated(request)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        """Send a request and give the lines of its answer as they come.

        The lines end when the server ends them, or when none has come for as long as the request
        waits for one: whoever wants more asks again.

        Raises:
            ApiError: The server answered with an error.
            ExternalError: The server did not answer, or somebody else did.
        """
        try:
            response = self._sent(request, is_stream=True)
        except _UnreachableError as error:
            raise ExternalError(self._unreachable(error)) from error
        try:
            if response.status >= 300:  # noqa: PLR2004  HTTP
                try:
                    request.answer(response.status, response.data, None)
                except _UnreachableError as error:
                    raise ExternalError(self._unreachable(error)) from error
            yield _lines(response)
        finally:
            response.close()

    def _repeated(self, request: Request) -> JsonObject:
        limits = request.limits
        for attempt in range(limits.attempts):
            is_last = attempt == limits.attempts - 1
            asked_s = 0.0
            try:
                with self._pace.turn():
                    return self._send(request)
            except ApiError as failure:
                asked_s = failure.retry_after_s or 0.0
                if not (failure.is_transient or request.is_lost_race(failure)):
                    raise
                if is_last or asked_s > _LONGEST_PAUSE_S:
                    raise
                if not (request.is_repeatable or failure.is_unstarted):
                    raise LostAnswerError(*failure.findings) from failure
            except _UnreachableError as error:
                if error.was_sent and not request.is_repeatable:
                    raise LostAnswerError(self._unreachable(error)) from error
                if is_last or error.is_final:
                    raise ExternalError(self._unreachable(error)) from error
            _pause(attempt, asked_s)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, request: Request) -> JsonObject:
        with _as_unreachable():
            response = self._sent(request, is_stream=request.limits.max_bytes is not None)
            text = _read(response, request.limits.max_bytes)
        self._slowness.heard()
        return request.answer(response.status, text, _retry_after_s(response))

    def _sent(self, request: Request, *, is_stream: bool) -> "BaseHTTPResponse":
        """Send a request; of a stream only the head of the answer has come then."""
        import urllib3

        connect_s, read_s = request.limits.timeout_s
        body = None if request.body is None else json.dumps(request.body).encode()
        with _as_unreachable():
            return self._pool.request(
                request.method,
                self._connection.server + request.target,
                body=body,
                headers=self._headers_of(request),
                timeout=urllib3.Timeout(connect=connect_s, read=read_s),
                preload_content=not is_stream,
                retries=False,
                redirect=False,
            )

    def _headers_of(self, request: Request) -> "HTTPHeaderDict":
        """Return the headers of a request; those of impersonation may come twice."""
        from urllib3 import HTTPHeaderDict

        usual = {"Accept": _JSON, "User-Agent": "kuplet"}
        if request.body is not None:
            usual["Content-Type"] = _JSON
        usual |= request.headers
        if self._connection.token:
            usual["Authorization"] = self._connection.token()
        headers = HTTPHeaderDict(usual)
        for name, value in self._connection.headers:
            headers.add(name, value)
        return headers

    def _unreachable(self, error: "_UnreachableError") -> Finding:
        message = f"no answer from the API server {self.server}: {error}"
        if error.is_of_others:
            hint = "check the server in the kubeconfig, and what stands between it and this machine"
            message = f"what answers at {self.server} is no API server: {error}"
            return Finding(rule="cluster-answer", message=message, hint=hint)
        hint = "check that the cluster runs and that this machine can reach it"
        return Finding(rule="cluster-unreachable", message=message, hint=hint)


class _UnreachableError(Exception):
    """No answer came from the API server.

    Attributes:
        was_sent: Whether the request may have reached the server.
        is_final: Whether trying again is of no use.
        is_of_others: Whether somebody else answered.
    """

    def __init__(
        self, reason: str, *, was_sent: bool, is_final: bool = False, is_of_others: bool = False
    ) -> None:
        super().__init__(reason)
        self.was_sent = was_sent
        self.is_final = is_final
        self.is_of_others = is_of_others


@contextmanager
def _as_unreachable() -> Iterator[None]:
    """Turn what goes wrong on the way into one kind of error."""
    import urllib3

    errors = urllib3.exceptions
    try:
        yield
    except errors.SSLError as error:
        raise _UnreachableError(cause_of(error), was_sent=False, is_final=True) from error
    except (errors.HTTPError, OSError) as error:
        unsent = (errors.NewConnectionError, errors.ConnectTimeoutError)
        was_sent = not isinstance(getattr(error, "reason", None) or error, unsent)
        raise _UnreachableError(cause_of(error), was_sent=was_sent) from error


def _lines(response: "BaseHTTPResponse") -> Iterator[bytes]:
    """Yield the lines of an answer; one that breaks off ends like one that is over."""
    import urllib3

    rest = b""
    try:
        for chunk in response.stream():
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
    except (urllib3.exceptions.HTTPError, OSError):
        return  # half a line is none
    if rest:
        yield rest


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


def _read(response: "BaseHTTPResponse", max_bytes: int | None) -> bytes:
    if max_bytes is None:
        return response.data
    text = response.read(max_bytes)
    response.close()  # what is left of the answer stays unread
    return text


def _decoded(text: bytes) -> JsonObject:
    """Return what a body says; of one that is no JSON object, its beginning as the message."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {"message": _beginning(text)}


def _beginning(text: bytes) -> str:
    return text[:200].decode(errors="replace").strip()


def _described(code: int, text: bytes) -> str:
    """Return an answer that is none, in a few words."""
    lines = _beginning(text).splitlines()
    return f"HTTP status {code}, {lines[0][:60]!r}" if lines else f"HTTP status {code}, no text"


def _without_credentials(url: str) -> str:
    """Return a URL without the user and the password that may stand in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _stay_silent(_: str) -> None:
    """Tell nobody."""
