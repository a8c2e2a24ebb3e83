"""The verbs that change an app's files: each goes to the editor of the app's format.

Each says which files it wrote. Nothing is written unless the whole edit works.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import AppError, UsageError
from compiler.formats.format import AnyApp
from compiler.formats.ksonnet import edit_components, edit_environments, edit_params
from compiler.formats.ksonnet.app import ROOT_MODULE, KsonnetApp
from compiler.formats.ksonnet.values import typed
from compiler.formats.kuplet import edit as edit_app
from compiler.formats.kuplet import new_app
from compiler.formats.kuplet.load import unknown_environment
from compiler.formats.kuplet.manifest_files import ManifestFile, one_object_each
from compiler.jsonnet.evaluate import evaluate
from compiler.model.app import EnvironmentSettings
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.jsonnet import ENTRY, JsonnetProgram
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.text.files import read_exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterTarget:
    """Which parameter a command means.

    Attributes:
        component: ``None`` for a parameter that all components get; only apps of ksonnet have such.
        environment: ``None`` for all environments.
        module: A module of an app of ksonnet.
    """

    name: str
    component: str | None = None
    environment: str | None = None
    module: str | None = None

    def __str__(self) -> str:
        return f"{self.component}.{self.name}" if self.component else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComponent:
    """A component to be made from a prototype.

    Attributes:
        given: Parameters as typed; they beat ``values``.
        module: Its module in an app of ksonnet.
        environment: The environment file to edit in an app of kuplet.
    """

    name: str
    prototype: Prototype
    given: Mapping[str, str]
    values: JsonObject
    module: str | None = None
    environment: str | None = None


def set_parameter(app: AnyApp, target: ParameterTarget, text: str, *, as_string: bool) -> str:
    """Set a parameter and return the file that was edited."""
    if isinstance(app, KsonnetApp):
        place = _place(app, target)
        edited = edit_params.set_at(app, place, text if as_string else typed(text))
        return edit_params.write(app, edited)
    component = _component_of_native(target)
    return edit_app.set_parameter(
        app, component, target.name, text, target.environment, as_string=as_string
    )


def delete_parameter(app: AnyApp, target: ParameterTarget) -> str:
    """Remove what a file says of a parameter and return that file."""
    if isinstance(app, KsonnetApp):
        return edit_params.write(app, edit_params.delete_at(app, _place(app, target)))
    component = _component_of_native(target)
    return edit_app.delete_parameter(app, component, target.name, target.environment)


def add_component(app: AnyApp, new: NewComponent) -> list[str]:
    """Add a component and return the files that were written."""
    if isinstance(app, KsonnetApp):
        _refuse_if(new.environment, "--into", "apps of kuplet")
        return edit_components.add_component(
            app, new.name, new.prototype, new.given, new.values, new.module
        )
    _refuse_if(new.module, "--module", "apps of ksonnet")
    file = edit_app.add_component(
        app, new.name, new.prototype, new.given, new.values, new.environment
    )
    return [file]


def remove_component(app: AnyApp, name: str) -> list[str]:
    """Remove a component and return the files that were removed or edited."""
    if isinstance(app, KsonnetApp):
        return edit_components.remove_component(app, name)
    return edit_app.remove_component(app, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import made: a component of each file."""

    files: Sequence[ManifestFile]
    written: Sequence[str]


def import_files(
    app: AnyApp,
    files: Sequence[ManifestFile],
    environment: str | None,
    module: str | None,
) -> Imported:
    """Copy manifests into the app, each file as a component."""
    if isinstance(app, KsonnetApp):
        _refuse_if(environment, "--into", "apps of kuplet")
        files = [part for file in files for part in one_object_each(file)]
        written = edit_components.add_files(app, files, module or ROOT_MODULE)
    else:
        _refuse_if(module, "--module", "apps of ksonnet")
        written = edit_app.add_files(app, files, environment)
    return Imported(files=files, written=written)


def create_module(app: AnyApp, name: str) -> str:
    """Make a module and return its file of parameters."""
    return edit_components.create_module(ksonnet_only(app), name)


def add_environment(
    app: AnyApp,
    name: str,
    settings: EnvironmentSettings,
    extends: str | None,
    *,
    override: bool,
) -> list[str]:
    """Add an environment and return the files that were written.

    Args:
        extends: The environment that it starts from in an app of kuplet; ``base`` by default.
    """
    if isinstance(app, KsonnetApp):
        _refuse_if(extends, "--extends", "apps of kuplet")
        return edit_environments.add_environment(app, name, settings, override=override)
    _refuse_if(override, "--override", "apps of ksonnet")
    extends = extends or "base"
    if extends not in app.environments:
        raise unknown_environment(app, extends)
    return [new_app.add_environment(app, name, extends, settings)]


def change_environment(
    app: AnyApp,
    name: str,
    settings: EnvironmentSettings,
    new_name: str,
    *,
    override: bool,
) -> list[str]:
    """Change or rename an environment and return the files that were written."""
    if isinstance(app, KsonnetApp):
        return edit_environments.change_environment(
            app, name, settings, new_name, override=override
        )
    _refuse_if(override, "--override", "apps of ksonnet")
    return new_app.change_environment(app, name, settings, new_name)


def remove_environment(app: AnyApp, name: str, *, override: bool) -> list[str]:
    """Remove an environment and return the files that were removed or edited."""
    if isinstance(app, KsonnetApp):
        return edit_environments.remove_environment(app, name, override=override)
    _refuse_if(override, "--override", "apps of ksonnet")
    return [new_app.remove_environment(app, name)]


def set_targets(app: AnyApp, name: str, modules: Sequence[str], *, override: bool) -> str:
    """Set which modules an environment renders and return the file that was edited."""
    return edit_environments.set_targets(ksonnet_only(app), name, modules, override=override)


def read_values(path: Path) -> JsonObject:
    """Return the object that a file of parameters evaluates to; it is Jsonnet, so JSON too.

    Raises:
        AppError: It cannot be evaluated, or is no object.
    """
    file = path.name
    program = JsonnetProgram(
        entry=ENTRY,
        files={ENTRY: f"{{values: import {json.dumps(file)}}}", file: read_exactly(path)},
        roots={"": str(path.resolve().parent)},
    )
    values = evaluate(program)["values"]
    if isinstance(values, dict):
        return values
    message = f"{file} holds no object of parameters"
    raise AppError(Finding(rule="parameter-value", message=message, span=SourceSpan(file)))


def ksonnet_only(app: AnyApp) -> KsonnetApp:
    """Return the app if it is ksonnet's.

    Raises:
        UsageError: It is kuplet's.
    """
    if isinstance(app, KsonnetApp):
        return app
    message = "only apps of ksonnet have modules"
    raise UsageError(Finding(rule="ksonnet-only", message=message))


def _place(app: KsonnetApp, target: ParameterTarget) -> edit_params.ParameterPlace:
    return edit_params.parameter_place(
        app, target.component, target.name, target.environment, target.module
    )


def _component_of_native(target: ParameterTarget) -> str:
    _refuse_if(target.module, "--module", "apps of ksonnet")
    if target.component is not None:
        return target.component
    message = "a parameter belongs to a component: give COMPONENT NAME"
    hint = "only apps of ksonnet have parameters for all components"
    raise UsageError(Finding(rule="parameter-scope", message=message, hint=hint))


def _refuse_if(value: object, flag: str, owners: str) -> None:
    if value:
        message = f"{flag} is for {owners}"
        raise UsageError(Finding(rule="option-conflict", message=message))
