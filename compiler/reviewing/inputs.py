"""What is known of the environments of either kind of app without compiling them."""

from collections.abc import Iterable

from compiler.app.imported_files import SourceTree
from compiler.app.inputs import component_files_read, digest, environment_inputs
from compiler.errors import AppError
from compiler.ksonnet.app import PARAMS, KsonnetApp, KsonnetEnvironment
from compiler.ksonnet.modules import component_files, module_directory
from compiler.ksonnet.packages import libraries_of
from compiler.model.app import App, Environment
from compiler.model.json import JsonValue
from compiler.model.package import Package
from compiler.registry.vendor import vendor_directory
from compiler.stages.promotion import promotion_of
from compiler.stages.resolve import resolve
from compiler.stages.review.siblings import Declared
from compiler.stages.review.sources import File, Sources


def inputs_key(app: App | KsonnetApp, tree: SourceTree, name: str) -> str | None:
    """Return a digest of all that an environment reads; ``None`` if it cannot be resolved."""
    try:
        inputs = (
            _ksonnet_inputs(app, tree, name)
            if isinstance(app, KsonnetApp)
            else environment_inputs(resolve(app, name), tree)
        )
    except AppError:
        return None
    return digest(inputs)


def declared_in(app: App | KsonnetApp) -> dict[str, Declared]:
    """Return what is known of an app's environments without compiling them."""
    found: dict[str, Declared] = {}
    for name in app.environment_names:
        try:
            found[name] = (
                _declared_ksonnet(app, name)
                if isinstance(app, KsonnetApp)
                else _declared_native(app, resolve(app, name))
            )
        except AppError:  # its own review says why
            continue
    return found


def _ksonnet_inputs(app: KsonnetApp, tree: SourceTree, name: str) -> JsonValue:
    """Parameters of ksonnet are programs: their files are looked at, not what they evaluate to."""
    settings = app.environments[name]
    destination = settings.destination
    packages = libraries_of(app, settings)
    return {
        "environment": [app.name, name, settings.path, settings.kubernetes, *settings.modules],
        "destination": [destination.server, destination.namespace] if destination else None,
        "packages": {path: str(item) for path, item in packages.items()},
        "files": dict(tree.digests({}, _ksonnet_files(app, settings))),
    }


def _ksonnet_files(app: KsonnetApp, settings: KsonnetEnvironment) -> list[str]:
    return [
        f"{settings.directory}/main.jsonnet",
        f"{settings.directory}/{PARAMS}",
        *(f"{module_directory(module)}/{PARAMS}" for module in settings.modules),
        *(item.file for item in component_files(app, settings.modules)),
    ]


def sources_of(app: App | KsonnetApp, tree: SourceTree, name: str) -> Sources:
    """Return what an environment is made of besides its parameters.

    Raises:
        AppError: It cannot be resolved.
    """
    if isinstance(app, KsonnetApp):
        return _ksonnet_sources(app, tree, name)
    environment = resolve(app, name)
    digests: dict[str, str] = {}
    readers: dict[str, set[str]] = {}
    for item in environment.components:
        for path, found in component_files_read(item, tree).items():
            digests[path] = found
            readers.setdefault(path, set()).add(item.name)
    packages = environment.packages
    return Sources(
        files={
            path: File(
                digest=found,
                readers=frozenset(readers[path]),
                package=_package_of(path, packages.values()),
            )
            for path, found in digests.items()
        },
        packages=packages,
        prototypes={item.name: (item.prototype.name, item.span) for item in environment.components},
    )


def _ksonnet_sources(app: KsonnetApp, tree: SourceTree, name: str) -> Sources:
    """Files of parameters are no sources: what changes in them is shown as parameters."""
    settings = app.environments[name]
    packages = libraries_of(app, settings)
    digests = tree.digests({}, _ksonnet_files(app, settings))
    return Sources(
        files={
            path: File(digest=found, package=_package_of(path, packages.values()))
            for path, found in digests.items()
            if not path.endswith(f"/{PARAMS}")
        },
        packages=packages,
    )


def _package_of(path: str, packages: Iterable[Package]) -> str:
    """Return the package in whose directory a file is; the longest if one contains another."""
    owners = [str(item) for item in packages if path.startswith(f"{vendor_directory(item)}/")]
    return max(owners, key=len, default="")


def _declared_native(app: App, environment: Environment) -> Declared:
    names = frozenset(item.name for item in environment.components)
    promotion = promotion_of(app, environment.name)
    if promotion is None:
        return Declared(layers=environment.layers, components=names)
    return Declared(
        layers=environment.layers,
        components=names,
        differs=(*promotion.copies, *promotion.allow),
        freeze=promotion.freeze,
        freeze_span=promotion.span,
    )


def _declared_ksonnet(app: KsonnetApp, name: str) -> Declared:
    modules = app.environments[name].modules
    names = frozenset(item.name for item in component_files(app, modules))
    return Declared(layers=(*modules, name), components=names)
