"""What the listing commands show of a ksonnet app."""

from collections.abc import Iterator
from dataclasses import dataclass

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
from compiler.formats.views import Row, Table
from compiler.jsonnet.evaluate import DEFAULT_ENGINE
from compiler.model.manifest import mapping_at, text_at
from compiler.stages.flow import flow_text


@dataclass(frozen=True, slots=True)
class KsonnetViews:
    """The `AppViews` of an app of ksonnet."""

    app: KsonnetApp

    def environments(self) -> Table:
        """Return the environments."""
        columns = ("name", "kubernetes-version", "namespace", "server")
        return Table(columns=columns, rows=map(self._environment, self.app.environment_names))

    def environment_lines(self, name: str) -> list[str]:
        """Return what an environment has that environments of kuplet have not."""
        environment = self.app.environments[name]
        packages = (str(library) for library in libraries_of(self.app, environment).values())
        return [
            f"directory: {environment.directory}",
            f"modules: {', '.join(environment.modules)}",
            f"packages: {', '.join(packages) or 'none'}",
        ]

    def components(self, module: str | None) -> Table:
        """Return the components of all modules or of one."""
        if module:
            check_module(self.app, module)
        modules = [module] if module else module_names(self.app.root)
        columns = ("component", "type", "apiversion", "kind", "name")
        return Table(columns=columns, rows=self._components(modules))

    def components_of_module(self, module: str) -> set[str]:
        """Return the names of a module's components."""
        check_module(self.app, module)
        return {item.name for item in component_files(self.app, [module])}

    def modules(self, environment: str | None) -> Table:
        """Return the modules of the app, or those that an environment renders."""
        app = self.app
        names = app.environments[environment].modules if environment else module_names(app.root)
        return Table(columns=("module",), rows=[(name,) for name in names])

    def parameter_names(self, component: str) -> set[str]:
        """Return what the files set of a component."""
        return {row[1] for row in self.parameters(defaults=False) if row[0] == component}

    def parameters(self, *, defaults: bool) -> Iterator[Row]:
        """Yield what the modules set for all environments; ``ks`` wrote all defaults there."""
        del defaults
        modules = module_names(self.app.root)
        evaluated = written_params(self.app, NO_ENVIRONMENT, modules, DEFAULT_ENGINE)
        for module in modules:
            for local, params in sorted(with_globals(evaluated[module]).items()):
                file = f"{module_directory(module)}/{PARAMS}"
                for name, value in sorted(mapping_at(params).items()):
                    yield qualified(module, local), name, flow_text(value), file

    def _environment(self, name: str) -> Row:
        item = self.app.environments[name]
        destination = item.destination
        where = (destination.namespace, destination.server) if destination else ("", "")
        return name, item.kubernetes, *where

    def _components(self, modules: list[str]) -> Iterator[Row]:
        """Yield the rows of components; only plain YAML and JSON tell their kind without a run."""
        for item in component_files(self.app, modules):
            body = plain_object(item)[0] if item.is_plain else None
            kind = item.file.rpartition(".")[2]
            name = text_at(body, "metadata", "name")
            yield item.name, kind, text_at(body, "apiVersion"), text_at(body, "kind"), name
