"""Compiles an environment: calls the stages in order and passes values on."""

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from compiler.errors import AppError, UsageError
from compiler.formats.choice import format_of
from compiler.formats.format import AnyApp
from compiler.formats.ksonnet.objects import shown_objects
from compiler.formats.options import CompileOptions
from compiler.model.app import Dialect, Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.dag import ManifestDag
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, by_ref
from compiler.stages.convert.convert import Conversion, convert, place
from compiler.stages.extract import duplicates, extract, found_objects
from compiler.stages.link.link import link
from compiler.stages.names import did_you_mean
from compiler.stages.render import Rendering
from compiler.stages.validate.objects import validate_objects


def compile_environment(
    app: AnyApp, name: str, options: CompileOptions | None = None
) -> CompiledEnvironment:
    """Compile one environment: resolve → render → extract → link → validate.

    Raises:
        AppError: The environment cannot be compiled. What validation finds is part of the result.
    """
    options = options or CompileOptions()
    return _compiled(format_of(app).render(name, options), options)


def compile_selected(
    app: AnyApp, name: str, components: Sequence[str], options: CompileOptions
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


def selected(
    compiled: CompiledEnvironment, components: Sequence[str], also: Collection[str] = ()
) -> CompiledEnvironment:
    """Return a compile for a command about some components; all when none is named.

    Args:
        also: Components that the app had before.

    Raises:
        UsageError: A component does not exist.
    """
    known = {*(component.name for component in compiled.environment.components), *also}
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
    conversion = converted(environment, extract(environment, components), options)
    manifests = conversion.manifests
    if same := list(duplicates(manifests)):  # two versions of one object, alike once rewritten
        raise AppError(*(replace(finding, environment=environment.name) for finding in same))
    dag = link(environment, manifests) if options.order else _unlinked(manifests)
    found = by_ref(manifests)
    findings = (*rendering.findings, *conversion.findings)
    checked = validate_objects(environment, manifests) if options.check else ()
    return CompiledEnvironment(
        environment=environment,
        manifests=tuple(found[ref] for ref in dag.order),
        dag=dag,
        findings=(*findings, *checked),
    )


def _unlinked(manifests: Sequence[Manifest]) -> ManifestDag:
    """Return objects none of which waits for another one."""
    return ManifestDag(waves=(tuple(sorted({item.ref for item in manifests})),))


def converted(
    environment: Environment, manifests: list[Manifest], options: CompileOptions
) -> Conversion:
    """Return objects in the API versions that they are applied in, rewritten if that is wanted."""
    result = convert(manifests, environment.kubernetes) if options.convert else place(manifests)
    named = [replace(finding, environment=environment.name) for finding in result.findings]
    return replace(result, findings=named)


def show_environment(
    app: AnyApp, name: str, options: CompileOptions | None = None
) -> CompiledEnvironment:
    """Compile one environment to be looked at: its objects, whatever is wrong with them.

    Those of an app of ksonnet are what ``ks show`` printed: without the labels and the namespace
    that an apply gives them.

    Raises:
        AppError: The environment cannot be rendered, or holds nothing that could be shown.
    """
    options = options or CompileOptions()
    rendering = format_of(app).render(name, options)
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
            manifests = converted(environment, manifests, options).manifests
    else:
        found, _ = found_objects(environment, rendering.components)
        manifests = converted(environment, found, options).manifests
    if not manifests and any(finding.is_error for finding in findings):
        raise AppError(*findings)
    dag = _unlinked(manifests)
    if options.order:
        with contextlib.suppress(AppError):  # the findings say already why there is no order
            dag = link(environment, manifests)
    place_of = {ref: index for index, ref in enumerate(dag.order)}
    return CompiledEnvironment(
        environment=environment,
        manifests=tuple(sorted(manifests, key=lambda item: place_of[item.ref])),
        dag=dag,
        findings=tuple(findings),
    )


def resolve_environment(app: AnyApp, name: str) -> Environment:
    """Return an environment with its components and their parameters; nothing is rendered."""
    return format_of(app).resolve(name)
