"""Compiles an environment: calls the stages in order and passes values on."""

import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from compiler.bundled import bundled
from compiler.errors import AppError, UsageError
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.ksonnet.objects import shown_objects
from compiler.formats.ksonnet.render import render_ksonnet
from compiler.formats.ksonnet.resolve import resolve_ksonnet
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import component_keys
from compiler.formats.package_imports import (
    evaluate_with_packages,
    missing_packages,
    package_imports,
)
from compiler.jsonnet.evaluate import DEFAULT_ENGINE, Engine, Evaluation
from compiler.model.app import App, Dialect, Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.dag import ManifestDag
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, same
from compiler.model.jsonnet import JsonnetOptions
from compiler.model.manifest import Manifest, by_ref
from compiler.model.ref import ParameterRef
from compiler.registry.library import BUILT_IN
from compiler.stages.convert.convert import Conversion, convert, place
from compiler.stages.extract import duplicates, extract, found_objects
from compiler.stages.link.link import link
from compiler.stages.names import did_you_mean
from compiler.stages.reads import (
    never_read,
    read_parameters,
    undeclared,
    unread_findings,
    without,
)
from compiler.stages.render import Rendering, program_for, rendered_components
from compiler.stages.resolve import Override, resolve
from compiler.stages.validate.objects import validate_objects
from compiler.verbs.memo import Memo


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileOptions:
    """What a user may change about one compile.

    Attributes:
        convert: Whether to rewrite objects in API versions that Kubernetes removed.
        only: The components to compile in an app of ksonnet; such apps hold alternatives, of which
            nobody wants all at once. Empty for all.
        reuse: What earlier compiles of the same run worked out, if that shall not be done again; a
            run gives all of them the same ``jsonnet`` and ``engine``.
    """

    overrides: Sequence[Override] = ()
    jsonnet: JsonnetOptions = field(default_factory=JsonnetOptions)
    engine: Engine = DEFAULT_ENGINE
    convert: bool = False
    only: Sequence[str] = ()
    reuse: "Reuse | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """What lets the compiles of a run share their work.

    Attributes:
        memo: What they know, across environments and both sides of a review.
        tree: The files of the app that is compiled, as they are now.
    """

    memo: Memo
    tree: SourceTree


def compile_environment(
    app: App | KsonnetApp, name: str, options: CompileOptions | None = None
) -> CompiledEnvironment:
    """Compile one environment: resolve → render → extract → link → validate.

    Raises:
        AppError: The environment cannot be compiled. What validation finds is part of the result.
    """
    options = options or CompileOptions()
    return _compiled(_render(app, name, options), options)


def compile_selected(
    app: App | KsonnetApp, name: str, components: Sequence[str], options: CompileOptions
) -> CompiledEnvironment:
    """Compile an environment, of which some components are about to meet a cluster.

    Args:
        components: Empty for all.

    Raises:
        AppError: It cannot be compiled, or validation found an error in what was selected.
        UsageError: A component does not exist.
    """
    compiled = selected(compile_environment(app, name, options), components)
    if any(finding.is_error for finding in compiled.findings):
        raise AppError(*compiled.findings)
    return compiled


def selected(compiled: CompiledEnvironment, components: Sequence[str]) -> CompiledEnvironment:
    """Return a compile for a command about some components; all when none is named.

    Raises:
        UsageError: A component does not exist.
    """
    known = {component.name for component in compiled.environment.components}
    for name in components:
        if name not in known:
            message = f'environment "{compiled.environment.name}" has no component "{name}"'
            hint = did_you_mean(name, known)
            raise UsageError(Finding(rule="component-unknown", message=message, hint=hint))
    return compiled.only(components)


def _compiled(rendering: Rendering, options: CompileOptions) -> CompiledEnvironment:
    environment = rendering.environment
    is_partial = options.only and environment.dialect is Dialect.KSONNET
    components = [
        item
        for item in rendering.components
        if not is_partial or item.component.name in options.only
    ]
    conversion = _converted(environment, extract(environment, components), options)
    manifests = conversion.manifests
    if same := list(duplicates(manifests)):  # two versions of one object, alike once rewritten
        raise AppError(*(replace(finding, environment=environment.name) for finding in same))
    dag = link(environment, manifests)
    found = by_ref(manifests)
    memo = options.reuse.memo if options.reuse else None
    findings = (*rendering.findings, *conversion.findings)
    return CompiledEnvironment(
        environment=environment,
        manifests=tuple(found[ref] for ref in dag.order),
        dag=dag,
        findings=(*findings, *validate_objects(environment, manifests, memo)),
    )


def _converted(
    environment: Environment, manifests: list[Manifest], options: CompileOptions
) -> Conversion:
    result = convert(manifests, environment.kubernetes) if options.convert else place(manifests)
    named = [replace(finding, environment=environment.name) for finding in result.findings]
    return replace(result, findings=named)


def show_environment(
    app: App | KsonnetApp, name: str, options: CompileOptions | None = None
) -> CompiledEnvironment:
    """Compile one environment to be looked at: its objects, whatever is wrong with them.

    Those of an app of ksonnet are what ``ks show`` printed: without the labels and the namespace
    that an apply gives them.

    Raises:
        AppError: The environment cannot be rendered, or holds nothing that could be shown.
    """
    options = options or CompileOptions()
    rendering = _render(app, name, options)
    try:
        compiled = _compiled(rendering, options)
    except AppError as error:
        findings = (*rendering.findings, *error.findings)
        return _as_rendered(rendering, options, findings)
    if rendering.environment.dialect is Dialect.KUPLET:
        return compiled
    return _as_rendered(rendering, options, compiled.findings)


def _as_rendered(
    rendering: Rendering, options: CompileOptions, findings: Sequence[Finding]
) -> CompiledEnvironment:
    """Return the objects of a rendering as they are, in dependency order where there is one."""
    environment = rendering.environment
    if environment.dialect is Dialect.KSONNET:
        manifests = shown_objects(rendering.components)
        if options.convert:
            manifests = _converted(environment, manifests, options).manifests
    else:
        found, _ = found_objects(environment, rendering.components)
        manifests = _converted(environment, found, options).manifests
    if not manifests and any(finding.is_error for finding in findings):
        raise AppError(*findings)
    dag = ManifestDag(waves=(tuple(sorted({item.ref for item in manifests})),), dependencies=())
    with contextlib.suppress(AppError):  # the findings say already why there is no order
        dag = link(environment, manifests)
    place_of = {ref: index for index, ref in enumerate(dag.order)}
    return CompiledEnvironment(
        environment=environment,
        manifests=tuple(sorted(manifests, key=lambda item: place_of[item.ref])),
        dag=dag,
        findings=tuple(findings),
    )


def resolve_environment(app: App | KsonnetApp, name: str) -> Environment:
    """Return an environment with its components and their parameters; nothing is rendered."""
    if isinstance(app, KsonnetApp):
        return resolve_ksonnet(app, name, DEFAULT_ENGINE).environment
    return resolve(app, name)


def _render(app: App | KsonnetApp, name: str, options: CompileOptions) -> Rendering:
    """Resolve and render; after this nothing but the environment's dialect tells the apps apart."""
    if isinstance(app, KsonnetApp):
        resolution = resolve_ksonnet(app, name, options.engine, options.overrides)
        if options.convert:
            resolution = resolution.for_todays_kubernetes()
        return render_ksonnet(app, resolution, options.jsonnet, options.engine)
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
        program = program_for(of, roots, jsonnet, wanted)
        return evaluate_with_packages(program, options.engine, missing)

    def made(wanted: Sequence[str] | None = None) -> _Made:
        whole = evaluated(environment, wanted)
        unread = _unread(environment, wanted, whole, lambda of: evaluated(of, wanted).value)
        return _Made(trees=whole.value, unread=unread)

    result = _shared(environment, options.reuse, made) if options.reuse else made()
    return Rendering(
        environment=environment,
        components=tuple(rendered_components(environment, result.trees)),
        findings=tuple(unread_findings(environment, result.unread)),
    )


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
        for name in undeclared(component)
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
