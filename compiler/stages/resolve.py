"""Merges the layers of one environment: default < base < … < environment < ``--set``."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.errors import AppError
from compiler.model.app import (
    DEFAULT_KUBERNETES,
    KEPT_RELEASES,
    KEPT_RUNS,
    App,
    Component,
    ComponentLayer,
    Destination,
    Environment,
    EnvironmentFile,
    Need,
)
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.package import Package
from compiler.model.parameter import Parameter, ParameterSpec, ParameterType, Setting
from compiler.model.prototype import Prototype
from compiler.model.ref import ParameterRef
from compiler.model.source import SourceSpan
from compiler.stages.names import default_namespace, default_namespace_finding, did_you_mean
from compiler.stages.validate.parameters import check_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A parameter set on the command line.

    Attributes:
        target: Its name; as it was typed, where the components are not known yet.
        text: The value as it was typed; a parameter that is declared as text takes it literally.
        value: The same, read as YAML.
    """

    target: ParameterRef | str
    text: str
    value: JsonValue
    span: SourceSpan

    def ref(self, components: Collection[str]) -> ParameterRef:
        """Return which parameter it means among those of some components."""
        if isinstance(self.target, ParameterRef):
            return self.target
        return ParameterRef.parse(self.target, components)


def resolve(app: App, name: str, overrides: Sequence[Override] = ()) -> Environment:
    """Return the environment ``name`` with its components and their checked parameters.

    Raises:
        AppError: With everything that is wrong in its layers.
    """
    files = layers_of(app, name)
    packages = packages_of(app, files)
    findings: list[Finding] = []
    stacks = _stacks(files)
    components: list[Component] = []
    enabled = {name: layers for name, layers in stacks.items() if not _last(layers, "disabled")}
    findings += unknown_overrides(overrides, stacks)
    findings += _unknown_needs(enabled, stacks)
    for component, layers in sorted(enabled.items()):
        mine = [
            (ref.name, each)
            for each in overrides
            if (ref := each.ref(stacks)).component == component
        ]
        try:
            components.append(_component(app, layers, packages, mine))
        except AppError as error:
            findings += error.findings
    destination = _destination(files)
    if not destination.namespace:
        findings += filter(None, [default_namespace_finding(app.name, name, files[-1].span)])
    if findings:
        raise AppError(*(replace(item, environment=item.environment or name) for item in findings))
    return Environment(
        app=app.name,
        app_id=app.id,
        name=name,
        layers=tuple(file.name for file in files),
        kubernetes=next(
            (f.kubernetes for f in reversed(files) if f.kubernetes), DEFAULT_KUBERNETES
        ),
        destination=destination,
        namespace=destination.namespace or default_namespace(app.name, name),
        external=frozenset(item for file in files for item in file.external),
        addons=frozenset(item for file in files for item in file.addons),
        keep_runs=next(
            (file.keep_runs for file in reversed(files) if file.keep_runs is not None), KEPT_RUNS
        ),
        keep=next((file.keep for file in reversed(files) if file.keep), KEPT_RELEASES),
        packages=packages,
        components=tuple(components),
        readiness=app.readiness,
        definitions=app.definitions,
        protected=protection_of(files),
        conflicts=tuple(rule for file in reversed(files) for rule in file.conflicts),
    )


def protection_of(files: Sequence[EnvironmentFile]) -> SourceSpan | None:
    """Return where the strongest layer that speaks of it says that nothing may be deleted."""
    said = next((file for file in reversed(files) if file.protect is not None), None)
    return said.protect_span if said and said.protect else None


def unknown_overrides(
    overrides: Sequence[Override], components: Mapping[str, object]
) -> Iterator[Finding]:
    """Yield a finding for each override of a component that does not exist."""
    for override in overrides:
        component = override.ref(components).component
        if component not in components:
            message = f'there is no component "{component}"'
            hint = did_you_mean(component, components)
            yield Finding(rule="component-unknown", message=message, span=override.span, hint=hint)


