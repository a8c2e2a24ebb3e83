"""Says which parameters nothing reads: each of them tells when it is evaluated.

A parameter that no prototype declares is set in good faith: packages for ksonnet read what they
never declared, and a source of the app may read anything. Only an evaluation shows what it is.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from compiler.model.app import Component, Environment
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.parameter import Parameter
from compiler.model.prototype import Prototype
from compiler.model.ref import ParameterRef
from compiler.stages.names import did_you_mean

_MOST_SOURCES = 256
_WORD = re.compile(r"\w+")
_COMMENT = re.compile(r"^\s*(//|#).*", re.MULTILINE)
_READ = re.compile(r"kuplet:read:(\[.*?\])$", re.MULTILINE)


def doubtful(component: Component) -> list[str]:
    """Return the parameters that somebody set and perhaps nothing reads, sorted.

    What is declared was meant to be read. Only a source of the app itself is not believed, where
    nothing but its header has the name: a prototype may need one in some cases only.
    """
    prototype = component.prototype
    named = frozenset() if prototype.package else _words_of(prototype.source)
    return sorted(
        name
        for name, parameter in component.parameters.items()
        if name not in prototype.parameters
        or not (prototype.package or name in named or parameter.winner.layer == "default")
    )


@lru_cache(_MOST_SOURCES)
def _words_of(source: str) -> frozenset[str]:
    return frozenset(_WORD.findall(_COMMENT.sub("", source)))


def traced_params(params: Mapping[str, JsonObject], traced: Collection[ParameterRef]) -> str:
    """Return the parameters of components as Jsonnet, some of which say when they are read."""
    names = {ref: f"kuplet{index}" for index, ref in enumerate(sorted(traced))}
    values = [
        f"{name} = std.trace({_text(_mark(ref))}, {_text(params[ref.component][ref.name])})"
        for ref, name in names.items()
    ]
    components = (
        f"{_text(component)}: {{{', '.join(_fields(component, values, names))}}}"
        for component, values in params.items()
    )
    head = f"local {', '.join(values)}; " if values else ""
    return f"{head}{{components: {{{', '.join(components)}}}}}"


def read_parameters(trace: str) -> set[ParameterRef]:
    """Return the parameters that said that they were read."""
    return {ParameterRef(*json.loads(match)) for match in _READ.findall(trace)}


def never_read(
    silent: Collection[ParameterRef], changes_nothing: Callable[[Collection[ParameterRef]], bool]
) -> frozenset[ParameterRef]:
    """Return those of the parameters that said nothing that may as well not be there.

    Args:
        changes_nothing: Says whether the same comes out without some of them.
    """
    if not silent or changes_nothing(silent):
        return frozenset(silent)
    return frozenset(ref for ref in silent if changes_nothing({ref}))


def without(environment: Environment, refs: Collection[ParameterRef]) -> Environment:
    """Return an environment in which nobody set some parameters."""
    components = (
        replace(
            item,
            parameters={
                name: parameter
                for name, parameter in item.parameters.items()
                if ParameterRef(item.name, name) not in refs
            },
        )
        for item in environment.components
    )
    return replace(environment, components=tuple(components))


def unread_findings(environment: Environment, refs: Collection[ParameterRef]) -> Iterator[Finding]:
    """Yield a warning for each parameter that nothing reads."""
    for component in environment.components:
        for name in doubtful(component):
            if ParameterRef(component.name, name) not in refs:
                continue
            hint = _hint(name, component.prototype)
            finding = unread_finding(component, component.parameters[name], hint)
            yield replace(finding, environment=environment.name)


def _hint(name: str, prototype: Prototype) -> str:
    if name in prototype.parameters:
        return f"read it in {prototype.file}, which declares it, or remove both"
    near = did_you_mean(name, prototype.parameters)
    return near if near.startswith("did you mean") else ""


def unread_finding(component: Component, parameter: Parameter, hint: str = "") -> Finding:
    """Return the warning for a parameter that nothing reads."""
    setting = parameter.winner
    return Finding(
        rule="parameter-unread",
        severity=Severity.WARNING,
        message=f'nothing reads parameter "{parameter.name}" of component "{component.name}"',
        span=setting.name_span or setting.span,
        component=component.name,
        hint=hint or "correct its name, or remove it",
    )


def _fields(component: str, values: JsonObject, names: Mapping[ParameterRef, str]) -> Iterator[str]:
    for name, value in values.items():
        code = names.get(ParameterRef(component, name)) or _text(value)
        yield f"{_text(name)}: {code}"


def _mark(ref: ParameterRef) -> str:
    return f"kuplet:read:{json.dumps([ref.component, ref.name])}"


def _text(value: object) -> str:
    return json.dumps(value)
