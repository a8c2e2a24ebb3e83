"""What most commands begin with: find the app, check the names that were typed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from compiler.app.load_app import find_app_root, load_app, load_files, unknown_environment
from compiler.app.load_app import used_packages as native_packages
from compiler.cli.report.findings import print_findings
from compiler.errors import UsageError
from compiler.ksonnet.app import NO_ENVIRONMENT, KsonnetApp, not_for_ksonnet
from compiler.ksonnet.load import is_ksonnet_app, load_ksonnet_app
from compiler.ksonnet.packages import imports_of, package_imports
from compiler.ksonnet.packages import used_packages as ksonnet_packages
from compiler.model.app import App
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest
from compiler.model.package import Package
from compiler.model.prototype import Prototype
from compiler.registry.library import library
from compiler.registry.vendor import installed_prototypes
from compiler.stages.names import did_you_mean
from compiler.stages.render import JsonnetOptions


def load_checked_app(directory: Path, *environments: str) -> App:
    """Load the app around ``directory`` and check that the environments exist.

    Raises:
        UsageError: There is no app, no such environment, or the app is ksonnet's.
        AppError: The app's files are wrong.
    """
    app = load_any_app(directory, *environments)
    if isinstance(app, KsonnetApp):
        raise not_for_ksonnet("this command")
    return app


def load_any_app(directory: Path, *environments: str) -> App | KsonnetApp:
    """Do the same for commands that can work with apps of ksonnet too."""
    root = find_app_root(directory)
    app = load_ksonnet_app(root) if is_ksonnet_app(root) else load_app(root)
    for name in environments:
        if name not in app.environment_names:
            raise unknown_environment(app, name)
    return app


def known_prototypes(directory: Path) -> Mapping[str, Prototype]:
    """Return the built-in prototypes, and around an app those of its packages.

    One that cannot be read is a warning: it must not hide the others.
    """
    app = _app_around(directory)
    if app is None:
        return library()
    installed = installed_prototypes(app.root, _used_packages(app))
    print_findings([replace(item, severity=Severity.WARNING) for item in installed.broken])
    return {**installed.prototypes, **library()}


def preview_imports(directory: Path) -> tuple[Path, JsonnetOptions]:
    """Return the directory and the imports with which a prototype is tried out."""
    app = _app_around(directory)
    if app is None:
        return Path.cwd(), JsonnetOptions()
    if isinstance(app, App):
        packages = {package.path: package for package in _used_packages(app)}
        return app.root, package_imports(app.root, packages)
    imports = imports_of(app, NO_ENVIRONMENT)
    options = JsonnetOptions(search=imports.library, files=imports.files, aliases=imports.aliases)
    return app.root, options


def _app_around(directory: Path) -> App | KsonnetApp | None:
    """Return the app's own files: prototypes are shown even where a package is missing."""
    try:
        root = find_app_root(directory)
    except UsageError:
        return None
    return load_ksonnet_app(root) if is_ksonnet_app(root) else load_files(root)


def _used_packages(app: App | KsonnetApp) -> list[Package]:
    return native_packages(app) if isinstance(app, App) else ksonnet_packages(app)


def only_components(compiled: CompiledEnvironment, names: Sequence[str]) -> list[Manifest]:
    """Return the objects of the named components, or all when none is named.

    Raises:
        UsageError: A component does not exist.
    """
    known = {component.name for component in compiled.environment.components}
    for name in names:
        if name not in known:
            message = f'environment "{compiled.environment.name}" has no component "{name}"'
            hint = did_you_mean(name, known)
            raise UsageError(Finding(rule="component-unknown", message=message, hint=hint))
    return [item for item in compiled.manifests if not names or item.origin.component in names]
