"""Requests against a server that answers what a test tells it to."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from compiler.cluster.answers import anything, is_object
from compiler.cluster.api import Api, Limits, Request
from compiler.cluster.cluster import Cluster
from compiler.cluster.connection import Connection
from compiler.cluster.slowness import Slowness
from compiler.cluster.watching import watched
from compiler.errors import AppError, ExternalError
from compiler.executor.port import ApiError, LostAnswerError
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import text_at
from tests.factories import make_manifest

NO_ANSWER = 0


class Script(BaseHTTPRequestHandler):
    answers: list[tuple[int, object]]
    retry_after = ""
    paths: list[str]

    def do_GET(self) -> None:
        self.paths.append(self.path)
        code, body = self.answers.pop(0)
        if code == NO_ANSWER:
            self.close_connection = True
            return
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        if self.retry_after and code != 200:
            self.send_header("Retry-After", self.retry_after)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def do_PATCH(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


def ask(api: Api, method: str = "GET", **more: Any) -> JsonObject:
    request: dict[str, Any] = {"is_answer": anything, **more}
    return api.request(Request(method=method, path="/x", **request))


@pytest.fixture
def server() -> Iterator[tuple[Api, type[Script]]]:
    script = type("OneScript", (Script,), {"answers": [], "paths": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), script) as http:
        poll = {"poll_interval": 0.01}
        threading.Thread(target=http.serve_forever, kwargs=poll, daemon=True).start()
        connection = Connection(server=f"http://127.0.0.1:{http.server_port}")
        yield Api(connection), script
        connection.pool.clear()
        http.shutdown()


def test_what_passes_by_itself_is_tried_again(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.answers = [(503, {}), (429, {"message": "slow down"}), (200, {"found": True})]
    assert ask(api) == {"found": True}
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
        ask(api)
    assert (caught.value.code, caught.value.reason, len(script.answers)) == (code, reason, 1)


def test_the_last_failure_is_reported_when_nothing_helps(
    server: tuple[Api, type[Script]],
) -> None:
    api, script = server
    script.answers = [(503, {"message": "etcd leader changed"})] * 2
    with pytest.raises(ApiError, match="etcd leader changed"):
        ask(api, limits=Limits(attempts=2))


def test_a_server_that_asks_for_time_is_given_it(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.retry_after = "1"
    script.answers = [(429, {}), (200, {"found": True})]
    started = time.monotonic()
    assert ask(api) == {"found": True}
    assert time.monotonic() - started >= 1


def test_a_server_that_asks_for_an_hour_is_not_waited_for(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.retry_after = "3600"
    script.answers = [(503, {"message": "in maintenance"}), (200, {})]
    with pytest.raises(ApiError, match="in maintenance"):
        ask(api)


@pytest.mark.parametrize("answer", [NO_ANSWER, 500, 502, 504])
def test_a_post_is_not_repeated_when_it_may_have_been_done(
    server: tuple[Api, type[Script]], answer: int
) -> None:
    api, script = server
    script.answers = [(answer, {"message": "etcd leader changed"}), (200, {})]
    with pytest.raises(LostAnswerError):
        ask(api, method="POST", body={})
    assert script.answers == [(200, {})]


@pytest.mark.parametrize("answer", [429, 503])
def test_a_post_that_was_not_begun_is_repeated(
    server: tuple[Api, type[Script]], answer: int
) -> None:
    api, script = server
    script.answers = [(answer, {}), (200, {"made": True})]
    assert ask(api, method="POST", body={}) == {"made": True}


def test_a_get_without_an_answer_is_repeated(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.answers = [(NO_ANSWER, {}), (200, {"found": True})]
    assert ask(api) == {"found": True}


def test_an_answer_is_read_as_far_as_allowed(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.answers = [(200, {"long": 5000 * "x"}), (200, {"short": "x"})]
    limits = Limits(max_bytes=1000)
    assert "long" not in ask(api, limits=limits)
    assert ask(api, limits=limits) == {"short": "x"}


def test_whoever_stays_silent_is_not_waited_for_longer_than_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = Connection(server=f"http://127.0.0.1:{silent.getsockname()[1]}")
        limits = Limits(attempts=1, timeout_s=(5.0, 0.2))
        started = time.monotonic()
        with pytest.raises(ExternalError, match="timed out"):
            ask(Api(connection), limits=limits)
        assert time.monotonic() - started < 2


def test_no_answer_names_the_server() -> None:
    connection = Connection(server="http://127.0.0.1:1")
    with pytest.raises(ExternalError) as caught:
        ask(Api(connection), limits=Limits(attempts=1))
    finding = caught.value.findings[0]
    assert finding.rule == "cluster-unreachable"
    assert "http://127.0.0.1:1" in finding.message


LOGIN = b"<!doctype html><title>Log in</title>"
WEB = is_object("Deployment", "web")


@pytest.mark.parametrize(
    "body",
    [
        LOGIN,
        b"",
        b"ok",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        {"kind": "Deployment", "metadata": {"name": "other"}},
        {"kind": "Status", "status": "Success"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_only_what_was_asked_for_is_an_answer(
    server: tuple[Api, type[Script]], method: str, body: object
) -> None:
    api, script = server
    script.answers = [(200, body)] * 2
    with pytest.raises(ExternalError, match="is no API server") as caught:
        ask(api, method, body={}, is_answer=WEB, limits=Limits(attempts=2))
    assert caught.value.findings[0].rule == "cluster-answer"
    assert script.answers == []


def test_a_proxy_that_answers_in_between_is_not_believed(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    made: JsonObject = {"kind": "Deployment", "metadata": {"name": "web"}}
    script.answers = [(200, LOGIN), (502, LOGIN), (200, made)]
    assert ask(api, "PATCH", body={}, is_answer=WEB) == made


@pytest.mark.parametrize("code", [301, 401, 403, 404, 413])
def test_an_error_page_is_no_refusal(server: tuple[Api, type[Script]], code: int) -> None:
    api, script = server
    script.answers = [(code, LOGIN)]
    with pytest.raises(ExternalError, match=f"HTTP status {code}, '<!doctype html>"):
        ask(api, is_answer=WEB, limits=Limits(attempts=1))


def test_a_group_that_is_not_served_is_no_foreign_server(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    script.answers = [(404, b"404 page not found\n")]
    with pytest.raises(ApiError) as caught:
        ask(api, is_answer=WEB)
    assert caught.value.code == 404


def test_a_post_that_somebody_else_answered_may_have_been_done(
    server: tuple[Api, type[Script]],
) -> None:
    api, script = server
    script.answers = [(200, LOGIN)]
    with pytest.raises(LostAnswerError):
        ask(api, "POST", body={}, is_answer=WEB)


RACE: JsonObject = {"kind": "Status", "reason": "Conflict", "message": "modified; try again"}


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_a_race_inside_the_server_is_tried_again(
    server: tuple[Api, type[Script]], method: str
) -> None:
    api, script = server
    script.answers = [(409, RACE), (408, {}), (200, {"found": True})][
        :: 2 if method == "POST" else 1
    ]
    assert ask(api, method, body={}) == {"found": True}


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PATCH", {"metadata": {"resourceVersion": "7"}}),
        ("DELETE", {"preconditions": {"uid": "u"}}),
    ],
)
def test_whoever_asked_for_a_version_hears_that_it_is_gone(
    server: tuple[Api, type[Script]], method: str, body: JsonObject
) -> None:
    api, script = server
    script.answers = [(409, RACE), (200, {})]
    with pytest.raises(ApiError):
        ask(api, method, body=body)


def test_a_password_in_the_address_is_not_repeated() -> None:
    connection = Connection(server="https://joe:hunter2@127.0.0.1:1/k8s")
    api = Api(connection)
    assert api.server == "https://127.0.0.1:1/k8s"
    with pytest.raises(ExternalError) as caught:
        ask(api, limits=Limits(attempts=1))
    assert "hunter2" not in str(caught.value)


def test_silence_is_reported_once_and_so_is_its_end(server: tuple[Api, type[Script]]) -> None:
    api, _ = server
    said: list[str] = []
    slowness = Slowness(api.server, said.append, silence_s=0.05)
    with slowness.watched(), slowness.watched():
        wait_for(lambda: bool(said))
        slowness.heard()
    slowness.heard()
    assert said == [
        f"no answer from {api.server} for 0 s; it is being tried again",
        f"{api.server} answers again",
    ]


def wait_for(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_no_name_leaves_its_place_in_a_path(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    served: JsonObject = {"name": "configmaps", "kind": "ConfigMap", "namespaced": True}
    script.answers.append((200, {"kind": "APIResourceList", "resources": [served]}))
    cluster = Cluster(api)
    for elsewhere in (
        lambda: cluster.list_objects("v1", "ConfigMap", ".."),
        lambda: cluster.read(make_manifest(name="..")),
        lambda: cluster.serves("../../version", "ConfigMap"),
    ):
        with pytest.raises(AppError, match="cannot be called"):
            elsewhere()
    script.answers[:] = [(404, {"kind": "Status", "apiVersion": "v1", "reason": "NotFound"})]
    assert cluster.read(make_manifest(name="../../x?y#z", namespace="a/../b%2f")) is None
    assert script.paths[-1] == ("/api/v1/namespaces/a%2F..%2Fb%252f/configmaps/..%2F..%2Fx%3Fy%23z")


def events(*found: tuple[str, str, str]) -> bytes:
    """Return what a watch answers: type, name and version of objects."""
    lines = [
        {"type": kind, "object": {"metadata": {"name": name, "uid": name, "resourceVersion": at}}}
        for kind, name, at in found
    ]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def listed(version: str, *names: str) -> JsonObject:
    items: list[JsonValue] = [{"metadata": {"name": name, "uid": name}} for name in names]
    return {"kind": "ConfigMapList", "metadata": {"resourceVersion": version}, "items": items}


def names_of(objects: list[JsonObject]) -> list[str]:
    return [text_at(item, "metadata", "name") for item in objects]


def test_a_list_is_kept_up_to_date_over_streams_that_end(server: tuple[Api, type[Script]]) -> None:
    api, script = server
    half = events(("ADDED", "c", "6"))[:20]
    script.answers = [
        (200, listed("3", "a")),
        (200, events(("ADDED", "b", "4"), ("BOOKMARK", "", "5")) + half),
        (200, events(("DELETED", "a", "7"))),
    ]
    seen = watched(api, "/x", {"labelSelector": "l"}, {})
    assert [names_of(next(seen)) for _ in range(3)] == [["a"], ["a", "b"], ["b"]]
    assert "resourceVersion=3" in script.paths[1]
    assert "resourceVersion=5" in script.paths[2]
    assert all("labelSelector=l" in path for path in script.paths)


def test_a_version_that_the_server_has_forgotten_is_listed_anew(
    server: tuple[Api, type[Script]],
) -> None:
    api, script = server
    gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410}}
    script.answers = [
        (200, listed("3", "a")),
        (200, json.dumps(gone).encode()),
        (200, listed("9", "b")),
    ]
    seen = watched(api, "/x", {}, {})
    assert [names_of(next(seen)) for _ in range(2)] == [["a"], ["b"]]


def test_who_may_list_but_not_watch_is_told_after_the_list(
    server: tuple[Api, type[Script]],
) -> None:
    api, script = server
    script.answers = [(200, listed("3", "a")), (403, {"kind": "Status", "message": "no watch"})]
    seen = watched(api, "/x", {}, {})
    assert names_of(next(seen)) == ["a"]
    with pytest.raises(ApiError, match="no watch"):
        next(seen)


class Busy(BaseHTTPRequestHandler):
    """A server that takes few requests at the same time."""

    protocol_version = "HTTP/1.1"
    most = 3
    nap = 0.04
    taken: list[str]
    refused: list[str]
    inside: threading.Semaphore

    def do_GET(self) -> None:
        is_taken = self.inside.acquire(blocking=False)
        (self.taken if is_taken else self.refused).append(self.path)
        if is_taken:
            time.sleep(self.nap)
            self.inside.release()
        payload = json.dumps({} if is_taken else {"message": "too much"}).encode()
        self.send_response(200 if is_taken else 429)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


def test_a_server_with_too_much_to_do_is_asked_less_at_once() -> None:
    places: dict[str, Any] = {"taken": [], "refused": [], "inside": threading.Semaphore(Busy.most)}
    handler = type("OneBusy", (Busy,), places)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        poll = {"poll_interval": 0.01}
        threading.Thread(target=http.serve_forever, kwargs=poll, daemon=True).start()
        connection = Connection(server=f"http://127.0.0.1:{http.server_port}")
        api = Api(connection)
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: ask(api), range(200)))
        connection.pool.clear()
        http.shutdown()
    assert (len(answers), len(places["taken"])) == (200, 200)
    assert len(places["refused"]) < 80
