"""A registry in a directory of this machine: ``NAME/`` and ``NAME@VERSION/`` are its packages."""

from itertools import islice
from pathlib import Path

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.package import FetchedPackage, PackageEntry
from compiler.registry.content import read_content
from compiler.registry.index import (
    INDEX,
    MAX_INDEX_BYTES,
    PARTS,
    entries_of,
    unknown_package,
)

MAX_ENTRIES = 10_000  # Kubeflow's registry has thirty


class DirectoryRegistry:
    """The packages in a directory; the content of one without a version may change at any time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def packages(self) -> list[PackageEntry]:
        """Return what the registry offers.

        Raises:
            ExternalError: The directory is not there.
        """
        return entries_of(self._parts(), _read(self._directory / INDEX))

    def _parts(self) -> dict[str, bytes]:
        if not self._directory.is_dir():
            message = f'there is no directory "{self._directory}"'
            raise ExternalError(Finding(rule="registry-unreachable", message=message))
        folders = [path for path in self._entries() if not path.is_symlink()]
        texts = {path.name: _read(path / PARTS) for path in folders}
        return {name: text for name, text in texts.items() if text is not None}

    def fetch(self, name: str, version: str = "", commit: str = "") -> FetchedPackage:  # noqa: ARG002  only git has commits
        """Return a package.

        Raises:
            UsageError: There is no such package.
            ExternalError: It is refused.
        """
        known = entries_of(self._parts(), None)  # those too that its index does not list
        if not any((entry.name, entry.version) == (name, version) for entry in known):
            raise unknown_package(name, version, known)
        folder = f"{name}@{version}" if version else name
        content = read_content(self._directory / folder, name)
        return FetchedPackage(version=version, content=content)

    def _entries(self) -> list[Path]:
        found = list(islice(self._directory.iterdir(), MAX_ENTRIES + 1))
        if len(found) > MAX_ENTRIES:
            message = f'"{self._directory}" holds more than {MAX_ENTRIES:,} files and directories'
            hint = "a registry is a directory of packages only"
            raise ExternalError(Finding(rule="registry-unreachable", message=message, hint=hint))
        return found


def _read(path: Path) -> bytes | None:
    """Return the beginning of a file, or ``None`` when there is no plain file."""
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(MAX_INDEX_BYTES)
