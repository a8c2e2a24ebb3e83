"""Changes the files of an app of kuplet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from compiler.errors import UsageError
from compiler.formats.editing import Imported, NewComponent, ParameterTarget, refuse_if
from compiler.formats.kuplet import edit, new_app
from compiler.formats.kuplet.load import unknown_environment
from compiler.formats.kuplet.manifest_files import ManifestFile
from compiler.model.app import App, EnvironmentSettings, Need
from compiler.model.finding import Finding

_KSONNET = "apps of ksonnet"


@dataclass(frozen=True, slots=True)
class KupletEditor:
    """The `AppEditor` of an app of kuplet."""

    app: App

    def set_parameter(self, target: ParameterTarget, text: str, *, as_string: bool) -> str:
        """Set a parameter and return the file that was edited."""
        component = _component_of(target)
        return edit.set_parameter(
            self.app, component, target.name, text, target.environment, as_string=as_string
        )

    def delete_parameter(self, target: ParameterTarget) -> str:
        """Remove what a file says of a parameter and return that file."""
        component = _component_of(target)
        return edit.delete_parameter(self.app, component, target.name, target.environment)

    def add_component(self, new: NewComponent) -> list[str]:
        """Add a component and return the file that was edited."""
        refuse_if(new.module, "--module", _KSONNET)
        file = edit.add_component(
            self.app, new.name, new.prototype, new.given, new.values, new.environment
        )
        return [file]

    def remove_component(self, name: str) -> list[str]:
        """Remove a component and return the files that were edited."""
        return edit.remove_component(self.app, name)

    def set_needs(self, name: str, needs: Sequence[Need], environment: str | None) -> str:
        """Say what a component waits for and return the file that was edited."""
        return edit.set_needs(self.app, name, needs, environment)

    def import_files(
        self, files: Sequence[ManifestFile], environment: str | None, module: str | None
    ) -> Imported:
        """Copy manifests into the app, each file as a component."""
        refuse_if(module, "--module", _KSONNET)
        return Imported(files=files, written=edit.add_files(self.app, files, environment))

    def create_module(self, name: str) -> str:
        """Refuse: there are no modules."""
        del name
        refuse_modules()

    def add_environment(
        self, name: str, settings: EnvironmentSettings, extends: str | None, *, override: bool
    ) -> list[str]:
        """Add an environment and return the file that was written."""
        refuse_if(override, "--override", _KSONNET)
        extends = extends or "base"
        if extends not in self.app.environments:
            raise unknown_environment(self.app, extends)
        return [new_app.add_environment(self.app, name, extends, settings)]

    def change_environment(
        self, name: str, settings: EnvironmentSettings, new_name: str, *, override: bool
    ) -> list[str]:
        """Change or rename an environment and return the files that were written."""
        refuse_if(override, "--override", _KSONNET)
        return new_app.change_environment(self.app, name, settings, new_name)

    def pin_environment(self, name: str, cluster: str) -> str:
        """Pin an environment to a cluster, or to none, and return the file that was edited."""
        return new_app.pin_environment(self.app, name, cluster)

    def remove_environment(self, name: str, *, override: bool) -> list[str]:
        """Remove an environment and return the file that was removed."""
        refuse_if(override, "--override", _KSONNET)
        return [new_app.remove_environment(self.app, name)]

    def set_targets(self, name: str, modules: Sequence[str], *, override: bool) -> str:
        """Refuse: there are no modules."""
        del name, modules, override
        refuse_modules()


def refuse_modules() -> NoReturn:
    """Refuse what is about modules.

    Raises:
        UsageError: Always.
    """
    message = "only apps of ksonnet have modules"
    raise UsageError(Finding(rule="ksonnet-only", message=message))


def _component_of(target: ParameterTarget) -> str:
    refuse_if(target.module, "--module", _KSONNET)
    if target.component is not None:
        return target.component
    message = "a parameter belongs to a component: give COMPONENT NAME"
    hint = "only apps of ksonnet have parameters for all components"
    raise UsageError(Finding(rule="parameter-scope", message=message, hint=hint))
