"""Evaluates the parameters of the modules of one environment.

As in ksonnet, each step is a Jsonnet run of its own with JSON between them:
module params + module globals → qualified names → the environment's params → local names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compiler.formats.ksonnet.app import PARAMS, KsonnetApp, KsonnetEnvironment
from compiler.formats.ksonnet.modules import ComponentFile, module_directory, qualified
from compiler.formats.ksonnet.packages import imports_of
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.model.json import JsonObject, JsonValue
from compiler.model.jsonnet import ENTRY, JsonnetProgram
from compiler.model.manifest import mapping_at
from compiler.model.parameter import merge_patch

GLOBALS = "globals.libsonnet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleParams:
    """The parameters of one module's components, by local name.

    Attributes:
        written: What the module says, its ``global`` included.
        params: What counts in the environment.
        patches: What is merged into plain YAML and JSON: without anybody's globals.
    """

    module: str
    written: JsonObject
    params: JsonObject
    patches: JsonObject


def module_params(
    app: KsonnetApp,
    environment: KsonnetEnvironment,
    components: Sequence[ComponentFile],
    engine: Engine,
) -> list[ModuleParams]:
    """Return the parameters of every target module, sorted by module.

    Raises:
        AppError: A file of parameters is wrong.
    """
    evaluated = written_params(app, environment, environment.modules, engine)
    found = []
    for module in environment.modules:
        own = evaluated[module]
        raw = mapping_at(own, "components")
        written = with_globals(own)
        patches: JsonObject = {}
        if any(item.is_plain and item.module == module for item in components):
            patches = _in_environment(app, environment, module, raw, engine, {GLOBALS: "{}"})
        params = _in_environment(app, environment, module, written, engine, {})
        found.append(ModuleParams(module=module, written=written, params=params, patches=patches))
    return found


def written_params(
    app: KsonnetApp, environment: KsonnetEnvironment, modules: Sequence[str], engine: Engine
) -> dict[str, JsonObject]:
    """Evaluate ``params.libsonnet`` of some modules; a root module may be without."""
    files = {module: f"{module_directory(module)}/{PARAMS}" for module in modules}
    present = {module: file for module, file in files.items() if (app.root / file).is_file()}
    imports = imports_of(app, environment)
    fields = (f"{json.dumps(name)}: import {json.dumps(file)}," for name, file in present.items())
    program = JsonnetProgram(
        entry=ENTRY,
        files={**imports.files, ENTRY: "{\n" + "\n".join(fields) + "\n}\n"},
        roots=imports.roots,
        home=str(app.root),
        search=imports.library,
        aliases=imports.aliases,
        ext_code={"__ksonnet/environments": destination_code(environment)},
    )
    result = evaluate(program, engine=engine) if present else {}
    return {module: mapping_at(result, module) for module in modules}


def with_globals(evaluated: JsonObject) -> JsonObject:
    """Return the components of a module with the module's ``global`` merged over each."""
    shared = mapping_at(evaluated, "global")
    components = mapping_at(evaluated, "components")
    return {name: merge_patch(value, shared) for name, value in components.items()}


def destination_code(environment: KsonnetEnvironment) -> str:
    """Return ``__ksonnet/environments`` as Jsonnet."""
    destination = environment.destination
    known = (
        {"server": destination.server, "namespace": destination.namespace} if destination else {}
    )
    return json.dumps(known)


def _in_environment(
    app: KsonnetApp,
    environment: KsonnetEnvironment,
    module: str,
    components: JsonObject,
    engine: Engine,
    instead: Mapping[str, str],
) -> JsonObject:
    """Return a module's parameters after the environment's ``params.libsonnet``.

    Args:
        instead: Text of files of the environment's directory that replaces what they hold.
    """
    file = f"{environment.directory}/{PARAMS}"
    if not (app.root / file).is_file():
        return components
    named: JsonObject = {qualified(module, name): value for name, value in components.items()}
    imports = imports_of(app, environment)
    program = JsonnetProgram(
        entry=ENTRY,
        files={
            **imports.files,
            ENTRY: f"import {json.dumps(file)}",
            **{f"{environment.directory}/{name}": text for name, text in instead.items()},
        },
        roots=imports.roots,
        home=str(app.root),
        ext_code={"__ksonnet/params": json.dumps({"components": named})},
    )
    result = mapping_at(evaluate(program, engine=engine), "components")
    return dict(_local(module, result))


def _local(module: str, components: JsonObject) -> list[tuple[str, JsonValue]]:
    """Keep what belongs to a module; ``app2.web`` and ``app.sub.web`` do not belong to ``app``."""
    split = ((key.rpartition("."), value) for key, value in components.items())
    return [
        (name, value)
        for (owner, _, name), value in split
        if owner == ("" if module == "/" else module)
    ]
