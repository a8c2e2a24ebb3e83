"""Edits the parameters of a ksonnet app in place.

Each edit is evaluated before it is written: exactly the intended value may have changed.
"""

import copy
import json
from dataclasses import dataclass, replace

from compiler.errors import AppError, UsageError
from compiler.formats.ksonnet.app import NO_ENVIRONMENT, PARAMS, KsonnetApp, KsonnetEnvironment
from compiler.formats.ksonnet.modules import (
    check_module,
    component_files,
    module_directory,
    module_names,
    qualified,
)
from compiler.formats.ksonnet.old_jsonnet import as_jsonnet_of_2018
from compiler.formats.ksonnet.packages import imports_of
from compiler.formats.ksonnet.params import GLOBALS, destination_code, with_globals, written_params
from compiler.formats.kuplet.edit import unknown_component
from compiler.jsonnet.evaluate import DEFAULT_ENGINE, evaluate
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.jsonnet import ENTRY, JsonnetProgram
from compiler.model.manifest import mapping_at
from compiler.text.files import read_exactly, write_text
from compiler.text.jsonnet_edit import HINT, delete_value, has_value, set_value, span_of

MODULE_PARAMS = """\
{
  global: {
    // Parameters of all components of this module, for example:
    // replicas: 4,
  },
  components: {
    // Parameters of each component, by its name
  },
}
"""
ENVIRONMENT_PARAMS = """\
local params = std.extVar("__ksonnet/params");
local globals = import "globals.libsonnet";
local envParams = params + {
  components +: {
    // Parameters of components in this environment, for example:
    // web +: {
    //   replicas: 2,
    // },
  },
};

{
  components: {
    [x]: envParams.components[x] + globals, for x in std.objectFields(envParams.components)
  },
}
"""
ENVIRONMENT_GLOBALS = "{\n}\n"
_SIDE_EFFECT = "other values would change with it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterFile:
    """A file of parameters.

    Attributes:
        file: Its path, relative to the app.
        text: What it holds; what a new one would, where it is missing.
        environment: The environment that it belongs to; ``None`` for a module's.
    """

    file: str
    text: str
    environment: KsonnetEnvironment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterPlace:
    """Where a parameter stands in a file.

    Attributes:
        path: The fields that lead to it.
        merged: How many of them are written with ``+:`` where they are missing.
    """

    file: ParameterFile
    path: tuple[str, ...]
    merged: int = 0


def module_file(app: KsonnetApp, module: str) -> ParameterFile:
    """Return the parameters of a module."""
    file = f"{module_directory(module)}/{PARAMS}"
    return ParameterFile(file=file, text=_text(app, file, MODULE_PARAMS))


def environment_file(app: KsonnetApp, name: str) -> ParameterFile:
    """Return what an environment says of components."""
    environment = app.environments[name]
    file = f"{environment.directory}/{PARAMS}"
    return ParameterFile(
        file=file, text=_text(app, file, ENVIRONMENT_PARAMS), environment=environment
    )


def parameter_place(
    app: KsonnetApp,
    component: str | None,
    name: str,
    environment: str | None = None,
    module: str | None = None,
) -> ParameterPlace:
    """Return where a parameter is written; a dot in its name leads into an object.

    Args:
        component: Its component; ``None`` for a parameter that all components get.
        environment: ``None`` for all environments.

    Raises:
        UsageError: There is no such component or module, or nothing says what to set.
    """
    if module is not None:
        check_module(app, module)
    if component is not None:
        return _component_place(app, component, name, environment, module)
    if environment:
        if module:
            message = "the globals of an environment belong to all modules"
            raise UsageError(Finding(rule="option-conflict", message=message))
        return _with_name(_globals_file(app, environment), (), name, is_merged=False)
    if module:
        return _with_name(module_file(app, module), ("global",), name, is_merged=False)
    message = "this names neither a component, nor an environment, nor a module"
    hint = "for all components of the root module: --module /"
    raise UsageError(Finding(rule="parameter-scope", message=message, hint=hint))


