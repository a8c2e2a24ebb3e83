"""Where imports of a ksonnet app are searched, and which of its packages are there."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.formats.ksonnet.app import (
    COMPONENTS,
    ENVIRONMENTS,
    ROOT_MODULE,
    KsonnetApp,
    KsonnetEnvironment,
)
from compiler.formats.ksonnet.modules import module_directory, module_names
from compiler.formats.ksonnet.old_jsonnet import OldSources, as_jsonnet_of_2018, as_ksonnet_read
from compiler.formats.package_imports import (
    LIB,
    OWN_LIBRARY,
    PACKAGES,
    aliases_of,
    missing_packages,
    own_library,
)
from compiler.model.package import Package
from compiler.registry.vendor import VENDOR
from compiler.text.reading import files_below, read_inside

_GENERATED = {"k.libsonnet", "k8s.libsonnet"}  # by ksonnet, megabytes that read the same today


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
        overridden: Fields of which parameters must say that they are shown (`old_jsonnet`).
    """

    roots: Mapping[str, str]
    files: Mapping[str, str]
    library: tuple[str, ...]
    search: tuple[str, ...]
    aliases: Mapping[str, str]
    missing: tuple[Package, ...]
    overridden: frozenset[str]


def imports_of(app: KsonnetApp, environment: KsonnetEnvironment) -> Imports:
    """Return the import paths of an environment, in ksonnet's order."""
    found = libraries_of(app, environment)
    old = _old_sources(app)
    version = environment.kubernetes
    lib = (f"{LIB}/ksonnet-lib/{version}", f"{LIB}/{version}", LIB, OWN_LIBRARY)
    return Imports(
        roots={name: str(app.root / name) for name in (COMPONENTS, ENVIRONMENTS, VENDOR, LIB)},
        files={**own_library(), **old.files},
        library=(PACKAGES, *lib, VENDOR),
        search=(
            *_module_directories(environment),
            PACKAGES,
            *lib,
            VENDOR,
            environment.directory,
            ENVIRONMENTS,
        ),
        aliases=aliases_of(app.root, found),
        missing=missing_packages(app.root, found),
        overridden=old.overridden,
    )


def libraries_of(app: KsonnetApp, environment: KsonnetEnvironment) -> dict[str, Package]:
    """Return the packages of an environment; its own version of one beats the app's."""
    return {**app.libraries, **environment.libraries}


def used_packages(app: KsonnetApp) -> list[Package]:
    """Return the packages of all environments; those of the whole app last, so that they win."""
    scoped = (library for each in app.environments.values() for library in each.libraries.values())
    return [*scoped, *app.libraries.values()]


def _old_sources(app: KsonnetApp) -> OldSources:
    """Return the sources of an app that must be read in another way than they are written."""
    written: dict[str, str] = {}
    for top in (COMPONENTS, ENVIRONMENTS, VENDOR, LIB):
        for path in files_below(app.root / top, app.root, "*.*sonnet"):
            if top == LIB and path.name in _GENERATED:
                continue
            with contextlib.suppress(OSError, UnicodeDecodeError):  # whoever imports it says so
                file = path.relative_to(app.root).as_posix()
                written[file] = read_inside(path, app.root).decode("utf-8-sig")
    modules = {module_directory(name) for name in module_names(app.root)}
    read = {
        file: as_ksonnet_read(text)
        for file, text in written.items()
        if file.endswith(".jsonnet") and file.rpartition("/")[0] in modules
    }
    changed = {file: text for file, text in read.items() if text != written[file]}
    old = as_jsonnet_of_2018({**written, **read})
    return OldSources({**changed, **old.files}, old.overridden)


def _module_directories(environment: KsonnetEnvironment) -> Iterator[str]:
    """Yield the directory of each target, the last one first, as ksonnet put them together."""
    for target in reversed(environment.targets or (ROOT_MODULE,)):
        yield COMPONENTS if target == ROOT_MODULE else f"{COMPONENTS}/{target}"
