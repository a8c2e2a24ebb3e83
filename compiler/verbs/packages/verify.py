"""Compares ``vendor/`` with ``kuplet.lock``."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from compiler.errors import ExternalError
from compiler.formats.kuplet.lock import LOCK_FILE, read_lock
from compiler.formats.packaged_app import PackagedApp
from compiler.model.finding import Finding, Severity
from compiler.model.package import LockedPackage, Package
from compiler.model.source import SourceSpan
from compiler.registry.cache import cached_content
from compiler.registry.content import digest_of, read_content
from compiler.registry.vendor import missing_package, package_directory
from compiler.verbs.packages.packaged_app import registry_cache


def verify(app: PackagedApp) -> list[Finding]:
    """Return a finding for every package that is not what the lock says."""
    lock = read_lock(app.root)
    used = app.used
    found = [
        finding
        for name, package in used.items()
        for finding in _verified(app.root, package, lock.get(name))
    ]
    return found + [_unused(name) for name in lock if name not in used]


def _verified(root: Path, package: Package, entry: LockedPackage | None) -> Iterator[Finding]:
    directory = package_directory(root, package)
    if directory is None:
        yield missing_package(package)
        return
    if entry is None:
        message = f'package "{package}" is not in {LOCK_FILE}: nobody knows whether it was changed'
        hint = f"record it: kuplet pkg install {package}"
        yield Finding(
            rule="package-unlocked",
            message=message,
            severity=Severity.WARNING,
            span=package.span,
            hint=hint,
        )
        return
    try:
        content = read_content(root / directory, str(package))
    except ExternalError as error:
        yield from error.findings
        return
    if digest_of(content) != entry.sha256:
        yield from _differences(directory, content, entry)


def _differences(
    directory: str, content: Mapping[str, bytes], entry: LockedPackage
) -> Iterator[Finding]:
    """Yield each file that differs; without the content in the cache, only the digest tells."""
    hint = "kuplet pkg install --force puts it back"
    original = cached_content(registry_cache(), entry.sha256)
    if original is None:
        message = f'"{directory}" is not what {LOCK_FILE} says'
        span = SourceSpan(directory)
        yield Finding(rule="package-changed", message=message, span=span, hint=hint)
        return
    for path in sorted({*original, *content}):
        if original.get(path) == content.get(path):
            continue
        state = "changed" if path in original and path in content else "missing"
        state = state if path in original else "not part of the package"
        file = f"{directory}/{path}"
        message = f'"{file}" is {state}'
        yield Finding(rule="package-changed", message=message, span=SourceSpan(file), hint=hint)


def _unused(name: str) -> Finding:
    message = f'{LOCK_FILE} has package "{name}", which the app does not name'
    hint = "the next kuplet pkg command removes it"
    return Finding(rule="package-unlocked", message=message, severity=Severity.WARNING, hint=hint)
