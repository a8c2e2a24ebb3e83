"""Renders an environment of an app of kuplet: one Jsonnet program for all its components."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from compiler.bundled import bundled
from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.inputs import component_keys
from compiler.formats.options import CompileOptions, Reuse
from compiler.formats.package_imports import (
    evaluate_with_packages,
    missing_packages,
    package_imports,
)
from compiler.jsonnet.evaluate import Evaluation, evaluate_traced
from compiler.model.app import App, Environment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, same
from compiler.model.jsonnet import ENTRY, WANTED
from compiler.model.ref import ParameterRef
from compiler.registry.library import BUILT_IN
from compiler.stages.reads import (
    doubtful,
    never_read,
    read_parameters,
    unread_findings,
    without,
)
from compiler.stages.render import Rendering, program_for, rendered_components, tree_of
from compiler.stages.resolve import resolve


def render_app(app: App, name: str, options: CompileOptions) -> Rendering:
    """Resolve and render an environment.

    Raises:
        AppError: It cannot be resolved, or a component not be evaluated.
        UsageError: An option is for apps of ksonnet.
    """
    if options.jsonnet.tla_vars:
        message = "the components of a kuplet app are no functions: they take no --tla-str"
        hint = "use a parameter: --set COMPONENT.PARAM=VALUE"
        raise UsageError(Finding(rule="tla-unsupported", message=message, hint=hint))
    environment = resolve(app, name, options.overrides)
    roots = {"": str(app.root), BUILT_IN: str(bundled("prototypes"))}
    imports = package_imports(app.root, environment.packages)
    jsonnet = options.jsonnet.extended_by(imports)
    missing = missing_packages(app.root, environment.packages)

    def evaluated(of: Environment, wanted: Sequence[str] | None) -> Evaluation:
        try:
            shared = program_for(of, roots, jsonnet, wanted, is_shared=True)
            return evaluate_traced(shared, engine=options.engine)
        except AppError as error:
            if any(item.rule != "jsonnet-error" for item in error.findings):
                raise
        # Slower, but it says whose error it is.
        program = program_for(of, roots, jsonnet, wanted)
        return evaluate_with_packages(program, options.engine, missing)

    def made(wanted: Sequence[str]) -> _Made:
        names = frozenset(wanted)
        data = {
            item.name: tree_of(item.prototype)
            for item in environment.components
            if item.prototype.is_data and item.name in names
        }
        asked = [name for name in wanted if name not in data]
        if not asked:
            return _Made(trees=data, unread=frozenset())
        some = None if len(asked) == len(environment.components) else asked
        whole = evaluated(environment, some)
        unread = _unread(environment, some, whole, lambda of: evaluated(of, some).value)
        return _Made(trees={**data, **whole.value}, unread=unread)

    if options.reuse:
        result = _shared(environment, options.reuse, made)
    else:
        result = made([item.name for item in environment.components])
    return Rendering(
        environment=environment,
        components=tuple(rendered_components(environment, result.trees)),
        findings=tuple(unread_findings(environment, result.unread)),
    )


def evaluated_alone(
    app: App, environment: Environment, name: str, options: CompileOptions, part: str = ""
) -> bool:
    """Evaluate one component, with what it reads of others; return whether that went well.

    Args:
        part: Jsonnet that says what of it is wanted, with all components as ``all``.
    """
    if any(item.name == name and item.prototype.is_data for item in environment.components):
        return True
    roots = {"": str(app.root), BUILT_IN: str(bundled("prototypes"))}
    jsonnet = options.jsonnet.extended_by(package_imports(app.root, environment.packages))
    program = program_for(environment, roots, jsonnet, [name], is_shared=True)
    if part:
        wanted = f"local all = import {json.dumps(ENTRY)}; {{ part: {part} }}"
        program = replace(program, files={**program.files, WANTED: wanted})
    try:
        evaluate_traced(program, engine=options.engine)
    except AppError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """The trees of components, and their parameters that nothing read."""

    trees: JsonObject
    unread: frozenset[ParameterRef]


def _unread(
    environment: Environment,
    wanted: Sequence[str] | None,
    whole: Evaluation,
    evaluated: Callable[[Environment], JsonObject],
) -> frozenset[ParameterRef]:
    """Return the parameters that nothing reads; that one is there may be read as well."""
    read = read_parameters(whole.trace)
    silent = {
        ref
        for component in environment.components
        for name in doubtful(component)
        if (ref := ParameterRef(component.name, name)) not in read
        and (wanted is None or component.name in wanted)
    }

    def changes_nothing(refs: Collection[ParameterRef]) -> bool:
        try:
            return same(evaluated(without(environment, refs)), whole.value)
        except AppError:
            return False

    return never_read(silent, changes_nothing)


def _shared(
    environment: Environment, reuse: Reuse, made: Callable[[Sequence[str]], _Made]
) -> _Made:
    """Return the trees of all components, evaluating only those that are not known."""
    keys = component_keys(environment, reuse.tree)
    known = reuse.memo.trees(keys)
    wanted = [item.name for item in environment.components if item.name not in known]
    found = made(wanted) if wanted else _Made(trees={}, unread=frozenset())
    reuse.memo.learn(keys, found.trees, found.unread)
    unread = found.unread | reuse.memo.unread(keys, known)
    return _Made(trees={**known, **found.trees}, unread=unread)
