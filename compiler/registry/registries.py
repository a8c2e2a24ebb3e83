"""Opens a registry by its URI."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from compiler.model.package import FetchedPackage, PackageEntry
from compiler.registry.directory import DirectoryRegistry
from compiler.registry.git import GitRegistry
from compiler.registry.s3 import S3Registry
from compiler.registry.uri import DirectoryUri, GitUri, RegistryUri, S3Uri


class OpenRegistry(Protocol):
    """What every kind of registry can do."""

    def packages(self) -> list[PackageEntry]:
        """Return what the registry offers, sorted."""
        ...

    def fetch(self, name: str, version: str = "", commit: str = "") -> FetchedPackage:
        """Return the content of a package; nothing is written but the cache."""
        ...


def open_registry(
    uri: RegistryUri, root: Path, cache: Path, report: Callable[[str], None]
) -> OpenRegistry:
    """Return the registry at a URI.

    Args:
        root: The app's directory, where relative paths begin.
        report: Called with a line of text when a cached state is used instead.
    """
    match uri:
        case GitUri():
            return GitRegistry(uri, cache, report)
        case DirectoryUri():
            return DirectoryRegistry(root / uri.path)
        case S3Uri():
            return S3Registry(uri)
