"""Changes the files of an app of ksonnet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from compiler.errors import UsageError
from compiler.formats.editing import Imported, NewComponent, ParameterTarget, refuse_if
from compiler.formats.ksonnet import edit_components, edit_environments, edit_params
from compiler.formats.ksonnet.app import ROOT_MODULE, KsonnetApp
from compiler.formats.ksonnet.values import typed
from compiler.formats.kuplet.manifest_files import ManifestFile, one_object_each
from compiler.model.app import EnvironmentSettings, Need
from compiler.model.finding import Finding

_KUPLET = "apps of kuplet"


@dataclass(frozen=True, slots=True)
class KsonnetEditor:
    """The `AppEditor` of an app of ksonnet."""

    app: KsonnetApp

    def set_parameter(self, target: ParameterTarget, text: str, *, as_string: bool) -> str:
        """Set a parameter and return the file that was edited."""
        place = self._place(target)
        edited = edit_params.set_at(self.app, place, text if as_string else typed(text))
        return edit_params.write(self.app, edited)

    def delete_parameter(self, target: ParameterTarget) -> str:
        """Remove what a file says of a parameter and return that file."""
        return edit_params.write(self.app, edit_params.delete_at(self.app, self._place(target)))

    def add_component(self, new: NewComponent) -> list[str]:
        """Add a component and return the files that were written."""
        refuse_if(new.environment, "--into", _KUPLET)
        return edit_components.add_component(
            self.app, new.name, new.prototype, new.given, new.values, new.module
        )

    def remove_component(self, name: str) -> list[str]:
        """Remove a component and return the files that were removed or edited."""
        return edit_components.remove_component(self.app, name)

    def set_needs(self, name: str, needs: Sequence[Need], environment: str | None) -> NoReturn:
        """Refuse: objects of ksonnet wait for what they refer to, and for nothing else."""
        del name, needs, environment
        message = "components of an app of ksonnet say no needs"
        raise UsageError(Finding(rule="option-conflict", message=message, hint="kuplet upgrade"))

    def import_files(
        self, files: Sequence[ManifestFile], environment: str | None, module: str | None
    ) -> Imported:
        """Copy manifests into the app, each object as a component."""
        refuse_if(environment, "--into", _KUPLET)
        parts = [part for file in files for part in one_object_each(file)]
        written = edit_components.add_files(self.app, parts, module or ROOT_MODULE)
        return Imported(files=parts, written=written)

    def create_module(self, name: str) -> str:
        """Make a module and return its file of parameters."""
        return edit_components.create_module(self.app, name)

    def add_environment(
        self, name: str, settings: EnvironmentSettings, extends: str | None, *, override: bool
    ) -> list[str]:
        """Add an environment and return the files that were written."""
        refuse_if(extends, "--extends", _KUPLET)
        return edit_environments.add_environment(self.app, name, settings, override=override)

    def change_environment(
        self, name: str, settings: EnvironmentSettings, new_name: str, *, override: bool
    ) -> list[str]:
        """Change or rename an environment and return the files that were written."""
        return edit_environments.change_environment(
            self.app, name, settings, new_name, override=override
        )

    def pin_environment(self, name: str, cluster: str) -> str:
        """Refuse: ksonnet has no place for it."""
        refuse_if(name, "env pin", _KUPLET)
        return cluster

    def remove_environment(self, name: str, *, override: bool) -> list[str]:
        """Remove an environment and return the files that were removed or edited."""
        return edit_environments.remove_environment(self.app, name, override=override)

    def set_targets(self, name: str, modules: Sequence[str], *, override: bool) -> str:
        """Set which modules an environment renders and return the file that was edited."""
        return edit_environments.set_targets(self.app, name, modules, override=override)

    def _place(self, target: ParameterTarget) -> edit_params.ParameterPlace:
        return edit_params.parameter_place(
            self.app, target.component, target.name, target.environment, target.module
        )
