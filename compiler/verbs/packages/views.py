"""What the commands show of packages."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from compiler.errors import KupletError
from compiler.formats.packaged_app import PackagedApp
from compiler.model.finding import Finding, Severity
from compiler.model.package import Package, PackageEntry
from compiler.registry.index import PARTS, entries_of, unknown_package
from compiler.registry.library import BUILT_IN, library
from compiler.registry.vendor import installed_prototypes, package_directory
from compiler.text.reading import read_inside
from compiler.verbs.packages.install import Report
from compiler.verbs.packages.packaged_app import opened

PACKAGE_COLUMNS = ("registry", "name", "version", "installed", "environments")

Row = tuple[str, str, str, str, str]


def installed_rows(app: PackagedApp) -> list[Row]:
    """Return the packages that the app names; one missing in ``vendor/`` is not installed."""
    return [
        (
            package.registry,
            package.name,
            package.version,
            "*" if package_directory(app.root, package) else "missing",
            ", ".join(scope for scope in app.scopes_of(package) if scope),
        )
        for package in app.used.values()
    ]


def offered_rows(app: PackagedApp, report: Report) -> tuple[list[Row], list[Finding]]:
    """Return all packages of all registries, and a warning for each that cannot be read."""
    rows = {row[:3]: row for row in installed_rows(app)}
    problems: list[Finding] = []
    for name in (*app.registries, BUILT_IN):
        try:
            entries = opened(app, name, report).packages()
        except KupletError as error:
            problems += (_warning(finding) for finding in error.findings)
            continue
        mark = "*" if name == BUILT_IN else ""
        for entry in entries:
            rows.setdefault(
                (name, entry.name, entry.version), (name, entry.name, entry.version, mark, "")
            )
    return sorted(rows.values()), problems


def package_lines(app: PackagedApp, wanted: Package, report: Report) -> Iterator[str]:
    """Yield what a package is, where it is installed, and its prototypes.

    Raises:
        UsageError: Neither the app nor the registry has it.
        ExternalError: It is not installed, and the registry cannot be reached.
    """
    installed = [package for package in app.used.values() if package.path == wanted.path]
    entries = [_installed_entry(app.root, package) for package in installed]
    if not installed:
        entries = _offered(app, wanted, report)
    yield f"name: {wanted.path}"
    yield f"description: {entries[0].description}"
    for package in installed:
        scopes = (scope or "whole app" for scope in app.scopes_of(package))
        yield f"installed: {package.version or 'without a version'} ({', '.join(scopes)})"
    if not installed and wanted.registry != BUILT_IN:
        yield f"installed: no; kuplet pkg install {wanted.path}"
    prototypes = {**installed_prototypes(app.root, installed).prototypes, **library()}
    mine = [item for item in prototypes.values() if item.package == wanted.path]
    if mine:
        yield "prototypes:"
        yield from (f"  {item.short_name}: {item.short_description}" for item in mine)


def _offered(app: PackagedApp, wanted: Package, report: Report) -> list[PackageEntry]:
    known = opened(app, wanted.registry, report).packages()
    found = [entry for entry in known if entry.name == wanted.name]
    if not found:
        raise unknown_package(wanted.name, "", known)
    return found


def _installed_entry(root: Path, package: Package) -> PackageEntry:
    parts = root / (package_directory(root, package) or "") / PARTS
    texts = {package.name: read_inside(parts, root)} if parts.is_file() else {}
    return next(iter(entries_of(texts, None)), PackageEntry(name=package.name))


def _warning(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.WARNING)
