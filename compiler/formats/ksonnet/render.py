"""Renders an environment of a ksonnet app: one Jsonnet run a target module.

Sources are evaluated almost as they are (`old_jsonnet`), so errors name their lines. What
``main.jsonnet`` adds to a component counts only where that component lives.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from compiler.errors import AppError
from compiler.formats.ksonnet.app import KsonnetApp, KsonnetEnvironment
from compiler.formats.ksonnet.modules import ComponentFile, component_files, module_names
from compiler.formats.ksonnet.names import indistinct
from compiler.formats.ksonnet.old_jsonnet import shown_marks
from compiler.formats.ksonnet.packages import Imports, imports_of
from compiler.formats.ksonnet.params import ModuleParams, destination_code
from compiler.formats.ksonnet.plain import plain_object
from compiler.formats.ksonnet.reads import silent_parameters
from compiler.formats.ksonnet.resolve import Resolution
from compiler.formats.package_imports import evaluate_with_packages
from compiler.jsonnet.evaluate import Engine, Evaluation
from compiler.model.app import Component
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.jsonnet import ENTRY, JsonnetOptions, JsonnetProgram
from compiler.model.parameter import merge_patch
from compiler.model.prototype import Prototype
from compiler.model.ref import ParameterRef
from compiler.model.source import SourceSpan
from compiler.stages.reads import never_read, read_parameters, traced_params, unread_finding
from compiler.stages.render import RenderedComponent, Rendering
from compiler.stages.validate.json_schema import shown
from compiler.text.files import read_text

_SIBLINGS = "<__ksonnet/components>"
_PARAMS = "__ksonnet/params"


def render_ksonnet(
    app: KsonnetApp, resolution: Resolution, options: JsonnetOptions, engine: Engine
) -> Rendering:
    """Evaluate every component of every target module.

    Raises:
        AppError: A component or ``main.jsonnet`` is wrong, or a package is missing.
    """
    plain, warnings = _plain_objects(resolution.files)
    imports = imports_of(app, resolution.settings)
    everywhere = {item.name for item in component_files(app, module_names(app.root))}
    trees: dict[str, JsonValue] = {}
    unread: list[Finding] = []
    for module in resolution.modules:
        files = [item for item in resolution.files if item.module == module.module]
        texts = {item.name: _source(item, plain, module) for item in files}
        foreign = sorted(everywhere - texts.keys())
        sources = {item.file: imports.files.get(item.file, item.text) for item in files}
        program = _program(resolution.settings, imports, module, texts, foreign, options)
        program = replace(program, home=str(app.root), files={**program.files, **sources})
        whole = evaluate_with_packages(program, engine, imports.missing)
        again = partial(_evaluated_with, program, engine, imports)
        unread += _unread(app, resolution, module, whole, again)
        result = whole.value
        for item in files:
            if item.is_plain and item.name in result:  # its parameters beat main.jsonnet
                result[item.name] = _patched(result[item.name], item, module)
        trees = {**result, **trees}
    findings = (*warnings, *unread, *indistinct(app, resolution.settings))
    return _rendering(app, resolution, trees, findings)


def _unread(
    app: KsonnetApp,
    resolution: Resolution,
    module: ModuleParams,
    whole: Evaluation,
    again: Callable[[JsonObject], JsonObject],
) -> Iterator[Finding]:
    """Yield a warning for each parameter that nothing reads; being there may be read as well."""
    silent = list(silent_parameters(app, resolution, module, read_parameters(whole.trace)))

    def changes_nothing(refs: Collection[ParameterRef]) -> bool:
        params: JsonObject = {
            name: {key: item for key, item in values.items() if ParameterRef(name, key) not in refs}
            if isinstance(values, dict)
            else values
            for name, values in module.params.items()
        }
        try:
            return same(again(params), whole.value)
        except AppError:
            return False

    never = never_read({ref for ref, _, _ in silent}, changes_nothing)
    for ref, component, parameter in silent:
        if ref in never:
            finding = unread_finding(component, parameter)
            yield replace(finding, environment=resolution.environment.name)


def _evaluated_with(
    program: JsonnetProgram, engine: Engine, imports: Imports, params: JsonObject
) -> JsonObject:
    """Return what a module's program makes of other parameters."""
    ext_code = {**program.ext_code, _PARAMS: _traced(params, imports.overridden)}
    program = replace(program, ext_code=ext_code)
    return evaluate_with_packages(program, engine, imports.missing).value


