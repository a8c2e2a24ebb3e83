"""Turns an environment of a ksonnet app into the `Environment` that all stages know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.errors import AppError
from compiler.formats.ksonnet.app import PARAMS, ROOT_MODULE, KsonnetApp, KsonnetEnvironment
from compiler.formats.ksonnet.modules import (
    ComponentFile,
    component_files,
    module_directory,
    module_names,
)
from compiler.formats.ksonnet.packages import libraries_of
from compiler.formats.ksonnet.params import ModuleParams, module_params
from compiler.jsonnet.evaluate import Engine
from compiler.model.app import DEFAULT_KUBERNETES, Component, Destination, Dialect, Environment
from compiler.model.finding import Finding
from compiler.model.json import same
from compiler.model.manifest import mapping_at
from compiler.model.parameter import Parameter, ParameterSpec, ParameterType, Setting
from compiler.model.prototype import Prototype
from compiler.model.ref import ParameterRef
from compiler.model.source import SourceSpan
from compiler.stages.names import did_you_mean
from compiler.stages.resolve import Override, unknown_overrides
from compiler.stages.validate.kubernetes_schemas import supported_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """An environment, and what rendering needs besides."""

    environment: Environment
    settings: KsonnetEnvironment
    files: tuple[ComponentFile, ...]
    modules: tuple[ModuleParams, ...]

    def for_todays_kubernetes(self) -> "Resolution":
        """Return the same for a Kubernetes that still runs somewhere, if its own is too old."""
        if self.environment.kubernetes in supported_versions():
            return self
        environment = replace(self.environment, kubernetes=DEFAULT_KUBERNETES)
        return replace(self, environment=environment)


def resolve_ksonnet(
    app: KsonnetApp, name: str, engine: Engine, overrides: Sequence[Override] = ()
) -> Resolution:
    """Return the environment ``name`` with its components and their parameters.

    Raises:
        AppError: The environment is incomplete, a file of parameters is wrong, or an override is
            for a component that is not there.
    """
    settings = app.environments[name]
    destination = _checked_destination(app, settings)
    files = component_files(app, settings.modules)
    names = {item.name: item for item in files}
    unknown = list(unknown_overrides(overrides, names))
    if unknown:
        raise AppError(*unknown)
    modules = [
        _overridden(module, {each.ref(names): each for each in overrides})
        for module in module_params(app, settings, files, engine)
    ]
    environment = Environment(
        app=app.name,
        name=name,
        layers=(*(f"{module_directory(item)}/{PARAMS}" for item in settings.modules), name),
        kubernetes=".".join(settings.kubernetes.removeprefix("v").split(".")[:2]),
        destination=destination,
        namespace=destination.namespace or "default",
        external=frozenset(),
        components=tuple(_components(settings, files, modules)),
        packages=libraries_of(app, settings),
        dialect=Dialect.KSONNET,
    )
    return Resolution(
        environment=environment, settings=settings, files=tuple(files), modules=tuple(modules)
    )


def _overridden(module: ModuleParams, overrides: Mapping[ParameterRef, Override]) -> ModuleParams:
    """Lay what was set on the command line over the parameters of a module."""
    params, patches = dict(module.params), dict(module.patches)
    for ref, override in overrides.items():
        owner, _, local = ref.component.rpartition(".")
        if (owner or ROOT_MODULE) == module.module:
            for layer in (params, patches):
                layer[local] = {**mapping_at(layer, local), ref.name: override.value}
    return replace(module, params=params, patches=patches)


def _checked_destination(app: KsonnetApp, environment: KsonnetEnvironment) -> Destination:
    findings = list(_missing(app, environment))
    if environment.destination is None:
        message = f'environment "{environment.name}" has no destination'
        hint = "add it: destination: {server: https://…, namespace: …}"
        findings.append(
            Finding(rule="destination-missing", message=message, span=environment.span, hint=hint)
        )
    if findings or environment.destination is None:
        raise AppError(*findings)
    return environment.destination


def _missing(app: KsonnetApp, environment: KsonnetEnvironment) -> Iterator[Finding]:
    """Yield what ``app.yaml`` promises and the directory does not hold."""
    known = module_names(app.root)
    for module in environment.modules:
        if module not in known:
            message = f'environment "{environment.name}" targets module "{module}", which does not'
            yield Finding(
                rule="module-unknown",
                message=f"{message} exist",
                span=environment.span,
                hint=did_you_mean(module, known),
            )
    main = f"{environment.directory}/main.jsonnet"
    if not (app.root / main).is_file():
        yield Finding(
            rule="environment-incomplete",
            message=f'environment "{environment.name}" has no file {main}',
            span=environment.span,
            hint="bring the file back from version control, or correct its path",
        )


def _components(
    environment: KsonnetEnvironment,
    files: Sequence[ComponentFile],
    modules: Sequence[ModuleParams],
) -> Iterator[Component]:
    by_module = {item.module: item for item in modules}
    for item in sorted(files, key=lambda item: item.name):
        yield Component(
            name=item.name,
            prototype=Prototype(name=item.file, file=item.file, source=item.text),
            parameters=_parameters(environment, item.local, by_module[item.module]),
            span=item.span,
        )


def _parameters(
    environment: KsonnetEnvironment, local: str, module: ModuleParams
) -> dict[str, Parameter]:
    """Return the parameters that count, each set by the last file that changed it."""
    written = mapping_at(module.written, local)
    found = {}
    for name, value in sorted(mapping_at(module.params, local).items()):
        is_written = name in written and same(written[name], value)
        directory = module_directory(module.module) if is_written else environment.directory
        layer = module.module if is_written else environment.name
        setting = Setting(value=value, layer=layer, span=SourceSpan(f"{directory}/{PARAMS}"))
        spec = ParameterSpec(name=name, type=ParameterType.ANY)
        found[name] = Parameter(name=name, spec=spec, settings=(setting,))
    return found
