"""Looks after what is kept: how much there is, whether it is whole, and what has to go."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from compiler.cache.store import SUFFIX, cache_directory, content_of

MOST_BYTES = 256 * 2**20
_LEFT = 0.8  # of these, where some have to go: not every run shall have to remove some
_OLD_DRAFT_S = 3600.0  # a kill has left it


@dataclass(frozen=True, slots=True)
class Kept:
    """A file with an answer.

    Attributes:
        used: When it was read or written last, in seconds since 1970.
    """

    path: Path
    size: int
    used: float

    @property
    def is_whole(self) -> bool:
        """Whether it is as it was written."""
        return content_of(str(self.path)) is not None

    def remove(self) -> None:
        """Remove it; another run may have done so."""
        with contextlib.suppress(OSError):
            self.path.unlink()


def kept(directory: str = "") -> list[Kept]:
    """Return all answers, the one that was used last at the end."""
    return sorted(_files(directory, f"*{SUFFIX}"), key=lambda item: (item.used, item.path))


def make_room(directory: str) -> None:
    """Remove what was not used for longest, where there is too much, and what kills have left."""
    found = kept(directory)
    size = sum(item.size for item in found)
    if size > MOST_BYTES:
        for item in found:
            item.remove()
            size -= item.size
            if size <= MOST_BYTES * _LEFT:
                break
    for item in _files(directory, ".*"):
        if item.used < time.time() - _OLD_DRAFT_S:
            item.remove()


def clear() -> list[Kept]:
    """Remove all answers, and drafts; return the answers."""
    found = kept()
    for item in (*found, *_files("", ".*")):
        item.remove()
    return found


def _files(directory: str, pattern: str) -> list[Kept]:
    place = directory or cache_directory()
    found: list[Kept] = []
    for path in Path(place).glob(pattern) if place else ():
        with contextlib.suppress(OSError):  # another run has just removed it
            about = path.stat()
            found.append(Kept(path, about.st_size, about.st_mtime))
    return found
