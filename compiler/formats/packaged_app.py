"""An app as packages see it: where they come from, who uses them, how its files name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from compiler.model.package import Package, Registry

EVERYWHERE = ""  # the scope of what app.yaml names for all environments


class PackageFiles(Protocol):
    """Edits the files in which an app names its registries and packages."""

    @property
    def pins_commits(self) -> bool:
        """Whether the version of a package from git is always a commit."""
        ...

    def check_unused(self, path: str, scope: str) -> None:
        """Check that the app can do without a package in a scope.

        Raises:
            UsageError: A component is made from it, and no other scope names it for that component.
        """
        ...

    def set_package(self, scope: str, package: Package) -> str:
        """Name a package in a scope, and return the edited file."""
        ...

    def delete_package(self, scope: str, path: str) -> str:
        """Name it there no longer, and return the edited file."""
        ...

    def set_registry(self, registry: Registry) -> str:
        """Name a registry, and return the edited file."""
        ...

    def delete_registry(self, registry: Registry) -> str:
        """Name it no longer, and return the edited file."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedApp:
    """What an app says of packages.

    Attributes:
        scopes: The packages by ``registry/name``, for the whole app and for each environment file.
        sources: What its components are made of: files, or a directory of them.
    """

    root: Path
    registries: Mapping[str, Registry]
    scopes: Mapping[str, Mapping[str, Package]]
    files: PackageFiles
    sources: frozenset[str]

    @property
    def used(self) -> dict[str, Package]:
        """All packages by ``registry/name@version``, sorted."""
        found = {str(item): item for scope in self.scopes.values() for item in scope.values()}
        return dict(sorted(found.items()))

    def scopes_of(self, package: Package) -> list[str]:
        """Return where a package is named in exactly this version."""
        return [
            scope
            for scope, packages in self.scopes.items()
            if str(packages.get(package.path)) == str(package)
        ]