def _traced(params: JsonObject, overridden: Collection[str]) -> str:
    """Return the parameters of a module as Jsonnet that says which of them are read."""
    objects = {name: values for name, values in params.items() if isinstance(values, dict)}
    if len(objects) < len(params):  # nobody can read a field of a number
        return json.dumps({"components": params})
    refs = [ParameterRef(name, key) for name, values in objects.items() for key in values]
    traced = traced_params(objects, refs)
    marks = shown_marks({"components": params}, overridden)
    return traced if marks == "{}" else f"({traced}) + {marks}"


def _plain_objects(
    files: Sequence[ComponentFile],
) -> tuple[dict[str, JsonValue], tuple[Finding, ...]]:
    found = {item.name: plain_object(item) for item in files if item.is_plain}
    values = {name: value for name, (value, _) in found.items()}
    return values, tuple(warning for _, warnings in found.values() for warning in warnings)


def _source(item: ComponentFile, plain: Mapping[str, JsonValue], module: ModuleParams) -> str:
    """Return a component as a Jsonnet expression."""
    if item.is_plain:
        return json.dumps(_patched(plain[item.name], item, module))
    return f"import {json.dumps(item.file)}"


def _patched(value: JsonValue, item: ComponentFile, module: ModuleParams) -> JsonValue:
    patch = module.patches.get(item.local)
    return merge_patch(value, patch) if isinstance(value, dict) and patch else value


def _program(
    environment: KsonnetEnvironment,
    imports: Imports,
    module: ModuleParams,
    texts: Mapping[str, str],
    foreign: Sequence[str],
    options: JsonnetOptions,
) -> JsonnetProgram:
    """Return the program that renders one module.

    Args:
        texts: Its components as expressions, by qualified name.
        foreign: Components of other modules; what ``main.jsonnet`` says of them is left out.
    """
    fields = (f"{json.dumps(name)}: {text}," for name, text in texts.items())
    main = json.dumps(f"{environment.directory}/main.jsonnet")
    arguments = ", ".join(f"{name}={json.dumps(text)}" for name, text in options.tla_vars.items())
    call = f"({arguments})" if arguments else ""
    entry = (
        f"local all = (import {main}){call}; local foreign = {json.dumps(foreign)};"
        " {[name]: all[name] for name in std.objectFields(all) if !std.member(foreign, name)}"
    )
    plumbing = {
        "__ksonnet/components": f"import {json.dumps(_SIBLINGS)}",
        _PARAMS: _traced(module.params, imports.overridden),
        "__ksonnet/environments": destination_code(environment),
    }
    return JsonnetProgram(
        entry=ENTRY,
        files={**imports.files, ENTRY: entry, _SIBLINGS: "{\n" + "\n".join(fields) + "\n}\n"},
        roots=imports.roots,
        search=(*imports.search, *options.search),
        aliases=imports.aliases,
        ext_code={**options.ext_code, **plumbing},
        ext_vars=options.ext_vars,
    )


def _rendering(
    app: KsonnetApp,
    resolution: Resolution,
    trees: Mapping[str, JsonValue],
    said: tuple[Finding, ...],
) -> Rendering:
    known = {item.name: item for item in resolution.environment.components}
    main = f"{resolution.settings.directory}/main.jsonnet"
    text = read_text(app.root / main, main, app.root)
    added = {
        name: Component(
            name=name,
            prototype=Prototype(name=main, file=main, source=text),
            parameters={},
            span=_line_with(name, main, text),
        )
        for name in trees.keys() - known.keys()
    }
    components = dict(sorted({**known, **added}.items()))
    findings = list(_malformed(components, trees))
    if findings:
        raise AppError(*findings)
    return Rendering(
        environment=replace(resolution.environment, components=tuple(components.values())),
        components=tuple(
            RenderedComponent(component=components[name], tree=trees[name])
            for name in sorted(trees)
        ),
        findings=said,
    )


def _malformed(
    components: Mapping[str, Component], trees: Mapping[str, JsonValue]
) -> Iterator[Finding]:
    """Yield a finding for everything that is neither an object nor a list of objects."""
    for name, tree in sorted(trees.items()):
        if isinstance(tree, list) or (isinstance(tree, dict) and tree.get("kind")):
            continue
        problem = 'has no "kind"' if isinstance(tree, dict) else f"is {shown(tree)}"
        yield Finding(
            rule="object-malformed",
            message=f'component "{name}" {problem}',
            span=components[name].span,
            component=name,
            hint="a component is an object, a list of objects, or a List",
        )


def _line_with(name: str, file: str, text: str) -> SourceSpan:
    """Return the first line of a file that mentions a name, or the file."""
    for number, line in enumerate(text.split("\n"), start=1):
        column = line.find(name)
        if column >= 0:
            return SourceSpan(file, number, column + 1, column + 1 + len(name), line)
    return SourceSpan(file)
