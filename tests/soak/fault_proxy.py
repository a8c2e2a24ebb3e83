"""A bad network and a tired API server: passes requests on to a real one, with faults in between.

Which request meets which fault follows from a seed, the request, and how often it came before, and
so does not depend on which of several threads is first.
"""

import enum
import http.client
import json
import random
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import yaml

_SLOW_S = 0.3
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Fault(enum.Enum):
    """What goes wrong with one request."""

    NONE = enum.auto()
    TOO_MANY = enum.auto()  # 429, the server has not begun
    ERROR = enum.auto()  # 500 instead of the answer
    UNAVAILABLE = enum.auto()  # 503, the server has not begun
    RESET_BEFORE = enum.auto()
    RESET_AFTER = enum.auto()
    ERROR_AFTER = enum.auto()  # carried out, but 504 is the answer
    SLOW = enum.auto()
    CUT = enum.auto()  # half of the answer, a watch's too
    TWICE = enum.auto()  # delivered twice; the second answer arrives


FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)
_CODES = {Fault.TOO_MANY: 429, Fault.ERROR: 500, Fault.UNAVAILABLE: 503, Fault.ERROR_AFTER: 504}
_CUT_OFF = {Fault.RESET_BEFORE, Fault.RESET_AFTER}
_NEVER_ARRIVE = {Fault.TOO_MANY, Fault.ERROR, Fault.UNAVAILABLE, Fault.RESET_BEFORE}


class FaultProxy:
    """Stands before one API server.

    Attributes:
        url: Where it is reached, without TLS.
        met: How often each fault has happened.
        came: How often each request was made, by method and path with query.
    """

    def __init__(
        self,
        kubeconfig: Path,
        seed: int = 0,
        share: float = 0.0,
        before_write: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Stand before the server of a kubeconfig.

        Args:
            kubeconfig: That of a sandbox; its administrator is whom all requests come from.
            share: Which part of the requests meets a fault.
            before_write: Called with the number of each write before it is passed on, 1 for the
                first.
        """
        self.met: Counter[Fault] = Counter()
        self._seed, self._share = seed, share
        self._before_write, self._writes = before_write, 0
        self.came: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._host, self._tls = _upstream(kubeconfig)
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self, kubeconfig: Path) -> Iterator[Path]:
        """Serve, and give a kubeconfig for it, which is written there."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "faulty",
            "contexts": [{"name": "faulty", "context": {"cluster": "faulty", "user": "faulty"}}],
            "clusters": [{"name": "faulty", "cluster": {"server": self.url}}],
            "users": [{"name": "faulty", "user": {}}],
        }
        kubeconfig.write_text(yaml.safe_dump(config), encoding="utf-8")
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield kubeconfig
        finally:
            self._server.shutdown()
            self._server.server_close()

    def fault_of(self, method: str, path: str) -> Fault:
        """Count a request and return what it meets."""
        with self._lock:
            if method != "GET" and "dryRun" not in path:
                self._writes += 1
                self._before_write(self._writes)
            self.came[method, path] += 1
            number = self.came[method, path]
            chance = random.Random(f"{self._seed} {method} {path} {number}")  # noqa: S311  a test
            fault = chance.choice(FAULTS) if chance.random() < self._share else Fault.NONE
            self.met[fault] += 1
        return fault

    def connect(self) -> http.client.HTTPSConnection:
        """Return a connection to the server."""
        return http.client.HTTPSConnection(self._host, context=self._tls, timeout=60)


class _Handler(BaseHTTPRequestHandler):
    """Serves one request a connection, so that what is cut off cuts off nothing else."""

    proxy: FaultProxy

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base
        """Say nothing."""

    def _pass_on(self) -> None:
        with suppress(ConnectionError):  # who asked is there no more
            self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.fault_of(self.command, self.path)
        if fault is Fault.SLOW:
            time.sleep(_SLOW_S)
        if fault in _NEVER_ARRIVE:
            self._fail(fault)
            return
        if fault is Fault.TWICE:
            with self._sent(body) as response:
                response.read()
        with self._sent(body) as response:
            if fault in _CUT_OFF or fault in _CODES:
                self._fail(fault)
            else:
                self._hand_back(response, is_cut=fault is Fault.CUT)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815  names of the base

    @contextmanager
    def _sent(self, body: bytes) -> Iterator[http.client.HTTPResponse]:
        connection = self.proxy.connect()
        headers = {key: value for key, value in self.headers.items() if key.lower() != "host"}
        try:
            connection.request(self.command, self.path, body=body or None, headers=headers)
            yield connection.getresponse()
        finally:
            connection.close()

    def _fail(self, fault: Fault) -> None:
        if fault in _CUT_OFF:
            linger = struct.pack("ii", 1, 0)  # so that closing it resets it
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
            return
        code = _CODES[fault]
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
        text = json.dumps(status | {"message": f"a fault of the test: {fault.name}"}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if fault is Fault.TOO_MANY:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(text)

    def _hand_back(self, response: http.client.HTTPResponse, *, is_cut: bool) -> None:
        self.send_response(response.status)
        for key, value in response.getheaders():
            if key.lower() not in _HOP_BY_HOP:
                self.send_header(key, value)
        if "watch=" in urlsplit(self.path).query:
            self._stream(response, is_cut=is_cut)
            return
        text = response.read()
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[: len(text) // 2] if is_cut else text)

    def _stream(self, response: http.client.HTTPResponse, *, is_cut: bool) -> None:
        self.end_headers()
        while chunk := response.read1():
            self.wfile.write(chunk[: len(chunk) // 2] if is_cut else chunk)
            self.wfile.flush()
            if is_cut:
                return


def _upstream(kubeconfig: Path) -> tuple[str, ssl.SSLContext]:
    """Return the host of a sandbox's server, and how to talk with it as its administrator."""
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    files = kubeconfig.parent / "certificates"
    tls = ssl.create_default_context(cafile=files / "ca.crt")
    tls.load_cert_chain(files / "administrator.crt", files / "administrator.key")
    return urlsplit(config["clusters"][0]["cluster"]["server"]).netloc, tls
