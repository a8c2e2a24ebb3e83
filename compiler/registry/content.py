"""The content of a package: what may be in it, and its digest.

Registries are other people's: a package may be larger than any disk, or name files outside itself.
Whatever a registry gives goes through `checked_path` and a `Budget` before it is kept.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.text.reading import UnreadableFileError, read_plain

# Kubeflow's largest package has 100 files and 0.5 MB; these limits stop accidents and attacks.
MAX_FILES = 5_000
MAX_FILE_BYTES = 10_000_000
MAX_BYTES = 50_000_000
MAX_PATH = 300


class Budget:
    """Counts the files of one package and refuses what is too much."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._files = 0
        self._bytes = 0

    def count(self, path: str) -> None:
        """Count a file before its size is known."""
        checked_path(path, self._package)
        self._files += 1
        if self._files > MAX_FILES:
            raise _refused(self._package, f"has more than {MAX_FILES:,} files")

    def measure(self, path: str, size: int) -> None:
        """Count the bytes of a file before they are read."""
        self._bytes += size
        if size > MAX_FILE_BYTES:
            problem = f'has a file of more than {MAX_FILE_BYTES:,} bytes, "{path}"'
            raise _refused(self._package, problem)
        if self._bytes > MAX_BYTES:
            raise _refused(self._package, f"has more than {MAX_BYTES:,} bytes")


def checked_path(path: str, package: str) -> str:
    """Return the path of a file that stays inside its package.

    Raises:
        ExternalError: It does not.
    """
    parts = path.split("/")
    is_inside = not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    if is_inside and path.isprintable() and not {"\\", ":"} & set(path) and len(path) <= MAX_PATH:
        return path
    raise _refused(package, f"has a file with the path {path[:MAX_PATH]!a}")


def refused_link(package: str, path: str) -> ExternalError:
    """Return the error for a symbolic link, a submodule or a special file."""
    return _refused(package, f"has something that is no plain file, {path!a}")


def digest_of(content: Mapping[str, bytes]) -> str:
    """Return the sha256 over the lines ``SHA256  PATH`` of all files, sorted by path.

    It is what ``sha256sum`` prints for the files, hashed once more.
    """
    lines = (
        f"{hashlib.sha256(content[path]).hexdigest()}  {path}\n"
        for path in sorted(content, key=lambda path: path.encode())
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_content(directory: Path, package: str) -> dict[str, bytes]:
    """Read all files below a directory.

    Raises:
        ExternalError: There are too many of them, or one of them is no plain file.
    """
    budget = Budget(package)
    found: dict[str, bytes] = {}
    for path in _walk(directory, package):
        shown = path.relative_to(directory).as_posix()
        if path.is_symlink() or not path.is_file():
            raise refused_link(package, shown)
        budget.count(shown)
        budget.measure(shown, path.stat().st_size)
        try:
            found[shown] = read_plain(path, MAX_FILE_BYTES)
        except UnreadableFileError as error:  # it has changed since
            raise _refused(package, f"has {shown!a}: {error.strerror}") from error
    return found


def check_folders(paths: Iterable[str], package: str) -> None:
    """Check that no file is called like a folder of another one.

    Raises:
        ExternalError: One is; object stores allow that.
    """
    names = set(paths)
    for path in names:
        for folder in PurePosixPath(path).parents:
            if str(folder) in names:
                raise refused_link(package, str(folder))


def write_content(directory: Path, content: Mapping[str, bytes]) -> None:
    """Write files below a new directory; none of them can be executed."""
    directory.mkdir(parents=True)
    for path, data in content.items():
        file = directory / PurePosixPath(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def _walk(directory: Path, package: str) -> Iterator[Path]:
    """Yield all that is below a directory but folders; links are not followed."""
    folders = [directory]
    seen = 0
    while folders:
        seen += 1
        if seen + len(folders) > MAX_FILES:
            raise _refused(package, f"has more than {MAX_FILES:,} folders")
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    yield Path(entry.path)


def _refused(package: str, problem: str) -> ExternalError:
    message = f'package "{package}" {problem}'
    return ExternalError(Finding(rule="package-refused", message=message))
