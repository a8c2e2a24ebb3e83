"""The verbs of kuplet: each calls stages and adapters in order and passes values on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from compiler.bundled import bundled
from compiler.jsonnet.evaluate import DEFAULT_ENGINE, Engine, evaluate
from compiler.model.app import App
from compiler.model.compiled import CompiledEnvironment
from compiler.model.manifest import by_ref
from compiler.registry.library import BUILT_IN
from compiler.stages.extract import extract
from compiler.stages.link.link import link
from compiler.stages.render import JsonnetOptions, program_for, rendered_components
from compiler.stages.resolve import Override, resolve
from compiler.stages.validate.objects import validate_objects


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileOptions:
    """What a user may change about one compile."""

    overrides: Sequence[Override] = ()
    jsonnet: JsonnetOptions = field(default_factory=JsonnetOptions)
    engine: Engine = DEFAULT_ENGINE


def compile_environment(
    app: App, name: str, options: CompileOptions | None = None
) -> CompiledEnvironment:
    """Compile one environment: resolve → render → extract → link → validate.

    Raises:
        AppError: The environment cannot be compiled. What validation finds is part of the result.
    """
    options = options or CompileOptions()
    environment = resolve(app, name, options.overrides)
    roots = {"": str(app.root), BUILT_IN: str(bundled("prototypes"))}
    program = program_for(environment, roots, options.jsonnet)
    result = evaluate(program, engine=options.engine)
    manifests = extract(environment, rendered_components(environment, result))
    dag = link(environment, manifests)
    found = by_ref(manifests)
    return CompiledEnvironment(
        environment=environment,
        manifests=tuple(found[ref] for ref in dag.order),
        dag=dag,
        findings=tuple(validate_objects(environment, manifests)),
    )
