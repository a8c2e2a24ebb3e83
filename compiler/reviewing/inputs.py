"""What is known of the environments of either kind of app without compiling them."""

from compiler.app.imported_files import SourceTree
from compiler.app.inputs import digest, environment_inputs
from compiler.errors import AppError
from compiler.ksonnet.app import PARAMS, KsonnetApp
from compiler.ksonnet.modules import component_files, module_directory
from compiler.model.app import App, Environment
from compiler.model.json import JsonValue
from compiler.stages.resolve import resolve
from compiler.stages.review.siblings import Declared


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
    components = component_files(app, settings.modules)
    files = [
        f"{settings.directory}/main.jsonnet",
        f"{settings.directory}/{PARAMS}",
        *(f"{module_directory(module)}/{PARAMS}" for module in settings.modules),
        *(item.file for item in components),
    ]
    packages = {**app.libraries, **settings.libraries}
    return {
        "environment": [app.name, name, settings.path, settings.kubernetes, *settings.modules],
        "destination": [destination.server, destination.namespace] if destination else None,
        "packages": {path: str(item) for path, item in packages.items()},
        "files": dict(tree.digests({}, files)),
    }


def _declared_native(app: App, environment: Environment) -> Declared:
    names = frozenset(item.name for item in environment.components)
    promotion = app.environments[environment.name].promotion
    differs = (*promotion.copies, *promotion.allow) if promotion else ()
    return Declared(layers=environment.layers, components=names, differs=differs)


def _declared_ksonnet(app: KsonnetApp, name: str) -> Declared:
    modules = app.environments[name].modules
    names = frozenset(item.name for item in component_files(app, modules))
    return Declared(layers=(*modules, name), components=names)
