"""Changes the registries and packages that an app of kuplet names."""

from pathlib import Path

from compiler.errors import UsageError
from compiler.formats.kuplet.load import APP_FILE, ENVIRONMENTS
from compiler.formats.kuplet.package_users import check_unused
from compiler.model.finding import Finding
from compiler.model.package import Package, Registry
from compiler.text.files import read_exactly, write_text
from compiler.text.yaml_edit import delete_value, set_value


class AppPackages:
    """The entries ``registries`` and ``packages`` of ``app.yaml`` and of environment files.

    A scope is the name of an environment file, or "" for ``app.yaml``.
    """

    pins_commits = False

    def __init__(self, root: Path) -> None:
        self._root = root

    def check_unused(self, path: str, scope: str) -> None:
        """Check that the app can do without a package in a scope.

        Raises:
            UsageError: A component is made from it, and no other scope names it for that component.
        """
        check_unused(self._root, path, scope)

    def set_package(self, scope: str, package: Package) -> str:
        """Name a package in its version, and return the edited file."""
        return self._set(_file(scope), ("packages", package.path), package.version)

    def delete_package(self, scope: str, path: str) -> str:
        """Name a package no longer, and return the edited file."""
        return self._delete(_file(scope), ("packages", path))

    def set_registry(self, registry: Registry) -> str:
        """Name a registry, and return the edited file.

        Raises:
            UsageError: It is meant for ``app.override.yaml``, which only ksonnet's apps have.
        """
        if registry.is_override:
            message = "only apps of ksonnet have overrides"
            raise UsageError(Finding(rule="ksonnet-only", message=message))
        return self._set(APP_FILE, ("registries", registry.name, "uri"), registry.uri)

    def delete_registry(self, registry: Registry) -> str:
        """Name a registry no longer, and return the edited file."""
        return self._delete(APP_FILE, ("registries", registry.name))

    def _set(self, file: str, path: tuple[str, ...], value: str) -> str:
        write_text(self._root / file, set_value(self._text(file), path, value, file))
        return file

    def _delete(self, file: str, path: tuple[str, ...]) -> str:
        write_text(self._root / file, delete_value(self._text(file), path, file))
        return file

    def _text(self, file: str) -> str:
        return read_exactly(self._root / file, self._root)


def _file(scope: str) -> str:
    return f"{ENVIRONMENTS}/{scope}.yaml" if scope else APP_FILE
