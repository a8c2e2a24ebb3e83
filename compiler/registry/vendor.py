"""The packages in an app's ``vendor/``: where they are, and their prototypes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.package import Package
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.stages.declaration import parse_prototype
from compiler.stages.validate.json_schema import is_schema
from compiler.text.reading import files_below, read_inside

VENDOR = "vendor"

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_INSIDE = re.compile(rf"({_PART}/)?{_PART}(@[A-Za-z0-9_][A-Za-z0-9_.+-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The prototypes of some packages.

    Attributes:
        prototypes: By short name, sorted.
        broken: What is wrong with those that cannot be read.
    """

    prototypes: Mapping[str, Prototype]
    broken: tuple[Finding, ...]


def vendor_directory(package: Package) -> str:
    """Return where an install puts a package, relative to the app.

    Raises:
        AppError: Its names would lead out of ``vendor/``; a file may say anything.
    """
    if not _INSIDE.fullmatch(str(package)):
        message = f'"{package}" cannot be the name of a package'
        raise AppError(Finding(rule="package-id", message=message, span=package.span))
    return f"{VENDOR}/{package}"


def writable_directory(root: Path, package: Package) -> Path:
    """Return the same as a path that may be written or deleted.

    Raises:
        AppError: A link in ``vendor/`` leads out of the app.
    """
    path = root / vendor_directory(package)
    if path.parent.resolve().is_relative_to(root.resolve()):
        return path
    message = f'"{path.parent.relative_to(root)}" is a link that leads out of the app'
    raise AppError(Finding(rule="package-id", message=message, span=package.span))


def package_directory(root: Path, package: Package) -> str | None:
    """Return where a package is, relative to the app; an unversioned copy serves every version."""
    candidates = (vendor_directory(package), f"{VENDOR}/{package.path}")
    return next((item for item in candidates if (root / item).is_dir()), None)


def missing_package(package: Package) -> Finding:
    """Return the finding for a package that ``vendor/`` lacks."""
    return Finding(
        rule="package-missing",
        message=f'package "{package}" is not in vendor/',
        span=package.span,
        hint="bring it back: kuplet pkg install",
    )


def installed_prototypes(root: Path, packages: Iterable[Package]) -> Installed:
    """Return the prototypes of those packages that are in ``vendor/``.

    Prototypes of two packages of a registry may be called alike; then both are known by their
    package too: ``kubeflow/core/tensorboard``.
    """
    found: dict[tuple[str, str], Prototype] = {}
    broken: list[Finding] = []
    packages = list(packages)
    mentioned = frozenset(name for package in packages for name in _names(root, package))
    for package in packages:
        for item in _read(root, package):
            if isinstance(item, Finding):
                broken.append(item)
            else:
                found[item.package, item.name] = replace(item, mentioned=mentioned)
    owners: dict[str, set[str]] = {}
    for item in found.values():
        owners.setdefault(item.short_name, set()).add(item.package)
    distinct = (
        _qualified(item) if len(owners[item.short_name]) > 1 else item for item in found.values()
    )
    return Installed(
        prototypes=dict(sorted((item.short_name, item) for item in distinct)), broken=tuple(broken)
    )


def _qualified(prototype: Prototype) -> Prototype:
    head = prototype.name.removesuffix(prototype.base_name)
    package = prototype.package.partition("/")[2]
    return replace(prototype, name=f"{head}{package}/{prototype.base_name}")


def _names(root: Path, package: Package) -> Iterator[str]:
    """Yield what may be the name of a parameter in the Jsonnet of a package."""
    directory = package_directory(root, package)
    for path in files_below(root / directory, root, "*.*sonnet") if directory else ():
        with suppress(OSError):  # to read it as a prototype says why
            yield from _NAME.findall(read_inside(path, root).decode(errors="replace"))


def _schema_of(prototype: Path, root: Path) -> JsonObject:
    """Return the JSON Schema of a prototype's parameters, beside it; empty where there is none.

    Raises:
        AppError: There is one, and it is no schema.
    """
    path = prototype.with_suffix(".schema.json")
    if not path.exists():
        return {}
    try:
        schema = json.loads(read_inside(path, root))
    except (ValueError, RecursionError):
        schema = None
    if isinstance(schema, dict) and is_schema(schema):
        return schema
    file = path.relative_to(root).as_posix()
    message = f'"{file}" is no JSON Schema'
    raise AppError(Finding(rule="prototype-schema", message=message, span=SourceSpan(file)))


def _read(root: Path, package: Package) -> Iterator[Prototype | Finding]:
    directory = package_directory(root, package)
    if directory is None:
        return
    for path in files_below(root / directory / "prototypes", root, "*.jsonnet"):
        file = path.relative_to(root).as_posix()
        try:
            text = read_inside(path, root).decode("utf-8-sig")
            yield replace(
                parse_prototype(text, file, package.path),
                version=package.version,
                schema=_schema_of(path, root),
            )
        except AppError as error:
            yield from error.findings
        except (OSError, UnicodeDecodeError) as error:
            message = f'cannot read "{file}": {error}'
            yield Finding(rule="file-unreadable", message=message, span=SourceSpan(file))
