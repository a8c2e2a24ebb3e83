"""Gives a command's whole answer again, as long as nothing that it was made of has changed.

An answer is kept with the digest of each file of the app that was read for it, and of the names of
all that is there: a file that appears may be found before another one. It is looked up before
anything of kuplet is imported.
"""

import hashlib
import marshal
import os
import sys

from compiler.cache.inputs import file_digest, key_of, names_below
from compiler.cache.store import cache_directory, keep_answer, read_answer

TYPE_CHECKING = False  # to import that of `typing` takes as long as all the rest
if TYPE_CHECKING:
    from typing import NoReturn

_COMMANDS = frozenset({"compile", "show", "validate"})
NO_CACHE = "--no-cache"


def give_again(arguments: list[str]) -> None:
    """Give the answer that a command gave before, and end; return where there is none."""
    if _COMMANDS.isdisjoint(arguments) or NO_CACHE in arguments:
        return
    try:
        answer = read_answer(key_of(arguments))
        if answer is not None:
            root, names, note, files, said, code = marshal.loads(answer)  # noqa: S302  kuplet wrote it
            if _holds(root, names, note, files):
                _say(said, code)
    except (OSError, ValueError, EOFError, TypeError):  # the command itself will find out
        return


def _holds(root: str, names: str, note: str, files: dict[str, str]) -> bool:
    if os.path.lexists(note) or names_below(root) != names:
        return False
    return all(file_digest(path) == digest for path, digest in files.items())


def _say(said: list[tuple[int, bytes]], code: int) -> "NoReturn":
    """Write an answer to the streams that it was for.

    Raises:
        OSError: Nothing of it could be written.
    """
    has_begun = False
    for descriptor, content in said:
        left = memoryview(content)
        while left:
            try:
                left = left[os.write(descriptor, left) :]
            except BrokenPipeError:
                os._exit(141)  # as `cli/output.py` says
            except OSError:
                if not has_begun:
                    raise
                os._exit(1)
            has_begun = True
    os._exit(code)


class Recording:
    """An answer in the making: what was read for it, and what was said."""

    def __init__(self, arguments: list[str], root: str, note: str) -> None:
        """Begin before the first file of the app in ``root`` is read.

        Args:
            note: A file that, where it is there, says that the app is about to change.
        """
        self._key = key_of(arguments)
        self._root = root
        self._note = note
        self._names = names_below(root)
        self._files: dict[str, str] = {}
        self._said: list[tuple[int, bytes]] = []

    def read(self, path: str, content: bytes) -> None:
        """Note that a file was read, and what was in it."""
        self.has_read(os.path.abspath(path), hashlib.sha256(content).hexdigest())

    def has_read(self, path: str, digest: str) -> None:
        """Note that a file with a digest was read; one that changes meanwhile never holds."""
        known = self._files.setdefault(path, digest)
        self._files[path] = digest if known == digest else "changed"

    def spoil(self) -> None:
        """Note that something could not be read, or nobody knows what was: this is not kept."""
        self._names = ""

    def said(self, descriptor: int, text: str) -> None:
        """Note what was written to a standard stream."""
        self._said.append((descriptor, text.encode(errors="backslashreplace")))

    def keep(self, code: int) -> None:
        """Keep the answer, of which nothing is missing any more."""
        _current.clear()
        if self._names:
            parts = (self._root, self._names, self._note, self._files, self._said, code)
            keep_answer(self._key, marshal.dumps(parts))


_current: list[Recording] = []


def begin_recording(root: str, note: str) -> None:
    """Let everything that is read and said from now on belong to an answer, if any is kept."""
    if cache_directory():
        _current[:] = [Recording(sys.argv[1:], root, note)]


def recording() -> Recording | None:
    """Return the answer in the making, if one is recorded."""
    return _current[0] if _current else None