def placed_like(app: App, name: str, other: Environment) -> App:
    """Return the app as if an environment were applied where another one is."""
    layers = {file.name for file in layers_of(app, name)}
    files = {
        key: replace(file, destination=None) if key in layers else file
        for key, file in app.environments.items()
    }
    place = replace(other.destination, namespace=other.namespace)
    files[name] = replace(files[name], destination=place)
    return replace(app, environments=files)


def layers_of(app: App, name: str) -> list[EnvironmentFile]:
    """Return the file of an environment and all that it extends, weakest first.

    Raises:
        AppError: It extends what does not exist, or itself.
    """
    chain = [app.environments[name]]
    while chain[0].extends:
        current = chain[0]
        parent = app.environments.get(current.extends)
        if parent is None:
            message = f'"{current.name}" extends "{current.extends}", which does not exist'
            hint = did_you_mean(current.extends, app.environments)
            raise AppError(
                Finding(
                    rule="environment-extends",
                    message=message,
                    span=current.extends_span,
                    hint=hint,
                )
            )
        if parent in chain:
            loop = [item.name for item in chain[: chain.index(parent) + 1]]
            message = f"environments extend each other: {' → '.join([parent.name, *loop])}"
            raise AppError(
                Finding(rule="environment-extends", message=message, span=current.extends_span)
            )
        chain.insert(0, parent)
    return chain


def packages_of(app: App, files: Iterable[EnvironmentFile]) -> dict[str, Package]:
    """Return the packages of an environment; a stronger layer's version beats the app's."""
    found = dict(app.packages)
    for file in files:
        found.update(file.packages)
    return found


def prototype_in(app: App, layer: ComponentLayer, packages: Mapping[str, Package]) -> Prototype:
    """Return what a layer makes a component from, in the version that an environment uses.

    Raises:
        AppError: The environment has no such package, or its version no such prototype.
    """
    name = layer.prototype or layer.source or ""
    found = app.prototypes[name]
    if found.package in packages:
        package = packages[found.package]
        if item := app.prototypes.get(f"{name}@{package.version}"):
            return item
        message = f'package "{package}" has no prototype "{name}", or is not in vendor/'
        hint = "bring it back: kuplet pkg install"
    elif f"{name}@{found.version}" in app.prototypes:
        message = f'"{name}" is made from package "{found.package}", which is not installed here'
        hint = f"kuplet pkg install {found.package} --env ENVIRONMENT"
    else:  # a source of the app, or built in
        return found
    span = layer.prototype_span
    raise AppError(
        Finding(rule="package-missing", message=message, span=span, component=layer.name, hint=hint)
    )


def _stacks(files: Sequence[EnvironmentFile]) -> dict[str, list[ComponentLayer]]:
    """Return what each layer says of each component, weakest first."""
    stacks: dict[str, list[ComponentLayer]] = {}
    for file in files:
        for name, layer in file.components.items():
            stacks.setdefault(name, []).append(layer)
    return stacks


def _last(layers: Sequence[ComponentLayer], field: str) -> object:
    """Return the strongest layer's word on a field, or ``None``."""
    words = (getattr(layer, field) for layer in reversed(layers))
    return next((word for word in words if word is not None), None)


