"""Adds and removes the components and modules of a ksonnet app."""

import json
from collections.abc import Mapping, Sequence

from compiler.errors import AppError, UsageError
from compiler.formats.ksonnet.app import ENVIRONMENTS, PARAMS, ROOT_MODULE, KsonnetApp
from compiler.formats.ksonnet.edit_params import (
    MODULE_PARAMS,
    ParameterFile,
    ParameterPlace,
    check_unused,
    delete_at,
    environment_file,
    is_set,
    module_file,
    set_at,
)
from compiler.formats.ksonnet.modules import (
    component_files,
    module_directory,
    module_names,
    qualified,
)
from compiler.formats.ksonnet.names import check_component_name, check_module_name
from compiler.formats.kuplet.edit import (
    check_required,
    check_setting,
    component_exists,
    typed_value,
    unknown_component,
)
from compiler.formats.kuplet.manifest_files import ManifestFile
from compiler.jsonnet.evaluate import DEFAULT_ENGINE, evaluate
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.jsonnet import ENTRY, JsonnetProgram
from compiler.model.parameter import ParameterType
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.registry.library import BUILT_IN
from compiler.stages.declaration import prototype_body
from compiler.stages.render import without_pseudo_imports
from compiler.text.files import change_files, read_exactly
from compiler.text.jsonnet_edit import HINT, field_name, has_value, span_of

_SCOPE = """\
local env = std.extVar("__ksonnet/environments");
local params = std.extVar("__ksonnet/params").components{access};
"""


def add_component(
    app: KsonnetApp,
    name: str,
    prototype: Prototype,
    given: Mapping[str, str],
    values: JsonObject,
    module: str | None,
) -> list[str]:
    """Add a component and its parameters; return the files that were written.

    Args:
        name: ``MODULE.NAME`` selects a module too.
        given: Values as typed; they beat ``values``.
        module: Its module; the root when left out.

    Raises:
        UsageError: The name cannot be used, a parameter is missing, or the prototype is kuplet's.
        AppError: A value does not fit, or the file of parameters cannot be edited.
    """
    if prototype.package.startswith(f"{BUILT_IN}/"):
        raise _native_prototype(prototype)
    owner, dot, local = name.rpartition(".")
    module = owner if dot else module or ROOT_MODULE
    check_component_name(local)
    if module != ROOT_MODULE:
        check_module_name(module)
    file = module_file(app, module)
    full = qualified(module, local)
    place = ParameterPlace(file=file, path=("components", local))
    known = {item.name for item in component_files(app, [module])}
    if full in known or has_value(file.text, place.path, file.file):
        raise component_exists(full)
    params = {**_defaults(prototype, local), **values, **_typed(prototype, given)}
    check_required(prototype, params)
    edited = set_at(app, place, dict(sorted(params.items())))
    source = f"{module_directory(module)}/{local}.jsonnet"
    texts = {source: _component_text(prototype, local), edited.file: edited.text}
    change_files(app.root, texts)
    return list(texts)


def add_files(app: KsonnetApp, files: Sequence[ManifestFile], module: str) -> list[str]:
    """Add a component for each file, without parameters; return the files that were written.

    Raises:
        UsageError: Two of them have the same name, or there is such a component already.
    """
    if module != ROOT_MODULE:
        check_module_name(module)
    params = module_file(app, module)
    known = {item.name for item in component_files(app, [module])}
    texts = {}
    for file in files:
        full = qualified(module, file.name)
        check_component_name(file.name)
        place = ParameterPlace(file=params, path=("components", file.name))
        if full in known or has_value(params.text, place.path, params.file):
            raise component_exists(full)
        known.add(full)
        params = set_at(app, place, {})
        texts[f"{module_directory(module)}/{file.name}{file.suffix}"] = file.text
    texts[params.file] = params.text
    change_files(app.root, texts)
    return list(texts)


