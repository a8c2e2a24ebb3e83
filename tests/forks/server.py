"""A warm interpreter that forks a process for every command, run as ``-m tests.forks.server FD``.

Most of the time of a command is the start of Python and its imports. Here both are done: a command
is a fork with arguments, a directory, an environment and streams of its own, in which
``python -m MODULE`` goes on as it would from cold. Nothing of kuplet is patched.

For each command the client sends four descriptors over the socket ``FD``: a socket, stdin, stdout
and stderr. Over the first comes the rest of the request, and go the process id and the exit code.
The server ends when the client does.
"""

import atexit
import contextlib
import gc
import io
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import NoReturn

import click

from compiler.cli.main import cli

_ROOT = Path(__file__).parents[2]
_DESCRIPTORS = 4


def warm_up() -> None:
    """Import what commands import and read the schemas, but nothing that their environment alters.

    Raises:
        RuntimeError: A fork would not be like a process that was started.
    """
    _import_commands(cli)
    arguments = ["--dir", str(_ROOT), "validate"]
    with contextlib.redirect_stderr(io.StringIO()):
        cli.main(arguments, prog_name="kuplet", standalone_mode=False)
    if "kubernetes" in sys.modules:
        raise RuntimeError("the kubernetes client, which reads KUBECONFIG at import, is loaded")
    if tempfile.tempdir is not None:
        raise RuntimeError("TMPDIR has been read")
    gc.collect()
    gc.freeze()  # a fork's collector would copy all the memory that the two share


def _import_commands(group: click.Group) -> None:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            _import_commands(command)


def serve(requests: socket.socket) -> list[str] | None:
    """Fork for every request; return the command in a fork, and None when the client has ended."""
    while True:
        _bury_watchers()
        message, descriptors, _, _ = socket.recv_fds(requests, 1, _DESCRIPTORS)
        if not message:
            return None
        if os.fork() == 0:
            requests.close()
            return _fork(*descriptors)
        for each in descriptors:
            os.close(each)


def _bury_watchers() -> None:
    with contextlib.suppress(ChildProcessError):  # there is none
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork(answers: int, *streams: int) -> list[str]:
    """Be the watcher of a command, which is a fork again, and there return what it is to run."""
    with socket.socket(fileno=answers) as connection:
        with connection.makefile("rb") as lines:
            request = json.loads(lines.readline())
        pid = os.fork()
        if pid:
            _watch(pid, connection)
    os.setpgid(0, 0)  # what it starts can be killed with it
    for standard, stream in enumerate(streams):
        os.dup2(stream, standard)
        os.close(stream)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    command: list[str] = request["command"]
    return command


def _watch(pid: int, connection: socket.socket) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
    with contextlib.suppress(BrokenPipeError):  # the client has gone
        connection.sendall(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(module: str, *arguments: str) -> None:
    """Go on as ``python -m module``; what this raises is for the interpreter to handle.

    An ordinary end is made here: taking the interpreter apart would copy all the memory that the
    fork shares, which takes longer than many a command.
    """
    sys.argv = ["-m", *arguments]
    sys.path[0] = str(Path.cwd())
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        _finish(end.code or 0)


def _finish(code: int) -> NoReturn:
    """Do what an interpreter does at its end, in its order, and end."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    command = None
    with socket.socket(fileno=int(sys.argv[1])) as client, contextlib.suppress(KeyboardInterrupt):
        warm_up()
        command = serve(client)
    if command:
        run(*command)