def set_at(app: KsonnetApp, place: ParameterPlace, value: JsonValue) -> ParameterFile:
    """Return a file of parameters with a value set.

    Raises:
        AppError: The file is wrong, or written in a way that this edit would not get right.
    """
    old = place.file
    wanted = _evaluated(app, old)
    _put(wanted, place.path, value)
    text = set_value(old.text, place.path, value, old.file, merged=place.merged)
    new = replace(old, text=text)
    if not same(_evaluated_edit(app, place, new), wanted):
        raise _refusal(place)
    return new


def delete_at(app: KsonnetApp, place: ParameterPlace) -> ParameterFile:
    """Return a file of parameters without what stands at a place; a weaker file counts then.

    Raises:
        AppError: Nothing stands there, or this edit would not get it right.
    """
    old = place.file
    before = _evaluated(app, old)
    if _is_calculated(place, before):
        raise _refusal(place, "it is calculated, not written as a field")
    rest = _without(before, place.path)
    new = replace(old, text=delete_value(old.text, place.path, old.file))
    found = _evaluated_edit(app, place, new)
    is_gone = bool(old.environment) or same(found, _cut(found, place.path))
    if not is_gone or not same(_without(found, place.path), rest):
        raise _refusal(place)
    return new


def is_set(app: KsonnetApp, place: ParameterPlace) -> bool:
    """Return whether a file says something at a place, written as a field or calculated."""
    file = place.file
    if has_value(file.text, place.path, file.file):
        return True
    return _is_calculated(place, _evaluated(app, file))


def check_unused(app: KsonnetApp, file: ParameterFile, component: str) -> None:
    """Check that what an environment says still works without a component.

    Raises:
        AppError: It uses the component's parameters.
    """
    try:
        _evaluated(app, file, removed=component)
    except AppError as error:
        _evaluated(app, file)  # whose own error it is, if it fails anyway
        message = f'"{component}" cannot be removed: {error.findings[0].message}'
        span = error.findings[0].span
        finding = Finding(rule="edit-refused", message=message, span=span, hint=HINT)
        raise AppError(finding) from error


def write(app: KsonnetApp, file: ParameterFile) -> str:
    """Write a file of parameters and return its path."""
    write_text(app.root / file.file, file.text)
    return file.file


def _component_place(
    app: KsonnetApp, component: str, name: str, environment: str | None, module: str | None
) -> ParameterPlace:
    full = qualified(module, component) if module else component
    found = {item.name: item for item in component_files(app, module_names(app.root))}
    if full not in found:
        raise unknown_component(found, full)
    if environment:
        file = environment_file(app, environment)
        return _with_name(file, ("components", full), name, is_merged=True)
    item = found[full]
    path = ("components", item.local)
    return _with_name(module_file(app, item.module), path, name, is_merged=False)


def _with_name(
    file: ParameterFile, path: tuple[str, ...], name: str, *, is_merged: bool
) -> ParameterPlace:
    """Return the place of a name: a path into objects, unless a field has just this name."""
    is_literal = "." not in name or has_value(file.text, (*path, name), file.file)
    full = (*path, name) if is_literal else (*path, *name.split("."))
    return ParameterPlace(file=file, path=full, merged=len(full) - 1 if is_merged else 0)


def _globals_file(app: KsonnetApp, name: str) -> ParameterFile:
    """Return the globals of an environment.

    Raises:
        AppError: Its parameters do not use them, as in apps made before ksonnet 0.10.
    """
    params = environment_file(app, name)
    file = f"{app.environments[name].directory}/{GLOBALS}"
    if GLOBALS in params.text:
        return ParameterFile(file=file, text=_text(app, file, ENVIRONMENT_GLOBALS))
    message = f"{params.file} does not import {GLOBALS}, so nothing in it would count"
    span = span_of(params.text, ("components",), params.file)
    raise AppError(Finding(rule="edit-refused", message=message, span=span, hint=HINT))


