"""How often the API server is asked, which does not depend on the machine."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.cluster.connect import connect
from compiler.cluster.paging import listed
from compiler.model.app import Destination
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.sandbox import Sandbox
from tests.factories import write_app
from tests.kuplet import start_kuplet
from tests.soak.fault_proxy import FaultProxy

pytestmark = pytest.mark.cluster
COMPONENTS = "components: {x: {source: components/x.jsonnet}}\n"
SOURCE = """\
{ ['c%%d' %% i]: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c-%%d' %% i },
                   data: { a: 'b' } }
  for i in std.range(1, %d) }
"""


@pytest.fixture
def proxy(sandbox: Sandbox, tmp_path: Path) -> Iterator[tuple[FaultProxy, Path]]:
    found = FaultProxy(sandbox.kubeconfig)
    with found.serving(tmp_path / "kubeconfig") as kubeconfig:
        yield found, kubeconfig


def asked(
    proxy: tuple[FaultProxy, Path], home: Path, size: int, *commands: tuple[str, ...]
) -> list[Counter[str]]:
    """Return what each command asks about an app of so many objects in a namespace of its own."""
    server, kubeconfig = proxy
    namespace = f"requests-{home.parent.name.replace('_', '-')[:30].strip('-')}-{size}"
    where = f"destination: {{context: faulty, namespace: {namespace}}}\n"
    app = write_app(
        home / str(size),
        {
            "environments/dev.yaml": f"{where}{COMPONENTS}",
            "components/x.jsonnet": SOURCE % size,
        },
    )
    found: list[Counter[str]] = []
    for command in commands:
        server.came.clear()
        done = start_kuplet(*command, cwd=app, env={"KUBECONFIG": str(kubeconfig), "CI": ""})
        assert done.code == 0, done.stderr
        counts: Counter[str] = Counter()
        for (method, path), number in server.came.items():
            if "/leases/" in path or "/secrets" in path:
                continue  # the lock and the releases are looked at by the clock, too
            counts[f"{method} dry" if "dryRun" in path else method] += number
        found.append(counts)
    return found


APPLY = ("apply", "dev", "--yes")
DIFF = ("diff", "dev")


def test_what_is_new_is_written_once_and_what_is_there_not_asked_about(
    proxy: tuple[FaultProxy, Path], tmp_path: Path
) -> None:
    few, many = (asked(proxy, tmp_path, size, APPLY, APPLY, DIFF) for size in (20, 60))
    created, again, differs = (after - before for before, after in zip(few, many, strict=True))
    assert created == {"PATCH": 40}
    assert (again, differs) == ({}, {})
    for counts in (*few[1:], *many[1:]):
        assert not {"PATCH", "PATCH dry", "DELETE"} & counts.keys()
        assert counts.total() <= 16


def test_what_is_new_to_a_namespace_is_tried_once_and_written_once(
    proxy: tuple[FaultProxy, Path], tmp_path: Path
) -> None:
    few, many = (
        asked(proxy, tmp_path, size, APPLY, ("delete", "dev", "--yes"), APPLY)[-1]
        for size in (20, 60)
    )
    assert many - few == {"PATCH": 40, "PATCH dry": 40}


def test_the_server_is_asked_about_everything_if_it_shall_be(
    proxy: tuple[FaultProxy, Path], tmp_path: Path
) -> None:
    few, many = (
        asked(proxy, tmp_path, size, APPLY, (*DIFF, "--ask-server"))[-1] for size in (20, 60)
    )
    assert many - few == {"PATCH dry": 40}


def test_a_long_list_is_read_in_parts_and_is_whole(
    proxy: tuple[FaultProxy, Path], sandbox: Sandbox
) -> None:
    server, kubeconfig = proxy
    cluster = connect(Destination(context="faulty"), kubeconfig)
    whole = connect(Destination(), sandbox.kubeconfig)
    for index in range(7):
        metadata: JsonObject = {
            "name": f"paged-{index}",
            "namespace": "default",
            "labels": {"paged": "yes"},
        }
        whole.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    server.came.clear()
    path, query = "/api/v1/namespaces/default/configmaps", {"labelSelector": "paged=yes"}
    found = listed(cluster._api, path, query, page=3)
    names = [text_at(item, "metadata", "name") for item in found]
    assert names == [f"paged-{index}" for index in range(7)]
    assert server.came.total() == 3


def test_what_is_deleted_is_listed_and_then_looked_for_once(
    proxy: tuple[FaultProxy, Path], tmp_path: Path
) -> None:
    few, many = (
        asked(proxy, tmp_path, size, APPLY, ("delete", "dev", "--yes"))[-1] for size in (20, 60)
    )
    assert many - few == {"DELETE": 40, "GET": 40}  # it may have been made again
