"""Requests against a server that answers what a test tells it to."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kubernetes.client import ApiClient, Configuration

from compiler.cluster.api import Api, Limits
from compiler.errors import ExternalError
from compiler.executor.port import ApiError, LostAnswerError

NO_ANSWER = 0


class Script(BaseHTTPRequestHandler):
    answers: list[tuple[int, object]]
    retry_after = ""

    def do_GET(self) -> None:
        code, body = self.answers.pop(0)
        if code == NO_ANSWER:
            self.close_connection = True
            return
        payload = json.dumps(body).encode()
        self.send_response(code)
        if self.retry_after and code != 200:
            self.send_header("Retry-After", self.retry_after)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[tuple[Api, type[Script]]]:
    script = type("OneScript", (Script,), {"answers": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), script) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        configuration = Configuration(host=f"http://127.0.0.1:{http.server_port}")
        configuration.retries = False
        client = ApiClient(configuration)
        yield Api(client), script
        client.rest_client.pool_manager.clear()
        http.shutdown()


def test_what_passes_by_itself_is_tried_again(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.answers = [(503, {}), (429, {"message": "slow down"}), (200, {"found": True})]
    assert api.request("GET", "/x") == {"found": True}
    assert script.answers == []


@pytest.mark.parametrize(
    ("code", "reason"), [(403, "Forbidden"), (404, "NotFound"), (422, "Invalid"), (500, "Invalid")]
)
def test_what_will_not_pass_is_not_tried_again(
    server: tuple[Api, type[Script]], code: int, reason: str
) -> None:
    api, script = server
    script.answers = [(code, {"reason": reason, "message": "no"}), (200, {})]
    with pytest.raises(ApiError) as caught:
        api.request("GET", "/x")
    assert (caught.value.code, caught.value.reason, len(script.answers)) == (code, reason, 1)


def test_the_last_failure_is_reported_when_nothing_helps(
    server: tuple[Api, type[Script]],
) -> None:
    api, script = server
    script.answers = [(503, {"message": "etcd leader changed"})] * 2
    with pytest.raises(ApiError, match="etcd leader changed"):
        api.request("GET", "/x", limits=Limits(attempts=2))


def test_a_server_that_asks_for_time_is_given_it(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.retry_after = "1"
    script.answers = [(429, {}), (200, {"found": True})]
    started = time.monotonic()
    assert api.request("GET", "/x") == {"found": True}
    assert time.monotonic() - started >= 1


def test_a_server_that_asks_for_an_hour_is_not_waited_for(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.retry_after = "3600"
    script.answers = [(503, {"message": "in maintenance"}), (200, {})]
    with pytest.raises(ApiError, match="in maintenance"):
        api.request("GET", "/x")


@pytest.mark.parametrize("answer", [NO_ANSWER, 500, 502, 504])
def test_a_post_is_not_repeated_when_it_may_have_been_done(
    server: tuple[Api, type[Script]], answer: int
) -> None:
    api, script = server
    script.answers = [(answer, {"message": "etcd leader changed"}), (200, {})]
    with pytest.raises(LostAnswerError):
        api.request("POST", "/x", body={})
    assert script.answers == [(200, {})]


@pytest.mark.parametrize("answer", [429, 503])
def test_a_post_that_was_not_begun_is_repeated(
    server: tuple[Api, type[Script]], answer: int
) -> None:
    api, script = server
    script.answers = [(answer, {}), (200, {"made": True})]
    assert api.request("POST", "/x", body={}) == {"made": True}


def test_a_get_without_an_answer_is_repeated(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.answers = [(NO_ANSWER, {}), (200, {"found": True})]
    assert api.request("GET", "/x") == {"found": True}


def test_an_answer_is_read_as_far_as_allowed(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.answers = [(200, {"long": 5000 * "x"}), (200, {"short": "x"})]
    limits = Limits(max_bytes=1000)
    assert "long" not in api.request("GET", "/x", limits=limits)
    assert api.request("GET", "/x", limits=limits) == {"short": "x"}


def test_whoever_stays_silent_is_not_waited_for_longer_than_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configuration = Configuration(host=f"http://127.0.0.1:{silent.getsockname()[1]}")
        configuration.retries = False
        limits = Limits(attempts=1, timeout_s=(5.0, 0.2))
        started = time.monotonic()
        with pytest.raises(ExternalError, match="timed out"):
            Api(ApiClient(configuration)).request("GET", "/x", limits=limits)
        assert time.monotonic() - started < 2


def test_no_answer_names_the_server() -> None:
    configuration = Configuration(host="http://127.0.0.1:1")
    configuration.retries = False
    with pytest.raises(ExternalError) as caught:
        Api(ApiClient(configuration)).request("GET", "/x", limits=Limits(attempts=1))
    finding = caught.value.findings[0]
    assert finding.rule == "cluster-unreachable"
    assert "http://127.0.0.1:1" in finding.message
