"""The script is tested on a stub server; the cluster tests run it on a real one."""

import http.server
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.sandbox import wait_for_kind
from compiler.sandbox.certificates import Certificates

PATHS = ("/openapi/v3/apis/kubeflow.org/v1", "/apis/kubeflow.org/v1/tfjobs?limit=1")


class OpenApi(http.server.BaseHTTPRequestHandler):
    """Serves a kind from the third request on; before that it knows nothing, then answers junk."""

    requests = 0

    def do_GET(self) -> None:
        OpenApi.requests += 1
        is_known = self.path in PATHS and OpenApi.requests > 1
        self.send_response(200 if is_known else 404)
        self.end_headers()
        schema = b'{"paths": {"/apis/kubeflow.org/v1/tfjobs/{name}": {}}}'
        self.wfile.write(schema if OpenApi.requests > 2 else b"no JSON")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base
        """Keep the test's output clean."""


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    certificates = Certificates(tmp_path)
    certificates.create()
    return certificates


@pytest.fixture
def url(certificates: Certificates) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificates.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificates.server.certificate, certificates.server.key)
    with http.server.HTTPServer(("127.0.0.1", 0), OpenApi) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_program_starts_once_the_kind_is_served(url: str, certificates: Certificates) -> None:
    administrator = certificates.administrator
    files = (certificates.authority, administrator.certificate, administrator.key)
    kind = ("kubeflow.org/v1", "tfjobs")
    script = (sys.executable, "-I", wait_for_kind.__file__, url, *map(str, files), *kind)
    started = subprocess.run(
        [*script, "--", "/bin/echo", "started"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert started.stdout == "started\n"
    assert OpenApi.requests > 2
