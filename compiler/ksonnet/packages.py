"""Where imports of a ksonnet app are searched, and which of its packages are there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.errors import AppError
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.ksonnet.app import (
    COMPONENTS,
    ENVIRONMENTS,
    LIB,
    ROOT_MODULE,
    KsonnetApp,
    KsonnetEnvironment,
)
from compiler.ksonnet.klib.library import library_files
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.package import Package
from compiler.registry.vendor import VENDOR, missing_package, package_directory
from compiler.stages.render import JsonnetOptions, JsonnetProgram

_PACKAGES = "<packages>"
_OWN_LIBRARY = "<k.libsonnet>"  # searched after the app's own lib/


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """Everything a program of one environment may import.

    Attributes:
        roots: The directories of the app that may be read, by name.
        files: The files that exist only here.
        library: Directories for the API library and the packages.
        search: All directories that components and ``main.jsonnet`` search, first match first.
        aliases: The directory of each package that is pinned to a version, by what stands for it.
        missing: Packages that ``app.yaml`` names and ``vendor/`` lacks.
    """

    roots: Mapping[str, str]
    files: Mapping[str, str]
    library: tuple[str, ...]
    search: tuple[str, ...]
    aliases: Mapping[str, str]
    missing: tuple[Package, ...]


def imports_of(app: KsonnetApp, environment: KsonnetEnvironment) -> Imports:
    """Return the import paths of an environment, in ksonnet's order."""
    found = libraries_of(app, environment)
    version = environment.kubernetes
    lib = (f"{LIB}/ksonnet-lib/{version}", f"{LIB}/{version}", LIB, _OWN_LIBRARY)
    return Imports(
        roots={name: str(app.root / name) for name in (COMPONENTS, ENVIRONMENTS, VENDOR, LIB)},
        files=_own_library(),
        library=(_PACKAGES, *lib, VENDOR),
        search=(
            *_module_directories(environment),
            _PACKAGES,
            *lib,
            VENDOR,
            environment.directory,
            ENVIRONMENTS,
        ),
        aliases=_aliases(app.root, found),
        missing=missing_packages(app.root, found),
    )


def package_imports(root: Path, packages: Mapping[str, Package]) -> JsonnetOptions:
    """Return what the components of an app of kuplet may import besides the files beside them.

    ``k.libsonnet`` costs an app that does not import it two milliseconds.
    """
    return JsonnetOptions(
        search=(_PACKAGES, LIB, _OWN_LIBRARY, VENDOR),
        files=_own_library(),
        aliases=_aliases(root, packages),
    )


def missing_packages(root: Path, packages: Mapping[str, Package]) -> tuple[Package, ...]:
    """Return the packages that ``vendor/`` lacks."""
    return tuple(item for item in packages.values() if package_directory(root, item) is None)


def evaluate_with_packages(
    program: JsonnetProgram, engine: Engine, missing: Iterable[Package]
) -> JsonObject:
    """Evaluate a program; an import that fails says which package is missing, not which file.

    Raises:
        AppError: The program is wrong, or a package that it imports is missing.
    """
    try:
        return evaluate(program, engine=engine)
    except AppError as error:
        raise AppError(*(_explained(item, missing) for item in error.findings)) from error


def _explained(finding: Finding, missing: Iterable[Package]) -> Finding:
    for package in missing:
        if f"no file '{package.path}/" in finding.message:
            notes = (*finding.notes, f"named at {package.span}")
            return replace(missing_package(package), span=finding.span, notes=notes)
    return finding


def _own_library() -> dict[str, str]:
    return {f"{_OWN_LIBRARY}/{name}": text for name, text in library_files().items()}


def _aliases(root: Path, packages: Mapping[str, Package]) -> dict[str, str]:
    """Let a package's path stand for the directory of its version."""
    places = {path: package_directory(root, package) for path, package in packages.items()}
    return {
        f"{base}/{path}": place
        for path, place in places.items()
        if place and "@" in place
        for base in (_PACKAGES, VENDOR)
    }


def libraries_of(app: KsonnetApp, environment: KsonnetEnvironment) -> dict[str, Package]:
    """Return the packages of an environment; its own version of one beats the app's."""
    return {**app.libraries, **environment.libraries}


def used_packages(app: KsonnetApp) -> list[Package]:
    """Return the packages of all environments; those of the whole app last, so that they win."""
    scoped = (library for each in app.environments.values() for library in each.libraries.values())
    return [*scoped, *app.libraries.values()]


def _module_directories(environment: KsonnetEnvironment) -> Iterator[str]:
    """Yield the directory of each target, the last one first, as ksonnet put them together."""
    for target in reversed(environment.targets or (ROOT_MODULE,)):
        yield COMPONENTS if target == ROOT_MODULE else f"{COMPONENTS}/{target}"
