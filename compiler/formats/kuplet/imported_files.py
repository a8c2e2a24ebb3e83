"""Finds every file of an app that a Jsonnet source may read, without evaluating it."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from posixpath import dirname, join, normpath

from compiler.cache.recording import NAMELESS
from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.text.reading import is_inside, read_inside

# An import, and its name where no Jsonnet is needed to read that. A few short comments may stand
# between them; more are not looked through, so that no text takes long.
_IMPORT = re.compile(
    rb"""\bimport(?:str|bin)?
    (?:\s*+(?://[^\n]{0,200}\n|\#[^\n]{0,200}\n|/\*[\s\S]{0,200}?\*/)){0,8}+\s*+
    (?:@?(?P<quote>["'])(?P<name>[^\\"'\r\n]+)(?P=quote)(?!["'])|@?["']|\|\|\||//|\#|/\*)""",
    re.VERBOSE,
)
_HIDDEN = re.compile(r"(?:^|/)\.(?!\.?(?:/|$))")  # a name of a path
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
        self._gone = frozenset(gone)
        self._usual = _by_name({*_files(root, with_hidden=False), *self._gone})
        self._read: dict[str, _File] = {}

    @cached_property
    def _all(self) -> Mapping[str, Sequence[str]]:
        """All files by their last name, of hidden directories, too: a `.venv` has very many."""
        return _by_name({*_files(self._root, with_hidden=True), *self._gone})

    def digests(self, sources: Mapping[str, str], files: Iterable[str] = ()) -> dict[str, str]:
        """Return the digest of each file that is reached, by its path.

        Args:
            sources: Texts to begin with, by the path that their imports start from.
            files: Files to begin with; they count themselves.
        """
        open_ends = [item for item in files if item in self._alike(item)]
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
                return [file for files in self._all.values() for file in files]
            found += self._named(path, match["name"].decode(errors="replace"))
        return found

    def _named(self, path: str, name: str) -> list[str]:
        top, beside = normpath(name), normpath(join(dirname(path), name))
        candidates = self._alike(top, beside)
        certain = [file for file in candidates if file == beside or _plain(file) == _plain(top)]
        if certain:
            return certain
        if top.startswith(".."):  # it may leave the app, or a search path, and come back
            return list(candidates)
        tail = _plain(top)
        return [file for file in candidates if f"/{_plain(file)}".endswith(f"/{tail}")]

    def _alike(self, *paths: str) -> Sequence[str]:
        """Return the files that have the last name of some paths, which share it."""
        files = self._all if any(map(_HIDDEN.search, paths)) else self._usual
        return files.get(paths[0].rpartition("/")[2], ())

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
    for directory, names, own in _directories(root, with_hidden=True):
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


def _by_name(files: Iterable[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for file in sorted(files):
        found.setdefault(file.rpartition("/")[2], []).append(file)
    return found


def _files(root: Path, *, with_hidden: bool) -> Iterator[str]:
    """Yield all files but those of git; links to directories are followed."""
    walk = _directories(root, with_hidden=with_hidden)
    return (directory + name for directory, _, files in walk for name in files)


def _directories(
    root: Path, *, with_hidden: bool
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """Yield each directory, ending in a slash but at the top, with its directories and files.

    Raises:
        AppError: There are so many links that they must lead to links that lead to links.
    """
    links = 0
    for path, names, files in os.walk(root, followlinks=True):
        names[:] = [
            name
            for name in names
            if name not in NAMELESS
            and (with_hidden or not name.startswith("."))
            and _may_follow(Path(path), name, root)
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
