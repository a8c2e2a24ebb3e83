"""Checks the parameters of a component against what its prototype declares."""

from collections.abc import Iterator, Mapping

from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.manifest import mapping_at
from compiler.model.parameter import Parameter, ParameterSpec, ParameterType, Setting
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.stages.names import did_you_mean
from compiler.stages.validate.json_schema import check_schema, field_path, shown

_EXPECTED = {
    ParameterType.STRING: "a string",
    ParameterType.NUMBER: "a number",
    ParameterType.INTEGER: "an integer",
    ParameterType.BOOLEAN: "true or false",
    ParameterType.ARRAY: "a list",
    ParameterType.OBJECT: "an object",
    ParameterType.NUMBER_OR_STRING: "a number or a string",
}
_HINTS = {
    ParameterType.STRING: "put it in quotes",
    ParameterType.INTEGER: "write a whole number, for example: 3",
    ParameterType.NUMBER: "write a number, for example: 0.5",
    ParameterType.BOOLEAN: "write true or false, without quotes",
    ParameterType.ARRAY: "write a list, for example: [a, b]",
    ParameterType.OBJECT: "write an object, for example: {key: value}",
}


def check_parameters(
    prototype: Prototype, parameters: Mapping[str, Parameter], span: SourceSpan
) -> Iterator[Finding]:
    """Yield every finding: unknown, missing and wrongly typed values first, then the schema's.

    Args:
        span: Where the component stands, for values that nobody wrote.
    """
    found = [*_unknown(prototype, parameters), *_missing(prototype, parameters, span)]
    for parameter in parameters.values():
        for setting in parameter.settings:
            found += _wrong_type(parameter, setting)
    yield from found
    if not found and prototype.schema:
        yield from _against_schema(prototype, parameters, span)


def check_value(prototype: Prototype, name: str, setting: Setting) -> Iterator[Finding]:
    """Yield what is wrong with one value: its name, its type, its own constraints."""
    spec = prototype.parameters.get(name) or ParameterSpec(name=name, type=ParameterType.ANY)
    parameter = Parameter(name=name, spec=spec, settings=(setting,))
    found = [*_unknown(prototype, {name: parameter}), *_wrong_type(parameter, setting)]
    yield from found
    rules = mapping_at(prototype.schema, "properties", name)
    for violation in check_schema(setting.value, rules) if rules and not found else ():
        place = field_path((name, *violation.path))
        message = f'parameter "{place}": {violation.message}'
        yield Finding(rule="parameter-value", message=message, span=setting.span)


def has_type(value: JsonValue, spec: ParameterSpec) -> bool:  # noqa: PLR0911  one line a type
    """Return whether a value fits the declared type."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match spec.type:
        case ParameterType.STRING:
            return isinstance(value, str)
        case ParameterType.ENUM:
            return value in spec.choices
        case ParameterType.NUMBER:
            return is_number
        case ParameterType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case ParameterType.BOOLEAN:
            return isinstance(value, bool)
        case ParameterType.ARRAY:
            return isinstance(value, list)
        case ParameterType.OBJECT:
            return isinstance(value, dict)
        case ParameterType.NUMBER_OR_STRING:
            return is_number or isinstance(value, str)
        case ParameterType.ANY:
            return True


def _unknown(prototype: Prototype, parameters: Mapping[str, Parameter]) -> Iterator[Finding]:
    if not prototype.is_closed:
        return
    for name, parameter in parameters.items():
        if name in prototype.parameters or name in prototype.mentioned:
            continue
        setting = parameter.winner
        message = f'"{prototype.short_name}" has no parameter "{name}"'
        if not prototype.parameters:
            message = f'"{prototype.file}" takes no parameters, but "{name}" is set'
        yield Finding(
            rule="parameter-unknown",
            message=message,
            span=setting.name_span or setting.span,
            notes=(f"set by {setting.span.place}",),
            hint=did_you_mean(name, prototype.parameters),
        )


def _missing(
    prototype: Prototype, parameters: Mapping[str, Parameter], span: SourceSpan
) -> Iterator[Finding]:
    for name, spec in prototype.parameters.items():
        parameter = parameters.get(name)
        if not spec.is_required or (parameter and parameter.value not in ("", None)):
            continue
        what = f": {spec.description}" if spec.description else ""
        yield Finding(
            rule="parameter-missing",
            message=f'parameter "{name}" has no value and is required{what}',
            span=parameter.winner.span if parameter else span,
            notes=(f"declared at {spec.span}",),
            hint=f"set it: params: {{{name}: …}}",
        )


def _wrong_type(parameter: Parameter, setting: Setting) -> Iterator[Finding]:
    spec = parameter.spec
    if spec is None or has_type(setting.value, spec):
        return
    expected = _EXPECTED.get(spec.type) or f"one of {', '.join(spec.choices)}"
    hint = _HINTS.get(spec.type, did_you_mean(str(setting.value), spec.choices))
    if setting.value is None:
        hint = "give it a value, or remove the line to use the default"
    yield Finding(
        rule="parameter-type",
        message=f'parameter "{spec.name}" must be {expected}, got {shown(setting.value)}',
        span=setting.span,
        notes=tuple(_history(parameter, setting)),
        hint=hint,
    )


def _history(parameter: Parameter, setting: Setting) -> Iterator[str]:
    """Yield who set the value, what that overrides, and where the parameter is declared."""
    below = parameter.settings[: parameter.settings.index(setting)]
    overridden = [item for item in below if item.layer != "default"]
    line = f"set by {setting.span.place}"
    if overridden:
        line += f", overriding {overridden[-1].span.place}"
    yield line
    if parameter.spec and parameter.spec.span and setting.layer != "default":
        yield f"declared at {parameter.spec.span}"


def _against_schema(
    prototype: Prototype, parameters: Mapping[str, Parameter], span: SourceSpan
) -> Iterator[Finding]:
    values = {name: parameter.value for name, parameter in parameters.items()}
    for violation in check_schema(values, prototype.schema):
        parameter = parameters.get(str(violation.path[0])) if violation.path else None
        place = field_path(violation.path)
        message = f'parameter "{place}": {violation.message}' if place else violation.message
        yield Finding(
            rule="parameter-value",
            message=message,
            span=parameter.winner.span if parameter else span,
            notes=tuple(_history(parameter, parameter.winner)) if parameter else (),
            hint=violation.hint,
        )
