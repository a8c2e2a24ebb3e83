"""What happens when the cluster goes away in the middle of an apply."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.test_apply import CONFIG, NEEDS_CONFIG, behaving
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

# What nohup runs ignores SIGHUP, and so would everything that it starts.
KUPLET = (
    "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL);"
    " from compiler.cli.main import main; main()"
)


def start_apply(app: Path) -> subprocess.Popen[str]:
    """Start an apply whose Deployment takes its time, and return when it waits for that."""
    command = [sys.executable, "-u", "-c", KUPLET, "apply", "staging", "--yes"]
    process = subprocess.Popen(command, cwd=app, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if "Deployment/web until ready" in line:
            return process
    raise AssertionError("the apply ended early")


def test_a_killed_api_server_ends_the_apply_and_the_next_one_finishes_it(
    make_app: Callable[..., Path], sandbox: Sandbox, golden: Callable[[str, str], None]
) -> None:
    app = make_app({"config.yaml": CONFIG, "web.yaml": behaving("slow")}, NEEDS_CONFIG)
    process = start_apply(app)
    server = next(item for item in sandbox.status().processes if item.name == "kube-apiserver")
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 4
    server_url = sandbox.status().server
    golden("killed-api-server", stderr.partition("error[")[2].replace(server_url, "SERVER"))
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert again.code == 0, again.stderr
    assert "no changes: 2 objects are as they should be" in again.stderr


def test_an_interrupted_apply_says_so_and_leaves_nothing_half_written(
    make_app: Callable[..., Path], sandbox: Sandbox
) -> None:
    sandbox.start(print)
    app = make_app({"config.yaml": CONFIG, "web.yaml": behaving("slow")}, NEEDS_CONFIG)
    process = start_apply(app)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in stderr
    assert "Traceback" not in stderr


def newest(app: Path) -> str:
    """Return the line of the newest release."""
    return run_kuplet("history", "staging", cwd=app).stdout.splitlines()[1]


@pytest.mark.parametrize(("wanted", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_an_apply_as_ctrl_c_does(
    make_app: Callable[..., Path], sandbox: Sandbox, wanted: signal.Signals, code: int
) -> None:
    sandbox.start(print)
    app = make_app({"config.yaml": CONFIG, "web.yaml": behaving("slow")}, NEEDS_CONFIG)
    process = start_apply(app)
    process.send_signal(wanted)
    time.sleep(0.3)
    process.send_signal(signal.SIGHUP)  # the end of a session sends both
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    assert "apply again to go on" in stderr
    assert " failed " in newest(app)


def test_output_that_cannot_be_written_stops_no_apply(
    make_app: Callable[..., Path], sandbox: Sandbox
) -> None:
    sandbox.start(print)
    started: dict[Path, subprocess.Popen[bytes]] = {}
    for where in ("2>&1 | true", "2>&1 > /dev/full", "> /dev/full 2>&1", ">&- 2>&-"):
        app = make_app({"config.yaml": CONFIG, "web.yaml": behaving("slow")}, NEEDS_CONFIG)
        apply = f"{sys.executable} -m compiler apply staging --yes {where}; exit ${{PIPESTATUS[0]}}"
        started[app] = subprocess.Popen(["bash", "-c", apply], cwd=app)
    for app, process in started.items():
        assert process.wait(timeout=120) == 0
        assert " succeeded " in newest(app)


def test_a_second_apply_is_refused_and_the_lock_of_a_killed_one_is_taken(
    make_app: Callable[..., Path], sandbox: Sandbox
) -> None:
    sandbox.start(print)
    app = make_app({"config.yaml": CONFIG, "web.yaml": behaving("slow")}, NEEDS_CONFIG)
    process = start_apply(app)
    second = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert second.code == 3
    assert "error[lock-held]" in second.stderr
    assert f"process {process.pid}: apply, for" in second.stderr
    assert run_kuplet("diff", "staging", cwd=app).code == 0  # looking is free
    process.kill()
    process.communicate()
    third = run_kuplet("apply", "staging", "--yes", "--take-lock", cwd=app)
    assert third.code == 0, third.stderr
    told = run_kuplet("history", "staging", "2", cwd=app).stdout
    assert f"took the lock of root on {socket.gethostname()}, process {process.pid}" in told
