"""Reads the prototypes of the packages that a ksonnet app has in ``vendor/``."""

from collections.abc import Iterator

from compiler.app.load_app import read_text
from compiler.ksonnet.app import KsonnetApp, Library
from compiler.ksonnet.packages import package_directory
from compiler.model.prototype import Prototype
from compiler.stages.declaration import parse_prototype


def installed_prototypes(app: KsonnetApp) -> dict[str, Prototype]:
    """Return the prototypes of every installed package by short name, sorted.

    Raises:
        AppError: A prototype's header is wrong.
    """
    libraries = [
        *(library for each in app.environments.values() for library in each.libraries.values()),
        *app.libraries.values(),
    ]
    found = {item.short_name: item for library in libraries for item in _prototypes(app, library)}
    return dict(sorted(found.items()))


def _prototypes(app: KsonnetApp, library: Library) -> Iterator[Prototype]:
    directory = package_directory(app, library)
    if directory is None:
        return
    for path in sorted((app.root / directory).glob("prototypes/**/*.jsonnet")):
        file = path.relative_to(app.root).as_posix()
        yield parse_prototype(read_text(path, file), file, library.path)
