"""What the listing commands show of an app of kuplet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from compiler.errors import AppError
from compiler.formats.views import Row, Table
from compiler.model.app import App, EnvironmentFile
from compiler.stages.flow import flow_text
from compiler.stages.resolve import default_settings, packages_of, prototype_in, resolve


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
            _refuse_modules()
        columns = ("component", "prototype", "environments")
        return Table(columns=columns, rows=map(self._component, self.app.component_names))

    def components_of_module(self, module: str) -> set[str]:
        """Refuse: there are no modules."""
        del module
        _refuse_modules()

    def modules(self, environment: str | None) -> Table:
        """Refuse: there are no modules."""
        del environment
        _refuse_modules()

    def parameter_names(self, component: str) -> set[str]:
        """Return what its prototypes declare, and what the files set."""
        found: set[str] = set()
        for file in self.app.environments.values():
            layer = file.components.get(component)
            if layer:
                made_from = self.app.prototypes.get(layer.prototype or layer.source or "")
                found |= {*layer.params, *(made_from.parameters if made_from else ())}
        return found

    def parameters(self, *, defaults: bool) -> list[Row]:
        """Return what each file sets, the shared file first, and the defaults that it leaves."""
        files = sorted(
            self.app.environments.values(), key=lambda file: (bool(file.extends), file.name)
        )
        settings = [
            (layer.name, name, flow_text(setting.value), setting.span.place)
            for file in files
            for layer in file.components.values()
            for name, setting in layer.params.items()
        ]
        shared = {
            (layer.name, name)
            for file in files
            if not file.extends
            for layer in file.components.values()
            for name in layer.params
        }
        unset = (row for row in self._defaults(files) if defaults and row[:2] not in shared)
        return sorted([*unset, *settings], key=lambda row: row[:2])

    def _defaults(self, files: Sequence[EnvironmentFile]) -> Iterator[Row]:
        """Yield the defaults of every component, of the first prototype that a file names."""
        seen: set[str] = set()
        for file in files:
            packages = packages_of(self.app, [file])
            for layer in file.components.values():
                if layer.name in seen or not (layer.prototype or layer.source):
                    continue
                seen.add(layer.name)
                prototype = prototype_in(self.app, layer, packages)
                for spec in prototype.parameters.values():
                    for setting in default_settings(layer.name, spec, prototype):
                        place = f"default, {setting.span.place}"
                        yield layer.name, spec.name, flow_text(setting.value), place

    def _environment(self, name: str) -> Row:
        extends = self.app.environments[name].extends
        try:
            found = resolve(self.app, name)
        except AppError:  # one broken environment must not hide the others
            return name, extends, "invalid", "", ""
        return name, extends, found.kubernetes, found.namespace, found.destination.place

    def _component(self, name: str) -> Row:
        files = self.app.environments
        entries = [files[layer].components[name] for layer in self.app.declaring_layers(name)]
        made_from = dict.fromkeys(entry.prototype or entry.source or "" for entry in entries)
        mentioned = (file.name for file in files.values() if name in file.components)
        return name, ", ".join(made_from), ", ".join(mentioned)


def _refuse_modules() -> NoReturn:
    from compiler.formats.kuplet.editor import refuse_modules

    refuse_modules()
