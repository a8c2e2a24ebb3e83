"""Reads what an app says of packages, and opens the registries that they come from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler.bundled import bundled
from compiler.errors import UsageError
from compiler.formats.choice import format_of, load_any_files
from compiler.formats.ksonnet.load import OVERRIDE_FILE
from compiler.formats.kuplet.load import APP_FILE, ENVIRONMENTS
from compiler.formats.kuplet.lock import LOCK_FILE
from compiler.formats.packaged_app import PackagedApp
from compiler.model.finding import Finding
from compiler.model.package import Registry
from compiler.registry.directory import DirectoryRegistry
from compiler.registry.library import BUILT_IN
from compiler.registry.registries import OpenRegistry, open_registry
from compiler.registry.uri import parse_uri
from compiler.registry.vendor import vendor_directory
from compiler.sandbox.layout import default_cache
from compiler.stages.names import did_you_mean
from compiler.text.files import write_text


def load_packaged_app(root: Path) -> PackagedApp:
    """Read what the app in ``root`` says of packages; they may be missing.

    Raises:
        AppError: Its files are wrong.
    """
    found = format_of(load_any_files(root)).packaged()
    for package in found.used.values():
        vendor_directory(package)  # refuses names that lead out of vendor/, before anything else
    return found


def check_scope(app: PackagedApp, scope: str) -> None:
    """Check that an environment exists.

    Raises:
        UsageError: It does not.
    """
    if scope not in app.scopes:
        known = [name for name in app.scopes if name]
        message = f'there is no environment "{scope}"'
        hint = did_you_mean(scope, known)
        raise UsageError(Finding(rule="environment-unknown", message=message, hint=hint))


def registry_named(app: PackagedApp, name: str) -> Registry:
    """Return a registry of the app.

    Raises:
        UsageError: The app has none of that name.
    """
    if name in app.registries:
        return app.registries[name]
    message = f'there is no registry "{name}"'
    hint = did_you_mean(name, [*app.registries, BUILT_IN])
    raise UsageError(Finding(rule="registry-unknown", message=message, hint=hint))


def opened(app: PackagedApp, name: str, report: Callable[[str], None]) -> OpenRegistry:
    """Open a registry of the app, or the built-in one.

    Raises:
        UsageError: There is none, or it is of a kind that kuplet cannot read.
    """
    if name == BUILT_IN:
        return DirectoryRegistry(bundled("prototypes"))
    return opened_at(app.root, registry_named(app, name), report)


def opened_at(root: Path, registry: Registry, report: Callable[[str], None]) -> OpenRegistry:
    """Open a registry that the app need not have yet."""
    if registry.protocol == "helm":
        message = f'registry "{registry.name}" holds Helm charts, which kuplet does not read'
        finding = Finding(rule="registry-uri", message=message, span=registry.span)
        raise UsageError(finding)
    return open_registry(parse_uri(registry.uri), root, registry_cache(), report)


def registry_cache() -> Path:
    """Return where registries and packages are kept for the next time."""
    return default_cache() / "registries"


@contextmanager
def all_or_nothing(app: PackagedApp) -> Iterator[None]:
    """Put the app's files back if anything goes wrong.

    What is put into ``vendor/`` inside comes last, since that is all or nothing by itself.
    """
    names = [APP_FILE, OVERRIDE_FILE, LOCK_FILE]
    names += [f"{ENVIRONMENTS}/{scope}.yaml" for scope in app.scopes if scope]
    before = {path: path.read_bytes() for name in names if (path := app.root / name).is_file()}
    try:
        yield
    except BaseException:
        for name in names:
            path = app.root / name
            if path not in before:
                if path.exists():
                    path.unlink()
            elif path.read_bytes() != before[path]:
                write_text(path, before[path].decode())
        raise
