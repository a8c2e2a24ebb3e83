"""What the listing commands show of an app of kuplet."""

from dataclasses import dataclass

from compiler.errors import AppError
from compiler.formats.kuplet.edit import component_names, declaring_layers
from compiler.formats.kuplet.editor import refuse_modules
from compiler.formats.views import Row, Table
from compiler.model.app import App
from compiler.stages.flow import flow_text
from compiler.stages.resolve import resolve


@dataclass(frozen=True, slots=True)
class KupletViews:
    """The `AppViews` of an app of kuplet."""

    app: App

    def environments(self) -> Table:
        """Return the environments that are not abstract."""
        columns = ("name", "extends", "kubernetes-version", "namespace", "destination")
        return Table(columns=columns, rows=map(self._environment, self.app.environment_names))

    def environment_lines(self, name: str) -> list[str]:
        """Return nothing: resolving tells all."""
        del name
        return []

    def components(self, module: str | None) -> Table:
        """Return what each component is made from, and which environment files mention it."""
        if module:
            refuse_modules()
        columns = ("component", "prototype", "environments")
        return Table(columns=columns, rows=map(self._component, component_names(self.app)))

    def components_of_module(self, module: str) -> set[str]:
        """Refuse: there are no modules."""
        del module
        refuse_modules()

    def modules(self, environment: str | None) -> Table:
        """Refuse: there are no modules."""
        del environment
        refuse_modules()

    def parameter_names(self, component: str) -> set[str]:
        """Return what its prototypes declare, and what the files set."""
        found: set[str] = set()
        for file in self.app.environments.values():
            layer = file.components.get(component)
            if layer:
                made_from = self.app.prototypes.get(layer.prototype or layer.source or "")
                found |= {*layer.params, *(made_from.parameters if made_from else ())}
        return found

    def parameters(self) -> list[Row]:
        """Return what each file sets, the shared file first."""
        files = sorted(
            self.app.environments.values(), key=lambda file: (bool(file.extends), file.name)
        )
        rows = [
            (layer.name, name, flow_text(setting.value), f"{setting.span.file}:{setting.span.line}")
            for file in files
            for layer in file.components.values()
            for name, setting in layer.params.items()
        ]
        return sorted(rows, key=lambda row: row[:2])

    def _environment(self, name: str) -> Row:
        extends = self.app.environments[name].extends
        try:
            found = resolve(self.app, name)
        except AppError:  # one broken environment must not hide the others
            return name, extends, "invalid", "", ""
        return name, extends, found.kubernetes, found.namespace, found.destination.place

    def _component(self, name: str) -> Row:
        files = self.app.environments
        entries = [files[layer].components[name] for layer in declaring_layers(self.app, name)]
        made_from = dict.fromkeys(entry.prototype or entry.source or "" for entry in entries)
        mentioned = (file.name for file in files.values() if name in file.components)
        return name, ", ".join(made_from), ", ".join(mentioned)
