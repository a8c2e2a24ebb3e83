"""What the listing commands show of a ksonnet app."""

from collections.abc import Iterator

from compiler.formats.ksonnet.app import NO_ENVIRONMENT, PARAMS, KsonnetApp
from compiler.formats.ksonnet.modules import (
    check_module,
    component_files,
    module_directory,
    module_names,
    qualified,
)
from compiler.formats.ksonnet.packages import libraries_of
from compiler.formats.ksonnet.params import with_globals, written_params
from compiler.formats.ksonnet.plain import plain_object
from compiler.jsonnet.evaluate import DEFAULT_ENGINE
from compiler.model.json import JsonValue
from compiler.model.manifest import mapping_at, text_at

COMPONENT_COLUMNS = ("component", "type", "apiversion", "kind", "name")
ENVIRONMENT_COLUMNS = ("name", "kubernetes-version", "namespace", "server")


def environment_rows(app: KsonnetApp) -> Iterator[tuple[str, ...]]:
    """Yield name, Kubernetes version, namespace and server of every environment."""
    for name in app.environment_names:
        item = app.environments[name]
        destination = item.destination
        where = (destination.namespace, destination.server) if destination else ("", "")
        yield name, item.kubernetes, *where


def environment_lines(app: KsonnetApp, name: str) -> list[str]:
    """Return what an environment has that environments of kuplet have not."""
    environment = app.environments[name]
    packages = (str(library) for library in libraries_of(app, environment).values())
    return [
        f"directory: {environment.directory}",
        f"modules: {', '.join(environment.modules)}",
        f"packages: {', '.join(packages) or 'none'}",
    ]


def component_rows(app: KsonnetApp, module: str | None = None) -> Iterator[tuple[str, ...]]:
    """Yield the components of all modules or of one.

    Only plain YAML and JSON tell their kind without a run.
    """
    if module:
        check_module(app, module)
    for item in component_files(app, [module] if module else module_names(app.root)):
        body = plain_object(item)[0] if item.is_plain else None
        kind = item.file.rpartition(".")[2]
        name = text_at(body, "metadata", "name")
        yield item.name, kind, text_at(body, "apiVersion"), text_at(body, "kind"), name


def components_of_module(app: KsonnetApp, module: str) -> set[str]:
    """Return the names of a module's components.

    Raises:
        UsageError: There is no such module.
    """
    check_module(app, module)
    return {item.name for item in component_files(app, [module])}


def module_rows(app: KsonnetApp, environment: str | None) -> list[tuple[str]]:
    """Return the modules of the app, or those that an environment renders."""
    modules = app.environments[environment].modules if environment else module_names(app.root)
    return [(name,) for name in modules]


def written_parameters(app: KsonnetApp) -> Iterator[tuple[str, str, JsonValue, str]]:
    """Yield component, name, value and file of what the modules set for all environments."""
    modules = module_names(app.root)
    evaluated = written_params(app, NO_ENVIRONMENT, modules, DEFAULT_ENGINE)
    for module in modules:
        for local, params in sorted(with_globals(evaluated[module]).items()):
            file = f"{module_directory(module)}/{PARAMS}"
            for name, value in sorted(mapping_at(params).items()):
                yield qualified(module, local), name, value, file
