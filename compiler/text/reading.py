"""The one door through which the files of an app are read, and files that a person names.

An app may be somebody else's: a file in it may be a link to a secret of whoever compiles it, a
device that never ends, or a pipe into which nobody writes. What comes through this door lies in the
app, is a plain file, and is not too large.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler.cache.recording import recording

MAX_BYTES = 20_000_000  # twice what is read of YAML; vendored libraries have 2 MB
# Open already: what a shell puts in the place of <(COMMAND), and standard input.
_OPEN_FILES = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
_originals: dict[Path, Path] = {}


class UnreadableFileError(OSError):
    """A file that is there but is not read, and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(errno.EINVAL, reason, str(path))


@contextmanager
def shown_at(shown: Path, original: Path) -> Iterator[None]:
    """Let an app that is shown at another place, by links, be read for a while.

    Only a running kuplet can say so: nothing that lies in an app could.
    """
    place = shown.resolve()
    _originals[place] = original.resolve()
    try:
        yield
    finally:
        del _originals[place]


def homes_of(root: Path) -> tuple[Path, ...]:
    """Return the directories in which the files of an app may lie, links resolved."""
    home = root.resolve()
    return (home, _originals[home]) if home in _originals else (home,)


def is_inside(path: Path, root: Path) -> bool:
    """Return whether a path leads into the app, all links followed."""
    try:
        found = path.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        return False
    return any(found.is_relative_to(home) for home in homes_of(root))


def files_below(directory: Path, root: Path, pattern: str) -> list[Path]:
    """Return what is below a directory of the app in ``root``; nothing where that leads out."""
    return sorted(directory.rglob(pattern)) if is_inside(directory, root) else []


def read_inside(path: Path, root: Path) -> bytes:
    """Return what is in a file of the app in ``root``.

    Raises:
        OSError: It cannot be read; `UnreadableFileError` if it may not.
    """
    if not is_inside(path, root):
        reason = "its links lead in a circle" if _is_loop(path) else f"it leads out of {root.name}/"
        if answer := recording():
            answer.spoil()
        raise UnreadableFileError(path, reason)
    return read_plain(path)


def read_named(path: Path) -> bytes:
    """Return what is in a file that a person names, wherever it is; it may be ``<(COMMAND)``.

    Raises:
        OSError: It cannot be read; `UnreadableFileError` if it may not.
    """
    return _read(path, may_stream=str(path).startswith(_OPEN_FILES))


def read_plain(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return what is in a plain file.

    Raises:
        OSError: It cannot be read; `UnreadableFileError` if it may not.
    """
    return _read(path, limit)


def _is_loop(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _read(path: Path, limit: int = MAX_BYTES, *, may_stream: bool = False) -> bytes:
    answer = recording()
    try:
        content = _content(path, limit, may_stream=may_stream)
    except FileNotFoundError:  # an answer knows the names of all that is there
        raise
    except OSError:
        if answer:
            answer.spoil()
        raise
    if answer:
        answer.read(str(path), content)
    return content


def _content(path: Path, limit: int, *, may_stream: bool) -> bytes:
    if not may_stream:  # before it is opened: to open a device may do something
        _check_plain(path, os.stat(path).st_mode)  # noqa: PTH116  what the check below gets, too
    flags = os.O_RDONLY | os.O_CLOEXEC | (0 if may_stream else os.O_NONBLOCK)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123  a path would block at a pipe
        if not may_stream:
            _check_plain(path, os.fstat(file.fileno()).st_mode)
        content = file.read(limit + 1)
    if len(content) > limit:
        raise UnreadableFileError(path, f"it has more than {limit:,} bytes")
    return content


def _check_plain(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise UnreadableFileError(path, "it is no plain file")
