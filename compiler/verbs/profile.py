"""Finds out what the evaluation of components costs: each is evaluated by itself, once more."""

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from compiler.errors import AppError
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import component_keys
from compiler.formats.kuplet.render import evaluated_alone, render_app
from compiler.formats.options import CompileOptions
from compiler.model.app import App, Component, Environment
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.stages.diff import field_below
from compiler.stages.extract import extract
from compiler.stages.link.link import link
from compiler.stages.reads import without
from compiler.stages.resolve import resolve
from compiler.stages.validate.objects import validate_objects
from compiler.text.jsonnet_objects import Expression, read_jsonnet
from compiler.verbs.compile import converted

_SEARCHED = 3  # of the slowest components it is looked which parameter costs most
_REPEATED = 12  # of the slowest: others on the machine only ever make an evaluation slower
_TIMES = 5
_WORTH_SAYING = 0.5  # of a component's time: what is less may be the machine
_NOISE_S = 0.005
_SHOWN = {":", ":::", "+:", "+:::"}  # before the values of fields that are no secret of a source


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one component costs.

    Attributes:
        declared: Where: file, line and column.
        source: The file of its source.
        seconds: That its evaluation took, by itself; what it reads of others included. ``None``
            where it can be evaluated only together with the others.
        parameter: The parameter without which it takes a good deal less; empty if none does.
        saved: The seconds that it takes less then.
        field: The field of its source that most of the time goes into; empty if there is none.
        line: Where that stands in the source.
        spent: The seconds that it takes.
    """

    component: str
    declared: str
    source: str
    seconds: float | None
    parameter: str = ""
    saved: float = 0.0
    field: str = ""
    line: int = 0
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class _Alone:
    """A component and as much of its environment as it may read."""

    app: App
    environment: Environment
    component: Component
    options: CompileOptions

    def seconds(self, part: str = "") -> float | None:
        """Return what an evaluation takes; ``None`` where it fails: a parameter may be required.

        Args:
            part: What of the component is evaluated: `evaluated_alone`.
        """
        start = time.perf_counter()
        name = self.component.name
        is_good = evaluated_alone(self.app, self.environment, name, self.options, part)
        return time.perf_counter() - start if is_good else None

    def quickest(self, part: str = "") -> float | None:
        """Return the least of several times: what else a machine does only makes them longer."""
        return _least(*(self.seconds(part) for _ in range(_TIMES)))

    def with_default(self, parameter: Parameter) -> "_Alone":
        """Return the same where nobody sets a parameter."""
        default = tuple(item for item in parameter.settings if item.layer == "default")
        if not default:
            ref = ParameterRef(self.component.name, parameter.name)
            return replace(self, environment=without(self.environment, {ref}))
        usual = replace(parameter, settings=default)
        parameters = {**self.component.parameters, parameter.name: usual}
        changed = replace(self.component, parameters=parameters)
        components = tuple(
            changed if item is self.component else item for item in self.environment.components
        )
        environment = replace(self.environment, components=components)
        return replace(self, environment=environment, component=changed)


_Time = tuple[float | None, _Alone]


def profile_of(app: App, name: str, options: CompileOptions) -> list[Cost]:
    """Return what each component costs, the dearest first.

    Raises:
        AppError: The environment cannot be resolved.
    """
    environment = resolve(app, name, options.overrides)
    lonely = component_keys(environment, SourceTree(app.root))
    all_of_them = [
        _Alone(
            app,
            replace(environment, components=(item,)) if item.name in lonely else environment,
            item,
            options,
        )
        for item in environment.components
    ]
    for each in all_of_them[:1]:  # the engine is warm then
        each.seconds()
    first = [each.seconds() for each in all_of_them]  # two rounds: few are disturbed in both
    second = [each.seconds() for each in all_of_them]
    twice = _ordered(zip(map(_least, first, second), all_of_them, strict=True))
    slowest = [(_least(each.quickest(), seen), each) for seen, each in twice[:_REPEATED]]
    return list(_costs(_ordered([*slowest, *twice[_REPEATED:]])))


def _least(*times: float | None) -> float | None:
    return min((each for each in times if each is not None), default=None)


def _ordered(times: Iterable[_Time]) -> list[_Time]:
    return sorted(times, key=lambda each: (-(each[0] or 0.0), each[1].component.name))


def stages_of(app: App, name: str, options: CompileOptions) -> Iterator[tuple[str, float]]:
    """Yield what each stage of a compile costs, in seconds, as they follow each other once more.

    It ends before a stage that fails: the compile itself has said why.
    """
    with contextlib.suppress(AppError):
        start = time.perf_counter()
        rendering = render_app(app, name, options)
        yield "render", time.perf_counter() - start
        start = time.perf_counter()
        extracted = extract(rendering.environment, rendering.components)
        yield "extract", time.perf_counter() - start
        start = time.perf_counter()
        conversion = converted(rendering.environment, extracted, options)
        yield "convert", time.perf_counter() - start
        start = time.perf_counter()
        link(rendering.environment, conversion.manifests)
        yield "link", time.perf_counter() - start
        if options.check:
            start = time.perf_counter()
            validate_objects(rendering.environment, conversion.manifests)
            yield "validate", time.perf_counter() - start


def _costs(times: Iterable[_Time]) -> Iterator[Cost]:
    for place, (seconds, alone) in enumerate(times):
        component = alone.component
        cost = Cost(
            component=component.name,
            declared=component.span.place if component.span else "",
            source=component.prototype.file,
            seconds=seconds,
        )
        if seconds is not None and place < _SEARCHED:
            parameter, saved = _dearest(alone, seconds)
            field, line, spent = _dearest_field(alone)
            cost = replace(
                cost, parameter=parameter, saved=saved, field=field, line=line, spent=spent
            )
        yield cost


def _dearest(alone: _Alone, seconds: float) -> tuple[str, float]:
    """Return the parameter without which a component takes least, if that is sure.

    The one that seemed best is measured again, by turns with what is there: what else the machine
    does slows both.
    """
    usual = {
        name: alone.with_default(parameter)
        for name, parameter in alone.component.parameters.items()
        if parameter.winner.layer != "default"
    }
    times = {name: less for name, each in usual.items() if (less := each.seconds()) is not None}
    name = min(times, key=lambda each: (times[each], each), default="")
    if not name or not _is_much(seconds, times[name]):
        return "", 0.0
    with_it, less = seconds, times[name]
    for _ in range(_TIMES):
        with_it = min(with_it, alone.seconds() or with_it)
        less = min(less, usual[name].seconds() or less)
    return (name, with_it - less) if _is_much(with_it, less) else ("", 0.0)


def _dearest_field(alone: _Alone) -> tuple[str, int, float]:
    """Return the path, the line and the seconds of the field that most of the time goes into.

    Each field that stands in the source is evaluated by itself, then those of the dearest one, as
    far as they are written out. What a field asks of locals and functions is its own.
    """
    prototype = alone.component.prototype
    found: tuple[str, int, float] = "", 0, 0.0
    if prototype.is_data:
        return found
    try:
        text = read_jsonnet(prototype.source)
    except ValueError:  # the engine takes more than we can read
        return found
    value: Expression | None = text.whole
    part, path = f"all[{json.dumps(alone.component.name)}]", ""
    while value and (literal := text.object_of(value)) and not literal.is_comprehension:
        least, total = alone.quickest(f"std.type({part})"), alone.quickest(part)
        parts = {
            f"{part}[{json.dumps(item.name)}]": item
            for item in literal.members
            if item.operator is not None and text.word(item.operator) in _SHOWN
        }
        rounds = [[alone.seconds(each) for each in parts] for _ in range(2)]
        times = {
            each: less
            for each, first, second in zip(parts, *rounds, strict=True)
            if (less := _least(first, second)) is not None
        }
        if least is None or total is None or not times:
            break
        part = max(times, key=lambda each: (times[each], each))
        spent = (alone.quickest(part) or least) - least
        if spent <= max((total - least) * _WORTH_SAYING, _NOISE_S):
            break
        member = parts[part]
        path = field_below(path, member.name)
        found = path, text.text.count("\n", 0, text.start(member.first)) + 1, spent
        value = member.value
    return found


def _is_much(seconds: float, less: float) -> bool:
    return seconds - less > max(seconds * _WORTH_SAYING, _NOISE_S)
