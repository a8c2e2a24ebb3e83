"""Adds, changes, lists and removes the registries of an app."""

import re
from collections.abc import Iterator
from dataclasses import replace

from compiler.errors import KupletError, UsageError
from compiler.formats.packaged_app import PackagedApp
from compiler.model.finding import Finding
from compiler.model.package import PackageEntry, Registry
from compiler.registry.library import BUILT_IN, RESERVED
from compiler.registry.uri import parse_uri, protocol_of, shown_uri
from compiler.verbs.packages.install import Report
from compiler.verbs.packages.packaged_app import (
    all_or_nothing,
    opened,
    opened_at,
    registry_named,
)

REGISTRY_COLUMNS = ("name", "override", "protocol", "uri")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def add_registry(app: PackagedApp, registry: Registry, report: Report) -> tuple[str, int]:
    """Add a registry that can be read; return the edited file and the number of its packages.

    Raises:
        UsageError: The name is taken, the URI makes no sense, or there is no package.
        ExternalError: The registry cannot be reached.
    """
    if not _NAME.fullmatch(registry.name) or registry.name in RESERVED:
        message = f'"{registry.name}" cannot be the name of a registry'
        hint = f"letters, digits and - only; {' and '.join(RESERVED)} are built in"
        raise UsageError(Finding(rule="registry-name", message=message, hint=hint))
    known = app.registries.get(registry.name)
    if known and known.is_override == registry.is_override:
        message = f'there is a registry "{registry.name}" already: {shown_uri(known.uri)}'
        hint = f"change it: kuplet registry set {registry.name} --uri URI"
        finding = Finding(rule="registry-exists", message=message, span=known.span, hint=hint)
        raise UsageError(finding)
    return _write(app, registry, report)


def move_registry(app: PackagedApp, name: str, uri: str, report: Report) -> tuple[str, int]:
    """Give a registry another URI; installed packages stay as they are until they are updated."""
    return _write(app, replace(registry_named(app, name), uri=uri, protocol=""), report)


def remove_registry(app: PackagedApp, name: str) -> str:
    """Remove a registry, and return the edited file.

    Raises:
        UsageError: A package of it is installed.
    """
    registry = registry_named(app, name)
    for package in app.used.values():
        if package.registry == name:
            message = f'package "{package}" is from registry "{name}"'
            hint = f"remove it first: kuplet pkg remove {package.path}"
            finding = Finding(rule="registry-used", message=message, span=package.span, hint=hint)
            raise UsageError(finding)
    with all_or_nothing(app):
        return app.files.delete_registry(registry)


def registry_rows(app: PackagedApp) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, override, protocol and URI of every registry, the built-in one first."""
    yield BUILT_IN, "", "built-in", ""
    for name, registry in sorted(app.registries.items()):
        override = "*" if registry.is_override else ""
        yield name, override, _protocol(registry), shown_uri(registry.uri)


def registry_lines(app: PackagedApp, name: str, report: Report) -> Iterator[str]:
    """Yield what a registry is, and what it offers."""
    entries = opened(app, name, report).packages()
    yield f"name: {name}"
    if name != BUILT_IN:
        yield f"uri: {shown_uri(app.registries[name].uri)}"
        yield f"protocol: {_protocol(app.registries[name])}"
    yield "packages:"
    for entry in entries:
        yield f"  {_label(entry)}{f': {entry.description}' if entry.description else ''}"


def _label(entry: PackageEntry) -> str:
    return f"{entry.name}@{entry.version}" if entry.version else entry.name


def _protocol(registry: Registry) -> str:
    if registry.protocol:
        return registry.protocol
    try:
        return protocol_of(parse_uri(registry.uri))
    except KupletError:  # a list shows what is wrong without failing
        return "unknown"


def _write(app: PackagedApp, registry: Registry, report: Report) -> tuple[str, int]:
    offered = opened_at(app.root, registry, report).packages()
    with all_or_nothing(app):
        file = app.files.set_registry(registry)
        if not offered:
            message = f'"{shown_uri(registry.uri)}" holds no package'
            hint = "a package is a folder with parts.yaml; name the directory above the packages"
            raise UsageError(Finding(rule="registry-empty", message=message, hint=hint))
        return file, len(offered)
