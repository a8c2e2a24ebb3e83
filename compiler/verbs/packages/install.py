"""Installs packages, brings back those that are missing, and removes them."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.errors import ExternalError, KupletError, UsageError
from compiler.formats.kuplet.lock import LOCK_FILE, read_lock, write_lock
from compiler.formats.packaged_app import PackagedApp
from compiler.model.finding import Finding
from compiler.model.package import FetchedPackage, LockedPackage, Package
from compiler.registry.cache import cached_content, keep_content, place_content
from compiler.registry.content import digest_of, read_content
from compiler.registry.library import RESERVED
from compiler.registry.vendor import package_directory, vendor_directory, writable_directory
from compiler.verbs.packages.package_id import parse_package
from compiler.verbs.packages.packaged_app import (
    all_or_nothing,
    check_scope,
    load_packaged_app,
    opened,
    registry_cache,
    registry_named,
)

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A package that is put into one scope, with its content.

    Attributes:
        scope: An environment, or "" for the whole app.
        before: What that scope names now; ``None`` when it does not name the package.
    """

    scope: str
    package: Package
    fetched: FetchedPackage
    before: Package | None = None


def fetch_step(app: PackagedApp, wanted: Package, scope: str, report: Report) -> Step:
    """Fetch a package for a scope; nothing of the app is written.

    Args:
        wanted: Its version is a branch, a tag, a commit or a folder's, or empty.

    Raises:
        UsageError: There is no such registry, package or version.
        ExternalError: The registry cannot be reached, or the package is refused.
    """
    check_scope(app, scope)
    if wanted.registry in RESERVED:
        message = f'"{wanted.path}" is built in: there is nothing to install'
        raise UsageError(Finding(rule="package-built-in", message=message))
    fetched = opened(app, wanted.registry, report).fetch(wanted.name, wanted.version)
    version = (app.files.pins_commits and fetched.commit) or fetched.version
    package = replace(wanted, version=version, span=None)
    before = app.scopes[scope].get(package.path)
    return Step(scope=scope, package=package, fetched=fetched, before=before)


def install(app: PackagedApp, steps: list[Step], *, force: bool = False) -> None:
    """Write fetched packages into the app: its files, its lock, ``vendor/``.

    Packages that nothing names any more afterwards are removed from ``vendor/`` and the lock.

    Raises:
        AppError: The app's files cannot be edited.
        UsageError: A package in ``vendor/`` was changed by hand, and ``force`` is not said.
    """
    before = read_lock(app.root)
    lock = dict(before)
    if not force:
        for step in steps:
            _check_unchanged(app.root, step, lock)
    with all_or_nothing(app):
        for step in steps:
            app.files.set_package(step.scope, step.package)
            uri = registry_named(app, step.package.registry).uri
            lock[str(step.package)] = locked(uri, step.fetched)
        _write_lock(app.root, lock)
        for step in steps:
            keep_content(registry_cache(), step.fetched.content)
            place_content(writable_directory(app.root, step.package), step.fetched.content)
    _clean(app, before)


def locked(uri: str, fetched: FetchedPackage) -> LockedPackage:
    """Return what the lock records of a package."""
    return LockedPackage(
        uri=uri,
        sha256=digest_of(fetched.content),
        commit=fetched.commit,
        branch=fetched.branch,
    )


def remove(app: PackagedApp, path: str, scope: str) -> str:
    """Remove a package from a scope, and from ``vendor/`` if nothing else names it.

    Raises:
        UsageError: The scope does not name it, or a component is made from it.
    """
    check_scope(app, scope)
    if path not in app.scopes[scope] and _is_left_over(app, path):  # of a removal that was killed
        lock = read_lock(app.root)
        _write_lock(app.root, lock)
        _clean(app, lock)
        return LOCK_FILE
    if path not in app.scopes[scope]:
        where = f'environment "{scope}"' if scope else "app.yaml"
        message = f'{where} names no package "{path}"'
        others = [name for name, packages in app.scopes.items() if path in packages]
        hint = f"it is named in {', '.join(others)}: add --env" if others else ""
        raise UsageError(Finding(rule="package-unknown", message=message, hint=hint))
    lock = read_lock(app.root)
    app.files.check_unused(path, scope)
    with all_or_nothing(app):
        file = app.files.delete_package(scope, path)
        _write_lock(app.root, lock)
    _clean(app, lock)
    return file