def remove_component(app: KsonnetApp, name: str) -> list[str]:
    """Remove a component, its parameters, and what environments say of it.

    Raises:
        UsageError: There is no such component.
        AppError: A file of parameters cannot be edited; nothing was removed.
    """
    found = {item.name: item for item in component_files(app, module_names(app.root))}
    if name not in found:
        raise unknown_component(found, name)
    _check_not_changed(app, name)
    item = found[name]
    own = ParameterPlace(file=module_file(app, item.module), path=("components", item.local))
    edited = _deleted(app, own)
    for environment in app.environment_names:
        place = ParameterPlace(file=environment_file(app, environment), path=("components", name))
        if place.file.file in {file.file for file in edited}:  # two environments of one directory
            continue
        changes = _deleted(app, place)
        for file in changes or [place.file]:
            check_unused(app, file, name)
        edited += changes
    change_files(app.root, {file.file: file.text for file in edited}, removed=[item.file])
    return [item.file, *(file.file for file in edited)]


def create_module(app: KsonnetApp, name: str) -> str:
    """Make a module and return its file of parameters.

    Raises:
        UsageError: It exists, or its name cannot be used.
    """
    check_module_name(name)
    if name in module_names(app.root):
        message = f'there is a module "{name}" already'
        raise UsageError(Finding(rule="module-exists", message=message))
    file = f"{module_directory(name)}/{PARAMS}"
    change_files(app.root, {file: MODULE_PARAMS})
    return file


def _check_not_changed(app: KsonnetApp, name: str) -> None:
    """Check that nothing is added to a component after it was made.

    Raises:
        AppError: An environment's ``main.jsonnet`` does; without the component that has no kind.
    """
    directories = (app.environments[each].directory for each in app.environment_names)
    for file in (
        f"{ENVIRONMENTS}/base.libsonnet",
        *(f"{each}/main.jsonnet" for each in directories),
    ):
        path = app.root / file
        text = read_exactly(path, app.root) if path.is_file() else ""
        if has_value(text, (name,), file):
            message = f'"{name}" cannot be removed: this is added to it'
            span = span_of(text, (name,), file)
            raise AppError(Finding(rule="edit-refused", message=message, span=span, hint=HINT))


def _deleted(app: KsonnetApp, place: ParameterPlace) -> list[ParameterFile]:
    """Return a file without what stands at a place; nothing when it says nothing there."""
    return [delete_at(app, place)] if is_set(app, place) else []


def _native_prototype(prototype: Prototype) -> UsageError:
    """Return the error for a prototype that makes a map of objects, which ksonnet did not know."""
    message = f'"{prototype.short_name}" makes components for apps of kuplet'
    hint = "see: kuplet upgrade"
    return UsageError(Finding(rule="prototype-native", message=message, hint=hint))


def _component_text(prototype: Prototype, local: str) -> str:
    name = field_name(local)
    access = f"[{name}]" if name.startswith('"') else f".{name}"
    return _SCOPE.format(access=access) + without_pseudo_imports(prototype_body(prototype.source))


def _defaults(prototype: Prototype, local: str) -> JsonObject:
    found = {
        spec.name: spec.default for spec in prototype.parameters.values() if not spec.is_required
    }
    return {**found, **({"name": local} if "name" in prototype.parameters else {})}


def _typed(prototype: Prototype, given: Mapping[str, str]) -> JsonObject:
    """Return values as their parameters declare them; lists and objects are typed as Jsonnet."""
    collections = {
        spec.name
        for spec in prototype.parameters.values()
        if spec.type in {ParameterType.ARRAY, ParameterType.OBJECT}
    }
    found = _evaluated({name: given[name] for name in given if name in collections})
    for name, value in found.items():
        check_setting(prototype, name, value, SourceSpan(f"--{name}={given[name]}"))
    for name in given:
        if name not in collections:
            found[name] = typed_value(prototype, name, given[name])
    return found


def _evaluated(texts: Mapping[str, str]) -> JsonObject:
    """Evaluate Jsonnet from the command line, each text on its own."""
    if not texts:
        return {}
    files = {f"--{name}": text for name, text in texts.items()}
    fields = (f"{json.dumps(name)}: import {json.dumps(f'--{name}')}," for name in texts)
    program = JsonnetProgram(entry=ENTRY, files={ENTRY: f"{{{''.join(fields)}}}", **files})
    return evaluate(program, engine=DEFAULT_ENGINE)
