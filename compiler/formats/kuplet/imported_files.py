"""Finds every file of an app that a Jsonnet source may read, without evaluating it."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath

from compiler.cache.recording import NAMELESS
from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.text.reading import is_inside, read_inside

# An import, comments before its name, and the name where it is one that needs no Jsonnet to read.
_IMPORT = re.compile(
    rb"""\bimport(?:str|bin)?
    (?:\s|//[^\n]*(?:\n|$)|\#[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)*+
    (?:@?(?P<quote>["'])(?P<name>[^\\"'\r\n]+)(?P=quote)(?!["'])|@?["']|\|\|\|)""",
    re.VERBOSE,
)
_VERSION = re.compile(r"@[^/]+(?=/)")  # of a package: vendor/REGISTRY/NAME@VERSION/FILE
MAX_LINKS = 2_000


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    digest: str
    imports: tuple[str, ...]


class SourceTree:
    """The files of an app, each with the digest of all that it may read.

    A name that is imported is looked up from the top of the app and beside the importing file, as
    the engine does; if it is at neither, every file counts that ends so, wherever search paths and
    packages would find it, and every file of that name where it leads upwards. An import that is no
    plain string literal makes the whole app count. So too much may be found, not too little.
    """

    def __init__(self, root: Path, gone: Iterable[str] = ()) -> None:
        """Look at what is there.

        Args:
            gone: Files that were there before, and count as if they were.
        """
        self._root = root
        self._files = sorted({*_files(root), *gone})
        self._by_name: dict[str, list[str]] = {}
        for file in self._files:
            self._by_name.setdefault(file.rpartition("/")[2], []).append(file)
        self._read: dict[str, _File] = {}

    def digests(self, sources: Mapping[str, str], files: Iterable[str] = ()) -> dict[str, str]:
        """Return the digest of each file that is reached, by its path.

        Args:
            sources: Texts to begin with, by the path that their imports start from.
            files: Files to begin with; they count themselves.
        """
        present = set(self._files)
        open_ends = [item for item in files if item in present]
        for path, text in sources.items():
            open_ends += self._imports(path, text.encode())
        reached: dict[str, str] = {}
        while open_ends:
            file = open_ends.pop()
            if file not in reached:
                known = self._file(file)
                reached[file] = known.digest
                open_ends += known.imports
        return dict(sorted(reached.items()))

    def content(self, file: str) -> bytes:
        """Return what is in a file that was reached."""
        return self._file(file).content

    def _imports(self, path: str, text: bytes) -> list[str]:
        found: list[str] = []
        for match in _IMPORT.finditer(text):
            if match["name"] is None:  # what is meant only Jsonnet knows
                return list(self._files)
            found += self._named(path, match["name"].decode(errors="replace"))
        return found

    def _named(self, path: str, name: str) -> list[str]:
        candidates = self._by_name.get(name.rpartition("/")[2], [])
        top, beside = normpath(name), normpath(join(dirname(path), name))
        certain = [file for file in candidates if file == beside or _plain(file) == _plain(top)]
        if certain:
            return certain
        if top.startswith(".."):  # it may leave the app, or a search path, and come back
            return candidates
        tail = _plain(top)
        return [file for file in candidates if f"/{_plain(file)}".endswith(f"/{tail}")]

    def _file(self, file: str) -> "_File":
        if file not in self._read:
            try:
                content = read_inside(self._root / file, self._root)
            except OSError:  # a link to nowhere reads as nothing on both sides
                content = b""
            digest = hashlib.sha256(content).hexdigest()
            self._read[file] = _File(content, digest, tuple(self._imports(file, content)))
        return self._read[file]


def all_names(root: Path, files: Iterable[str]) -> frozenset[str]:
    """Return every name under which files of an app may be read.

    Links give a file more names than its own. A name that is a directory, or a link to one that may
    have led elsewhere before, stands for all that is below it.

    Args:
        files: Paths from the top of the app, links resolved; also of what is there no more.
    """
    present, links = [], []
    for directory, names, own in _directories(root):
        present += [directory + name for name in own]
        links += [
            directory + name for name in (*names, *own) if (root / directory / name).is_symlink()
        ]
    found = {*files, *_below(present, files)}
    for link in links:
        if target := _target(root, link):
            found |= {
                link + file.removeprefix(target)
                for file in tuple(found)
                if f"{file}/".startswith(f"{target}/")
            }
    return frozenset({*found, *_below(present, found)})


def _below(files: Iterable[str], places: Iterable[str]) -> Iterator[str]:
    wanted = frozenset(places)
    return (file for file in files if not wanted.isdisjoint(map(str, Path(file).parents)))


def _target(root: Path, link: str) -> str:
    """Return where in the app a link leads; empty where it leads out."""
    path = root / link
    return path.resolve().relative_to(root.resolve()).as_posix() if is_inside(path, root) else ""


def _files(root: Path) -> Iterator[str]:
    """Yield all files but those of git; links to directories are followed."""
    return (directory + name for directory, _, files in _directories(root) for name in files)


def _directories(root: Path) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """Yield each directory, ending in a slash but at the top, with its directories and files.

    Raises:
        AppError: There are so many links that they must lead to links that lead to links.
    """
    links = 0
    for path, names, files in os.walk(root, followlinks=True):
        names[:] = [
            name for name in names if name not in NAMELESS and _may_follow(Path(path), name, root)
        ]
        links += sum((Path(path) / name).is_symlink() for name in names)
        if links > MAX_LINKS:
            message = f"there are more than {MAX_LINKS:,} ways through links to directories"
            hint = "look for links that lead to links"
            raise AppError(Finding(rule="app-size", message=message, hint=hint))
        directory = Path(path).relative_to(root).as_posix()
        yield "" if directory == "." else f"{directory}/", names, files


def _may_follow(directory: Path, name: str, root: Path) -> bool:
    """Return whether a directory is no link, or one that neither leads out nor in circles."""
    path = directory / name
    if not path.is_symlink():
        return True
    return is_inside(path, root) and not directory.resolve().is_relative_to(path.resolve())


def _plain(path: str) -> str:
    """Return a path as imports write it: they name packages without a version."""
    return _VERSION.sub("", path)
