"""Finds out what the evaluation of components costs: each is evaluated by itself, once more."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from compiler.formats.kuplet.render import evaluated_alone
from compiler.formats.options import CompileOptions
from compiler.model.app import App, Component, Environment
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.stages.reads import without
from compiler.stages.resolve import resolve

_SEARCHED = 3  # of the slowest components it is looked which parameter costs most
_WORTH_SAYING = 0.25  # of a component's time


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one component costs.

    Attributes:
        declared: Where: file, line and column.
        source: The file of its source.
        seconds: That its evaluation took, by itself; what it reads of others included.
        parameter: The parameter without which it takes a good deal less; empty if none does.
        saved: The seconds that it takes less then.
    """

    component: str
    declared: str
    source: str
    seconds: float
    parameter: str = ""
    saved: float = 0.0


def profile_of(app: App, name: str, options: CompileOptions) -> list[Cost]:
    """Return what each component costs, the dearest first.

    Raises:
        AppError: The environment cannot be resolved, or a component not be evaluated.
    """
    environment = resolve(app, name, options.overrides)
    for item in environment.components[:1]:  # the engine is warm then
        _seconds(app, environment, item, options)
    times = [
        (_seconds(app, environment, item, options) or 0.0, item) for item in environment.components
    ]
    ordered = sorted(times, key=lambda each: (-each[0], each[1].name))
    return list(_costs(app, environment, ordered, options))


def _costs(
    app: App,
    environment: Environment,
    times: Sequence[tuple[float, Component]],
    options: CompileOptions,
) -> Iterator[Cost]:
    for place, (seconds, item) in enumerate(times):
        parameter, saved = "", 0.0
        if place < _SEARCHED:
            parameter, saved = _dearest(app, environment, item, options, seconds)
        yield Cost(
            component=item.name,
            declared=item.span.place if item.span else "",
            source=item.prototype.file,
            seconds=seconds,
            parameter=parameter,
            saved=saved,
        )


def _dearest(
    app: App,
    environment: Environment,
    component: Component,
    options: CompileOptions,
    seconds: float,
) -> tuple[str, float]:
    """Return the parameter without which a component takes least, if that is worth saying."""
    saved: dict[str, float] = {}
    for name, parameter in component.parameters.items():
        if parameter.winner.layer != "default":
            usual = _with_default(environment, component, parameter)
            less = _seconds(app, usual, component, options)
            saved |= {} if less is None else {name: seconds - less}
    name = max(saved, key=lambda each: (saved[each], each), default="")
    is_much = bool(name) and saved[name] > seconds * _WORTH_SAYING
    return (name, saved[name]) if is_much else ("", 0.0)


def _with_default(
    environment: Environment, component: Component, parameter: Parameter
) -> Environment:
    """Return an environment in which nobody set a parameter of a component."""
    default = [item for item in parameter.settings if item.layer == "default"]
    if not default:
        return without(environment, {ParameterRef(component.name, parameter.name)})
    usual = replace(parameter, settings=tuple(default))
    changed = replace(component, parameters={**component.parameters, parameter.name: usual})
    components = (changed if item is component else item for item in environment.components)
    return replace(environment, components=tuple(components))


def _seconds(
    app: App, environment: Environment, component: Component, options: CompileOptions
) -> float | None:
    """Return what an evaluation takes; ``None`` where it fails: a parameter may be required."""
    start = time.perf_counter()
    is_good = evaluated_alone(app, environment, component.name, options)
    return time.perf_counter() - start if is_good else None
