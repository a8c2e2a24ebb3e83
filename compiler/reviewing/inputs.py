"""What an environment reads, without compiling it: equal inputs compile to equal objects."""

import hashlib
import json

from compiler.app.imported_files import SourceTree
from compiler.errors import AppError
from compiler.ksonnet.app import PARAMS, KsonnetApp
from compiler.ksonnet.modules import component_files, module_directory
from compiler.model.app import App, Environment
from compiler.model.json import JsonValue
from compiler.stages.resolve import resolve
from compiler.stages.review.siblings import Declared


def inputs_key(app: App | KsonnetApp, tree: SourceTree, name: str) -> str | None:
    """Return a digest of all that an environment reads; ``None`` if it cannot be resolved.

    What comes with kuplet (prototypes, schemas, engine) is the same for both sides of a review.
    """
    try:
        inputs = (
            _ksonnet_inputs(app, tree, name)
            if isinstance(app, KsonnetApp)
            else _native_inputs(app, tree, name)
        )
    except AppError:
        return None
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


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


def _native_inputs(app: App, tree: SourceTree, name: str) -> JsonValue:
    environment = resolve(app, name)
    sources = {
        f"{item.prototype.file}#{item.name}": item.prototype.source
        for item in environment.components
    }
    return {
        "environment": [environment.app, environment.name, environment.kubernetes],
        "destination": _destination(environment),
        "external": dict.fromkeys(sorted(environment.external)),
        "packages": {path: str(item) for path, item in environment.packages.items()},
        "components": {
            item.name: {
                "prototype": item.prototype.name,
                "source": item.prototype.source,
                "schema": item.prototype.schema,
                "needs": {need.component: str(need.until) for need in item.needs},
                "params": {each.name: each.value for each in item.parameters.values()},
            }
            for item in environment.components
        },
        "files": dict(tree.digests(sources)),
    }


def _destination(environment: Environment) -> JsonValue:
    destination = environment.destination
    return [destination.context, destination.server, environment.namespace]


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
