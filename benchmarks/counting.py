"""Counts the requests that a command sends to an API server, by verb."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.soak.fault_proxy import Fault, FaultProxy

_AT_ONCE = 4096  # connections that may wait: tools open one for each object at the same time
CONTEXT = "faulty"  # as the proxy calls it


class CountingProxy(FaultProxy):
    """Passes everything on, and counts it.

    Attributes:
        counts: How often each verb came.
    """

    def __init__(self, kubeconfig: Path) -> None:
        """Stand before the server of a sandbox."""
        super().__init__(kubeconfig)
        self._server.socket.listen(_AT_ONCE)
        self._server.handle_error = _say_nothing  # type: ignore[assignment, method-assign]  # of broken watches
        self.counts: Counter[str] = Counter()

    def fault_of(self, method: str, path: str) -> Fault:
        """Count a request; nothing goes wrong with any."""
        with self._lock:
            self.counts[verb_of(method, path)] += 1
        return Fault.NONE


@contextmanager
def counted(kubeconfig: Path, own: Path) -> Iterator[CountingProxy]:
    """Serve a proxy; `own` becomes the kubeconfig that leads to it."""
    proxy = CountingProxy(kubeconfig)
    with proxy.serving(own):
        yield proxy


def _say_nothing(*_: object) -> None:
    """Let a client go away in the middle of an answer."""


def verb_of(method: str, path: str) -> str:
    """Return what a request asks for, as the API server calls it; dry runs are told apart."""
    parts, query = urlsplit(path).path.strip("/").split("/"), parse_qs(urlsplit(path).query)
    is_dry = "dryRun" in query
    if method == "PATCH":
        verb = "APPLY" if "fieldManager" in query else "PATCH"
    elif method != "GET":
        verb = method
    elif "watch" in query:
        verb = "WATCH"
    else:
        verb = _reading(parts)
    return f"dry {verb}" if is_dry else verb


def _reading(parts: list[str]) -> str:
    """Return whether a GET reads an object, a list, or what the server knows of its API."""
    rest = parts[2:] if parts[0] == "api" else parts[3:] if parts[0] == "apis" else []
    if not rest:
        return "discovery"
    if rest[0] == "namespaces" and len(rest) > 2:  # noqa: PLR2004  namespaces/NAME/KIND
        rest = rest[2:]
    return "LIST" if len(rest) == 1 else "GET"
