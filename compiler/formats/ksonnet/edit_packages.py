"""Changes the registries and libraries that a ksonnet app names, as ksonnet would write them.

The ``apiVersion`` of the file stays: what it cannot express is refused.
"""

from pathlib import Path

from compiler.errors import UsageError
from compiler.formats.ksonnet.load import OVERRIDE_FILE
from compiler.formats.kuplet.load import APP_FILE
from compiler.model.finding import Finding
from compiler.model.manifest import mapping_at, text_at
from compiler.model.package import Package, Registry
from compiler.registry.uri import DirectoryUri, GitUri, parse_uri
from compiler.text.files import read_exactly, write_text
from compiler.text.yaml_edit import delete_value, set_value
from compiler.text.yaml_source import read_yaml

_NEW_OVERRIDE = "apiVersion: 0.3.0\nkind: ksonnet.io/app-override\n"


class KsonnetPackages:
    """The entries ``registries`` and ``libraries`` of a ksonnet app.

    A scope is the name of an environment, or "" for the whole app.
    """

    pins_commits = True  # ksonnet wrote commits, whatever was asked for

    def __init__(self, root: Path, version: str) -> None:
        self._root = root
        self._version = version

    def check_unused(self, path: str, scope: str) -> None:
        """Check nothing: sources of ksonnet apps import what they like."""

    def set_package(self, scope: str, package: Package) -> str:
        """Name a package in its version, and return the edited file.

        Raises:
            UsageError: This ``apiVersion`` has no way to say it.
        """
        if scope and self._version == "0.1.0":
            raise _not_in(self._version, "packages of one environment")
        text = self._text(APP_FILE)
        libraries = mapping_at(read_yaml(text, APP_FILE).value, *_path(scope))
        key = _key(text, scope, package.path) or self._new_key(package)
        owner = text_at(libraries, key, "registry")
        if owner not in ("", package.registry):
            raise _not_in(self._version, f'packages called "{key}" of two registries')
        path = (*_path(scope), key)
        fields = {"name": package.name, "registry": package.registry}
        for field, value in fields.items():
            text = set_value(text, (*path, field), value, APP_FILE)
        version = ("gitVersion", "commitSha") if self._version == "0.1.0" else ("version",)
        text = set_value(text, (*path, *version), package.version, APP_FILE)
        return self._write(APP_FILE, text)

    def delete_package(self, scope: str, path: str) -> str:
        """Name a package no longer, and return the edited file."""
        text = self._text(APP_FILE)
        key = _key(text, scope, path)
        return self._write(APP_FILE, delete_value(text, (*_path(scope), key), APP_FILE))

    def set_registry(self, registry: Registry) -> str:
        """Name a registry, and return the edited file."""
        file = OVERRIDE_FILE if registry.is_override else APP_FILE
        text = self._text(file) if (self._root / file).is_file() else _NEW_OVERRIDE
        path = ("registries", registry.name)
        text = set_value(text, (*path, "protocol"), _protocol(registry.uri), file)
        return self._write(file, set_value(text, (*path, "uri"), registry.uri, file))

    def delete_registry(self, registry: Registry) -> str:
        """Name a registry no longer, and return the edited file."""
        file = OVERRIDE_FILE if registry.is_override else APP_FILE
        text = delete_value(self._text(file), ("registries", registry.name), file)
        rest = mapping_at(read_yaml(text, file).value).keys() - {"apiVersion", "kind"}
        if registry.is_override and not rest:
            (self._root / file).unlink()
            return file
        return self._write(file, text)

    def _new_key(self, package: Package) -> str:
        return package.path if self._version == "0.3.0" else package.name

    def _text(self, file: str) -> str:
        return read_exactly(self._root / file, self._root)

    def _write(self, file: str, text: str) -> str:
        write_text(self._root / file, text)
        return file


def _path(scope: str) -> tuple[str, ...]:
    return ("environments", scope, "libraries") if scope else ("libraries",)


def _key(text: str, scope: str, path: str) -> str:
    """Return the key of a library in the file, or "" when it has none."""
    registry, _, name = path.partition("/")
    for key, fields in mapping_at(read_yaml(text, APP_FILE).value, *_path(scope)).items():
        owner, _, last = key.rpartition("/")
        if last == name and (text_at(fields, "registry") or owner) == registry:
            return key
    return ""


def _protocol(uri: str) -> str:
    """Return what ksonnet calls a registry; it knew no git but GitHub's, and no buckets."""
    match parse_uri(uri):
        case GitUri(url=url):
            return "github" if url.startswith("https://github.com/") else "git"
        case DirectoryUri():
            return "fs"
        case _:
            return "s3"


def _not_in(version: str, what: str) -> UsageError:
    message = f"app.yaml of apiVersion {version} cannot name {what}"
    hint = "bring the app to apiVersion 0.3.0: kuplet upgrade"
    return UsageError(Finding(rule="app-version", message=message, hint=hint))
