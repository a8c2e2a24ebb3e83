"""Runs Python modules in forks of a warm interpreter, ``server.py``."""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def run_fork(
    *command: str, cwd: Path, env: Mapping[str, str], stdin: bytes, timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Run a module with arguments like ``subprocess.run``; several threads may do so at once.

    Raises:
        subprocess.TimeoutExpired: It took too long, and was killed.
    """
    request = {"command": command, "cwd": str(cwd), "env": dict(env)}
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        streams[0].write(stdin)
        streams[0].seek(0)
        connection, theirs = (stack.enter_context(each) for each in socket.socketpair())
        descriptors = [theirs.fileno(), *(each.fileno() for each in streams)]
        socket.send_fds(_server(), [b"\0"], descriptors)
        theirs.close()
        connection.sendall(json.dumps(request).encode() + b"\n")
        code = _wait(connection, timeout_s)
        for each in streams:
            each.seek(0)
        _, stdout, stderr = (each.read() for each in streams)
    return subprocess.CompletedProcess(command, code, stdout, stderr)


@cache
def _server() -> socket.socket:
    """Start the one server of this test run, which ends with it.

    It is started, not forked from here, where tests have imported and changed all sorts of things.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forks.server", str(theirs.fileno())],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _wait(connection: socket.socket, timeout_s: float) -> int:
    """Return the exit code of a fork; kill it when it takes longer or nobody waits any more."""
    with connection.makefile("rb") as answers:
        pid = int(answers.readline())
        connection.settimeout(timeout_s)
        try:
            return int(answers.readline())
        except TimeoutError as error:
            _kill(pid)
            raise subprocess.TimeoutExpired("a fork", timeout_s) from error
        except BaseException:
            _kill(pid)
            raise


def _kill(pid: int) -> None:
    """Kill a command with all that it has started; a very young one may not lead a group yet."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
