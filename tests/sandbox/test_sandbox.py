"""Starting, healing and stopping a real control plane."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from compiler.sandbox import Sandbox
from compiler.sandbox.layout import Layout
from compiler.sandbox.settings import read_settings
from tests.sandbox.cluster import Cluster, no_progress

pytestmark = pytest.mark.cluster

CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


def pids(sandbox: Sandbox) -> dict[str, int | None]:
    return {process.name: process.pid for process in sandbox.status().processes}


def kill(sandbox: Sandbox, name: str) -> None:
    pid = pids(sandbox)[name]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    # The process is a child of the test, which has to take notice of its end.
    psutil.wait_procs([psutil.Process(pid)], timeout=10)


def ports(sandbox: Sandbox) -> dict[str, int]:
    return read_settings(Layout(sandbox.status().directory).settings).ports


def test_a_started_sandbox_runs_and_says_what_is_real(cluster: Cluster) -> None:
    status = cluster.sandbox.status()
    assert status.is_installed
    assert status.is_running
    assert status.server.startswith("https://127.0.0.1:")
    assert {process.name for process in status.processes} == {*CONTROL_PLANE, "tfjob-simulation"}
    assert any("no container runs" in phrase for phrase in status.simulated)
    assert cluster.kubectl("version").splitlines()[-1] == "Server Version: v1.36.3"


def test_a_second_start_does_nothing(cluster: Cluster) -> None:
    before = pids(cluster.sandbox)
    progress: list[str] = []
    cluster.sandbox.start(progress.append)
    assert progress == []
    assert pids(cluster.sandbox) == before


@pytest.mark.parametrize("name", CONTROL_PLANE)
def test_a_killed_process_is_noticed_and_started_again(name: str, cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", f"before-{name}")
    before = pids(cluster.sandbox)
    kill(cluster.sandbox, name)
    assert pids(cluster.sandbox) == before | {name: None}
    assert not cluster.sandbox.status().is_running

    cluster.sandbox.start(no_progress)
    after = pids(cluster.sandbox)
    assert after[name] not in {None, before[name]}
    assert after == before | {name: after[name]}
    cluster.kubectl("get", "configmap", f"before-{name}")


def test_a_stopped_sandbox_starts_again_with_its_state_and_ports(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "kept")
    before = ports(cluster.sandbox)
    cluster.sandbox.stop()
    assert [pid for pid in pids(cluster.sandbox).values() if pid] == []

    cluster.sandbox.start(no_progress)
    assert ports(cluster.sandbox) == before
    cluster.kubectl("get", "configmap", "kept")


def test_only_what_would_be_started_differently_is_restarted(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just as after an upgrade of kuplet, when programs or their arguments have changed."""
    cluster.kubectl("create", "configmap", "older")
    before = pids(cluster.sandbox)
    monkeypatch.delenv("KUPLET_SANDBOX_UNSAFE_NO_FSYNC")
    cluster.sandbox.start(no_progress)
    after = pids(cluster.sandbox)
    assert [name for name, pid in after.items() if pid != before[name]] == ["etcd"]
    cluster.kubectl("get", "configmap", "older")


def test_a_taken_port_is_replaced(cluster: Cluster) -> None:
    kill(cluster.sandbox, "kube-apiserver")
    taken = ports(cluster.sandbox)["kube-apiserver"]
    with socket.create_server(("127.0.0.1", taken)):
        cluster.sandbox.start(no_progress)
    assert ports(cluster.sandbox)["kube-apiserver"] != taken
    cluster.kubectl("get", "nodes")


def test_two_starts_at_once_give_one_sandbox(cluster: Cluster) -> None:
    cluster.sandbox.stop()
    script = "from compiler.sandbox import Sandbox; Sandbox().start(lambda line: None)"
    starts = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [start.wait(timeout=120) for start in starts] == [0, 0]
    directory = str(cluster.sandbox.status().directory)
    running = [
        process.info["name"]
        for process in psutil.process_iter(["name", "cmdline"])
        if f"--data-dir={directory}" in " ".join(process.info["cmdline"] or [])
    ]
    assert len(running) == 1


def test_a_sandbox_started_by_another_command_outlives_it(cluster: Cluster) -> None:
    """The processes of the test before this one were started by commands that have ended."""
    assert cluster.sandbox.status().is_running
    for pid in pids(cluster.sandbox).values():
        assert pid is not None
        assert os.getsid(pid) == pid


@pytest.mark.parametrize("server", ["kube-apiserver", "etcd"])
def test_a_client_without_a_certificate_is_refused(server: str, cluster: Cluster) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    address = f"https://127.0.0.1:{ports(cluster.sandbox)[server]}/version"
    with pytest.raises((OSError, ssl.SSLError)) as refused:
        urllib.request.urlopen(address, context=trusting, timeout=5)
    if isinstance(refused.value, urllib.error.HTTPError):
        assert refused.value.code == 401
        refused.value.close()
    else:
        assert "certificate required" in str(refused.value).lower()


def test_nobody_else_may_read_the_sandboxs_files(cluster: Cluster) -> None:
    root = cluster.sandbox.status().directory
    private = [root, *Layout(root).state_directories]
    assert {directory.stat().st_mode & 0o777 for directory in private} == {0o700}
    files = [*root.glob("*"), *root.glob("certificates/*"), *root.glob("logs/*")]
    modes = {file.name: file.stat().st_mode & 0o077 for file in files}
    assert [name for name, mode in modes.items() if mode] == []


def test_everything_listens_on_loopback_only(cluster: Cluster) -> None:
    listening = [
        connection.laddr.ip
        for pid in pids(cluster.sandbox).values()
        for connection in psutil.Process(pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_a_reset_sandbox_starts_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUPLET_SANDBOX_UNSAFE_NO_FSYNC", "1")
    sandbox = Sandbox(tmp_path / "state")
    try:
        started = time.monotonic()
        sandbox.start(no_progress)
        assert time.monotonic() - started < 60
        Cluster(sandbox).kubectl("create", "configmap", "lost")
        sandbox.reset()
        assert [file.name for file in (tmp_path / "state").iterdir()] == ["lock"]
    finally:
        sandbox.reset()
