"""Watches what is read for an answer, and what is said, to keep it for `answers`.

All that reads and all that prints asks whether an answer is recorded: nothing is imported for that.
"""

import os
import sys

NAMELESS = frozenset({".git"})  # directories that are not looked through for names
CHANGED = "changed"  # in the place of a digest: this was read twice, and differed


class Recording:
    """An answer in the making: what was read for it, and what was said.

    Attributes:
        root: Where the app is.
        names: The digest of all names there; empty if the answer cannot be kept.
        files: The digests of the files that were read, by their paths.
    """

    def __init__(self, arguments: list[str], start: str, root: str, note: str) -> None:
        """Begin before the first file of the app in ``root`` is read.

        Args:
            start: Where it was looked for; a link may lead elsewhere later.
            note: A file that, where it is there, says that the app is about to change.
        """
        from compiler.cache.inputs import key_of, names_below

        self._key = key_of(arguments)
        self._place = (start, os.path.realpath(start), root)
        self._note = note
        self.root = root
        self.names = names_below(root)
        self.files: dict[str, str] = {}
        self._said: list[tuple[int, bytes]] = []

    def read(self, path: str, content: bytes) -> None:
        """Note that a file was read, and what was in it."""
        import hashlib

        self.has_read(os.path.abspath(path), hashlib.sha256(content).hexdigest())

    def has_read(self, path: str, digest: str) -> None:
        """Note that a file with a digest was read; one that changes meanwhile never holds."""
        if NAMELESS.intersection(path.split(os.sep)):  # what else is there nobody looks at
            self.spoil()
        known = self.files.setdefault(path, digest)
        self.files[path] = digest if known == digest else CHANGED

    def spoil(self) -> None:
        """Note that something could not be read, or nobody knows what was: this is not kept."""
        self.names = ""

    def said(self, descriptor: int, text: str) -> None:
        """Note what was written to a standard stream."""
        self._said.append((descriptor, text.encode(errors="backslashreplace")))

    def keep(self, code: int) -> None:
        """Keep the answer, of which nothing is missing any more."""
        import marshal

        from compiler.cache.store import keep_answer

        _current.clear()
        if self.names:
            parts = (self._place, self.names, self._note, self.files, self._said, code)
            keep_answer(self._key, marshal.dumps(parts))


_current: list[Recording] = []


def begin_recording(start: str, root: str, note: str) -> None:
    """Let everything that is read and said from now on belong to an answer, if any is kept."""
    from compiler.cache.store import cache_directory

    _current.clear()
    if cache_directory():
        try:  # `contextlib` takes longer to import than this module
            _current.append(Recording(sys.argv[1:], start, root, note))
        except OSError:  # what cannot be looked at cannot be known to hold
            return


def recording() -> Recording | None:
    """Return the answer in the making, if one is recorded."""
    return _current[0] if _current else None
