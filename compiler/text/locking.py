"""Lets one kuplet at a time edit an app: an edit writes what it has read before, changed."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler.errors import ExternalError
from compiler.model.finding import Finding

_PATIENCE_S, _PAUSE_S = 60.0, 0.02
_BUSY = {errno.EACCES, errno.EAGAIN}
_held: set[Path] = set()


@contextmanager
def edit_lock(root: Path) -> Iterator[None]:
    """Hold the lock of the app in ``root``: its directory itself, so that no file is left behind.

    Raises:
        ExternalError: Somebody else edits it for long.
    """
    place = root.resolve()
    if place in _held:
        yield
        return
    descriptor = os.open(place, os.O_RDONLY)
    try:
        _take(descriptor, place)
        _held.add(place)
        yield
    finally:
        _held.discard(place)
        os.close(descriptor)


def _take(descriptor: int, place: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _BUSY:  # a file system without locks
                return
        else:
            return
        if time.monotonic() > deadline:
            message = f'somebody else has been editing "{place}" for {_PATIENCE_S:.0f} seconds'
            hint = "another kuplet may wait for an answer: finish it, then try again"
            raise ExternalError(Finding(rule="app-busy", message=message, hint=hint))
        time.sleep(_PAUSE_S)
