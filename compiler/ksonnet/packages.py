"""Where imports of a ksonnet app are searched, and which of its packages are there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.ksonnet.app import (
    COMPONENTS,
    ENVIRONMENTS,
    LIB,
    ROOT_MODULE,
    VENDOR,
    KsonnetApp,
    KsonnetEnvironment,
    Library,
)
from compiler.ksonnet.klib.library import library_files

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
    missing: tuple[Library, ...]


def imports_of(app: KsonnetApp, environment: KsonnetEnvironment) -> Imports:
    """Return the import paths of an environment, in ksonnet's order."""
    found = libraries_of(app, environment)
    places = {path: package_directory(app, library) for path, library in found.items()}
    pinned = {path: place for path, place in places.items() if place and "@" in place}
    version = environment.kubernetes
    lib = (f"{LIB}/ksonnet-lib/{version}", f"{LIB}/{version}", LIB, _OWN_LIBRARY)
    return Imports(
        roots={name: str(app.root / name) for name in (COMPONENTS, ENVIRONMENTS, VENDOR, LIB)},
        files={f"{_OWN_LIBRARY}/{name}": text for name, text in library_files().items()},
        library=(_PACKAGES, *lib, VENDOR),
        search=(
            *_module_directories(environment),
            _PACKAGES,
            *lib,
            VENDOR,
            environment.directory,
            ENVIRONMENTS,
        ),
        aliases={
            f"{base}/{path}": place
            for path, place in pinned.items()
            for base in (_PACKAGES, VENDOR)
        },
        missing=tuple(library for path, library in found.items() if places[path] is None),
    )


def libraries_of(app: KsonnetApp, environment: KsonnetEnvironment) -> dict[str, Library]:
    """Return the packages of an environment; its own version of one beats the app's."""
    return {**app.libraries, **environment.libraries}


def package_directory(app: KsonnetApp, library: Library) -> str | None:
    """Return where a package is, relative to the app; an unversioned copy serves every version."""
    plain = f"{VENDOR}/{library.path}"
    candidates = (f"{plain}@{library.version}", plain) if library.version else (plain,)
    return next((item for item in candidates if (app.root / item).is_dir()), None)


def _module_directories(environment: KsonnetEnvironment) -> Iterator[str]:
    """Yield the directory of each target, the last one first, as ksonnet put them together."""
    for target in reversed(environment.targets or (ROOT_MODULE,)):
        yield COMPONENTS if target == ROOT_MODULE else f"{COMPONENTS}/{target}"