def _text(app: KsonnetApp, file: str, default: str) -> str:
    path = app.root / file
    return read_exactly(path, app.root) if path.is_file() else default


def _evaluated(app: KsonnetApp, file: ParameterFile, removed: str = "") -> JsonObject:
    """Evaluate a file as rendering does, but without the globals that would hide its values.

    Args:
        removed: A component that the modules no longer have.
    """
    environment = file.environment or _any_environment(app)
    imports = imports_of(app, environment)
    params = _base_params(app, environment) if file.environment else {}
    params.pop(removed, None)
    program = JsonnetProgram(
        entry=ENTRY,
        files={
            **imports.files,
            f"{environment.directory}/{GLOBALS}": "{}",
            file.file: file.text,
            **as_jsonnet_of_2018({file.file: file.text}).files,
            ENTRY: f"import {json.dumps(file.file)}",
        },
        roots=imports.roots,
        search=imports.library,
        aliases=imports.aliases,
        ext_code={
            "__ksonnet/environments": destination_code(environment),
            "__ksonnet/params": json.dumps({"components": params}),
        },
    )
    return evaluate(program, engine=DEFAULT_ENGINE)


def _evaluated_edit(app: KsonnetApp, place: ParameterPlace, new: ParameterFile) -> JsonObject:
    """Evaluate an edited file; the old one could be evaluated, so an error is the edit's."""
    try:
        return _evaluated(app, new)
    except AppError as error:
        raise _refusal(place) from error


def _base_params(app: KsonnetApp, environment: KsonnetEnvironment) -> JsonObject:
    """Return the parameters of all modules' components, by qualified name."""
    modules = module_names(app.root)
    evaluated = written_params(app, environment, modules, DEFAULT_ENGINE)
    return {
        qualified(module, local): value
        for module in modules
        for local, value in with_globals(evaluated[module]).items()
    }


def _any_environment(app: KsonnetApp) -> KsonnetEnvironment:
    """Return an environment that can stand for all: a module's file may ask for its server."""
    complete = (item for item in app.environments.values() if item.destination)
    return next(complete, NO_ENVIRONMENT)


def _is_calculated(place: ParameterPlace, value: JsonObject) -> bool:
    """Return whether a file has a value that stands nowhere in it.

    What an environment does not write may come from the modules, so there it does not tell.
    """
    file = place.file
    is_there = place.path[-1] in mapping_at(value, *place.path[:-1])
    return is_there and not file.environment and not has_value(file.text, place.path, file.file)


def _refusal(place: ParameterPlace, reason: str = _SIDE_EFFECT) -> AppError:
    file = place.file
    message = f'"{".".join(place.path)}" cannot be edited: {reason}'
    span = span_of(file.text, place.path, file.file)
    return AppError(Finding(rule="edit-refused", message=message, span=span, hint=HINT))


def _put(target: JsonObject, path: tuple[str, ...], value: JsonValue) -> None:
    for key in path[:-1]:
        below = target.get(key)
        if not isinstance(below, dict):
            below = target[key] = {}
        target = below
    target[path[-1]] = value


def _cut(value: JsonObject, path: tuple[str, ...]) -> JsonObject:
    """Return a value without what stands at a path."""
    found = copy.deepcopy(value)
    mapping_at(found, *path[:-1]).pop(path[-1], None)
    return found


def _without(value: JsonObject, path: tuple[str, ...]) -> JsonObject:
    """Return the same without the objects that become empty."""
    found = _cut(value, path)
    for depth in range(len(path) - 1, 0, -1):
        parent = mapping_at(found, *path[: depth - 1])
        if parent.get(path[depth - 1]) == {}:
            del parent[path[depth - 1]]
    return found
