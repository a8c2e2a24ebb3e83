"""Renders an environment of an app of kuplet: one Jsonnet program for all its components."""

from collections.abc import Callable, Sequence

from compiler.bundled import bundled
from compiler.errors import UsageError
from compiler.formats.kuplet.inputs import component_keys
from compiler.formats.options import CompileOptions, Reuse
from compiler.formats.package_imports import (
    evaluate_with_packages,
    missing_packages,
    package_imports,
)
from compiler.model.app import App, Environment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.registry.library import BUILT_IN
from compiler.stages.render import Rendering, program_for, rendered_components
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

    def evaluated(wanted: Sequence[str] | None = None) -> JsonObject:
        program = program_for(environment, roots, jsonnet, wanted)
        return evaluate_with_packages(program, options.engine, missing)

    trees = _shared(environment, options.reuse, evaluated) if options.reuse else evaluated()
    return Rendering(
        environment=environment, components=tuple(rendered_components(environment, trees))
    )


def _shared(
    environment: Environment, reuse: Reuse, evaluated: Callable[[Sequence[str]], JsonObject]
) -> JsonObject:
    """Return the trees of all components, evaluating only those that are not known."""
    keys = component_keys(environment, reuse.tree)
    known = reuse.memo.trees(keys)
    wanted = [item.name for item in environment.components if item.name not in known]
    found = evaluated(wanted) if wanted else {}
    reuse.memo.learn(keys, found)
    return {**known, **found}
