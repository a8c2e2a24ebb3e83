"""How sources import the packages of an app, and which of them are there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from compiler.errors import AppError
from compiler.formats.klib.library import library_files
from compiler.jsonnet.evaluate import Engine, Evaluation, evaluate_traced
from compiler.model.finding import Finding
from compiler.model.jsonnet import JsonnetOptions, JsonnetProgram
from compiler.model.package import Package
from compiler.registry.vendor import VENDOR, missing_package, package_directory

LIB = "lib"  # where ksonnet kept its API library
PACKAGES = "<packages>"
OWN_LIBRARY = "<k.libsonnet>"  # searched after the app's own lib/


def package_imports(root: Path, packages: Mapping[str, Package]) -> JsonnetOptions:
    """Return what the components of an app of kuplet may import besides the files beside them.

    ``k.libsonnet`` costs an app that does not import it two milliseconds.
    """
    return JsonnetOptions(
        search=(PACKAGES, LIB, OWN_LIBRARY, VENDOR),
        files=own_library(),
        aliases=aliases_of(root, packages),
    )


def missing_packages(root: Path, packages: Mapping[str, Package]) -> tuple[Package, ...]:
    """Return the packages that ``vendor/`` lacks."""
    return tuple(item for item in packages.values() if package_directory(root, item) is None)


def evaluate_with_packages(
    program: JsonnetProgram, engine: Engine, missing: Iterable[Package]
) -> Evaluation:
    """Evaluate a program; an import that fails says which package is missing, not which file.

    Raises:
        AppError: The program is wrong, or a package that it imports is missing.
    """
    try:
        return evaluate_traced(program, engine=engine)
    except AppError as error:
        raise AppError(*(_explained(item, missing) for item in error.findings)) from error


def _explained(finding: Finding, missing: Iterable[Package]) -> Finding:
    for package in missing:
        if f"no file '{package.path}/" in finding.message:
            notes = (*finding.notes, f"named at {package.span}")
            return replace(missing_package(package), span=finding.span, notes=notes)
    return finding


def own_library() -> dict[str, str]:
    """Return the files of kuplet's own ``k.libsonnet``."""
    return {f"{OWN_LIBRARY}/{name}": text for name, text in library_files().items()}


def aliases_of(root: Path, packages: Mapping[str, Package]) -> dict[str, str]:
    """Let a package's path stand for the directory of its version."""
    places = {path: package_directory(root, package) for path, package in packages.items()}
    return {
        f"{base}/{path}": place
        for path, place in places.items()
        if place and "@" in place
        for base in (PACKAGES, VENDOR)
    }