def _is_left_over(app: PackagedApp, path: str) -> bool:
    """Return whether only the lock still knows a package."""
    unused = read_lock(app.root).keys() - app.used.keys()
    return any(parse_package(name).path == path for name in unused)


def restore(app: PackagedApp, report: Report, *, force: bool = False) -> Iterator[Package]:
    """Bring back every package that the app names and ``vendor/`` lacks; yield each.

    One that cannot be brought back does not keep the others away.

    Raises:
        ExternalError: A registry cannot be reached, or gives something else than the lock says.
    """
    lock = read_lock(app.root)
    problems: list[Finding] = []
    for name, package in app.used.items():
        wanted = lock.get(name)
        directory = package_directory(app.root, package)
        if directory and not (force and wanted and not _is_intact(app.root, package, wanted)):
            continue
        try:
            fetched = _restored(app, package, wanted, report)
        except KupletError as error:
            problems += error.findings
            continue
        if wanted is None:
            uri = registry_named(app, package.registry).uri
            lock[name] = locked(uri, fetched)
            write_lock(app.root, lock)
        keep_content(registry_cache(), fetched.content)
        place_content(writable_directory(app.root, package), fetched.content)
        yield package
    if problems:
        raise ExternalError(*problems)


def _restored(
    app: PackagedApp, package: Package, wanted: LockedPackage | None, report: Report
) -> FetchedPackage:
    content = cached_content(registry_cache(), wanted.sha256) if wanted else None
    if wanted and content is not None:
        return FetchedPackage(version=package.version, content=content, commit=wanted.commit)
    registry = opened(app, package.registry, report)
    fetched = registry.fetch(package.name, package.version, wanted.commit if wanted else "")
    if wanted and digest_of(fetched.content) != wanted.sha256:
        message = f'registry "{package.registry}" gives another "{package}" than {LOCK_FILE} says'
        notes = (f"locked sha256 {wanted.sha256}", f"given sha256 {digest_of(fetched.content)}")
        hint = f"take it as it is now: kuplet pkg update {package.path}"
        finding = Finding(rule="package-digest", message=message, notes=notes, hint=hint)
        raise ExternalError(finding)
    return fetched


def _is_intact(root: Path, package: Package, wanted: LockedPackage) -> bool:
    directory = root / vendor_directory(package)
    try:
        is_there = directory.is_dir()
        return is_there and digest_of(read_content(directory, str(package))) == wanted.sha256
    except ExternalError:  # something is in it that no package may hold
        return False


def _check_unchanged(root: Path, step: Step, lock: Mapping[str, LockedPackage]) -> None:
    """Refuse to overwrite what somebody changed by hand."""
    directory = root / vendor_directory(step.package)
    if not directory.is_dir():
        return
    found = digest_of(read_content(directory, str(step.package)))
    known = lock.get(str(step.package))
    if found in {digest_of(step.fetched.content), known.sha256 if known else ""}:
        return
    message = f'"{vendor_directory(step.package)}" was changed by hand'
    hint = "keep your changes elsewhere, then add --force"
    raise UsageError(Finding(rule="package-changed", message=message, hint=hint))


def _write_lock(root: Path, lock: Mapping[str, LockedPackage]) -> None:
    """Write the lock without the packages that the app does not name any more."""
    used = load_packaged_app(root).used
    write_lock(root, {name: entry for name, entry in lock.items() if name in used})


def _clean(before: PackagedApp, lock: Mapping[str, LockedPackage]) -> None:
    """Delete the directories of packages that were named or locked before and are not used now."""
    after = load_packaged_app(before.root).used
    in_use = {package_directory(before.root, package) for package in after.values()}
    known = {**{name: parse_package(name) for name in lock}, **before.used}
    for name, package in known.items():
        directory = writable_directory(before.root, package)
        if name not in after and vendor_directory(package) not in in_use:
            shutil.rmtree(directory, ignore_errors=True)
            with contextlib.suppress(OSError):  # other packages of the registry are still there
                directory.parent.rmdir()
