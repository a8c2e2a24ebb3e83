"""The process that evaluates Jsonnet for this one, one program after the other.

To start Python and an engine takes fifty times as long as a small evaluation, so one worker serves
all evaluations, until one of them ends it or has made it large.
"""

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

_SCRIPT = Path(__file__).with_name("worker.py")
_CHUNK = 2**20
# Go's garbage collector lets the heap grow further than it would, and less when it is near the
# limit on memory: half the time of a large program goes into it.
_COLLECTOR = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}


class WorkerEndedError(Exception):
    """The worker ended instead of answering.

    Attributes:
        code: Its exit code, negative for a signal.
        stderr: What it and its engine said last.
    """

    def __init__(self, code: int, stderr: str) -> None:
        super().__init__(code)
        self.code = code
        self.stderr = stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the worker answered.

    Attributes:
        text: JSON, or the words of an error.
        read: The digests of the files that were read, by path, if that was asked.
        is_large: Whether the worker holds so much memory that it should not serve again.
        stderr: What its engine said meanwhile.
    """

    text: bytes
    is_error: bool
    is_large: bool
    read: Mapping[str, str]
    stderr: str


def ask_worker(request: Mapping[str, object], timeout_s: float) -> Reply:
    """Return the answer of a worker that waits for work, or of a new one.

    Raises:
        TimeoutError: It took longer, and was killed.
        WorkerEndedError: It ended without an answer.
    """
    worker = _next_worker()
    try:
        reply = worker.ask(request, timeout_s)
    except BaseException:
        worker.end()
        raise
    if reply.is_large:
        worker.end()
    else:
        _waiting.append(worker)
    return reply


def start_worker() -> None:
    """Start a worker that will be asked soon: it starts while this process still imports."""
    if not _waiting:
        with contextlib.suppress(OSError):  # whoever asks it will hear why
            _waiting.append(_Worker())


class _Worker:
    """A process that ends with this one, however this one ends."""

    def __init__(self) -> None:
        theirs, self._sign_of_life = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter, our own script
                [sys.executable, "-I", str(_SCRIPT), str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[theirs],
                env={**_COLLECTOR, **os.environ},
                cwd="/",
            )
        except BaseException:
            os.close(self._sign_of_life)
            raise
        finally:
            os.close(theirs)

    @property
    def is_there(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Mapping[str, object], timeout_s: float) -> Reply:
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        stdin, stdout, stderr = cast("tuple[IO[bytes], IO[bytes], IO[bytes]]", pipes)
        deadline = time.monotonic() + timeout_s
        with contextlib.suppress(BrokenPipeError):  # then it has ended, which is seen below
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        answer, said = bytearray(), bytearray()
        with selectors.DefaultSelector() as streams:
            streams.register(stdout, selectors.EVENT_READ, answer)
            streams.register(stderr, selectors.EVENT_READ, said)
            # What the engine said was written before the answer, but may be read after it.
            while ready := streams.select(0 if _is_whole(answer) else deadline - time.monotonic()):
                if time.monotonic() > deadline:  # there is always more from an endless trace
                    raise TimeoutError
                for stream, _ in ready:
                    chunk = os.read(stream.fd, _CHUNK)
                    if not chunk:
                        said += stderr.read()
                        raise WorkerEndedError(self._process.wait(), said.decode(errors="replace"))
                    stream.data.extend(chunk)
        if not _is_whole(answer):
            raise TimeoutError
        head, _, text = bytes(answer).partition(b"\n")
        about = json.loads(head)
        return Reply(
            text=text,
            is_error=about["is_error"],
            is_large=about["is_large"],
            read=about["read"],
            stderr=said.decode(errors="replace"),
        )

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        os.close(self._sign_of_life)

    def leave_to_parent(self) -> None:
        """Forget it in a fork of the process that it works for."""
        os.close(self._sign_of_life)


_waiting: list[_Worker] = []


def _next_worker() -> _Worker:
    while _waiting:
        worker = _waiting.pop()
        if worker.is_there:
            return worker
        worker.end()
    return _Worker()


def _is_whole(answer: bytearray) -> bool:
    """Return whether all has come that the first line announces."""
    end = answer.find(b"\n")
    return end >= 0 and len(answer) > end + int(json.loads(answer[:end])["bytes"])


@atexit.register
def _end_all() -> None:
    while _waiting:
        _waiting.pop().end()


def _leave_all() -> None:
    while _waiting:
        _waiting.pop().leave_to_parent()


os.register_at_fork(after_in_child=_leave_all)