def _component(
    app: App,
    layers: Sequence[ComponentLayer],
    packages: Mapping[str, Package],
    overrides: Sequence[tuple[str, Override]],
) -> Component:
    prototype = _prototype(app, layers, packages)
    settings: dict[str, list[Setting]] = {}
    for layer in layers:
        for name, setting in layer.params.items():
            settings.setdefault(name, []).append(setting)
    for name, override in overrides:
        spec = prototype.parameters.get(name)
        value = override.text if spec and spec.takes_text else override.value
        setting = Setting(value=value, layer="--set", span=override.span)
        settings.setdefault(name, []).append(setting)
    name = layers[0].name
    parameters, findings = _parameters(name, prototype, settings, layers[-1].span)
    if findings:
        raise AppError(*(replace(finding, component=name) for finding in findings))
    return Component(
        name=name,
        prototype=prototype,
        parameters=parameters,
        needs=_needs(layers),
        on_change=next((item.on_change for item in reversed(layers) if item.on_change), None),
        is_patient=next(
            (item.is_patient for item in reversed(layers) if item.is_patient is not None), False
        ),
        patches=tuple(patch for layer in layers for patch in layer.patches),
        span=layers[-1].span,
    )


def _prototype(
    app: App, layers: Sequence[ComponentLayer], packages: Mapping[str, Package]
) -> Prototype:
    for layer in reversed(layers):
        if layer.prototype or layer.source:
            return prototype_in(app, layer, packages)
    component, span = layers[-1].name, layers[-1].span
    message = f'component "{component}" says neither "prototype" nor "source"'
    hint = f"add, for example: {component}: {{prototype: kuplet/tf-job}}"
    raise AppError(
        Finding(
            rule="component-prototype", message=message, span=span, component=component, hint=hint
        )
    )


def _parameters(
    component: str,
    prototype: Prototype,
    settings: Mapping[str, Sequence[Setting]],
    span: SourceSpan,
) -> tuple[dict[str, Parameter], tuple[Finding, ...]]:
    found: dict[str, Parameter] = {}
    for name in sorted({*prototype.parameters, *settings}):
        spec = prototype.parameters.get(name)
        layers = (*default_settings(component, spec, prototype), *settings.get(name, ()))
        if layers:
            spec = spec or _undeclared(name)
            found[name] = Parameter(name=name, spec=spec, settings=layers)
    return found, tuple(check_parameters(prototype, found, span))


def _undeclared(name: str) -> ParameterSpec:
    return ParameterSpec(name=name, type=ParameterType.ANY)


def default_settings(
    component: str, spec: ParameterSpec | None, prototype: Prototype
) -> Iterator[Setting]:
    """Yield the default of a declared parameter; ``name`` is the component's own by default."""
    if spec is None:
        return
    span = spec.span or SourceSpan(prototype.file)
    if spec.name == "name" and spec.default in {None, ""}:
        yield Setting(value=component, layer="default", span=span)
    elif not spec.is_required:
        yield Setting(value=spec.default, layer="default", span=span)


def _needs(layers: Sequence[ComponentLayer]) -> tuple[Need, ...]:
    return next((layer.needs for layer in reversed(layers) if layer.needs is not None), ())


def _unknown_needs(
    enabled: Mapping[str, Sequence[ComponentLayer]], stacks: Mapping[str, object]
) -> Iterator[Finding]:
    for name, layers in sorted(enabled.items()):
        for need in _needs(layers):
            if need.component in enabled:
                continue
            state = "is disabled here" if need.component in stacks else "does not exist"
            yield Finding(
                rule="needs-unknown",
                message=f'component "{name}" needs "{need.component}", which {state}',
                span=need.span,
                component=name,
                hint=did_you_mean(need.component, enabled.keys() - {name}),
            )


def _destination(files: Sequence[EnvironmentFile]) -> Destination:
    """Return the strongest destination; only its namespace may come from a weaker layer.

    A pin is for the cluster that is named beside it, or by a weaker layer; not by a stronger one.
    """
    said = [file.destination for file in files if file.destination]
    if not said:
        return Destination()
    namespace = next((item.namespace for item in reversed(said) if item.namespace), "")
    naming = [index for index, item in enumerate(said) if not item.is_sandbox]
    cluster = said[naming[-1] if naming else -1]
    pins = (item.cluster for item in reversed(said[naming[-1] if naming else 0 :]))
    return replace(cluster, namespace=namespace, cluster=next(filter(None, pins), ""))
