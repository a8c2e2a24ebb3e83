"""Turns an environment into one Jsonnet program, and its result into a JSON tree per component.

All components are fields of one lazily evaluated object, because packages may read their sibling
components through ``std.extVar("__ksonnet/components")``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.model.app import Component, Environment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.jsonnet import COMPONENT_MARK, ENTRY, WANTED, JsonnetOptions, JsonnetProgram
from compiler.model.prototype import Prototype
from compiler.model.ref import ParameterRef
from compiler.stages.reads import doubtful, traced_params

_IMPORT = r"""import\s*(?://[^\n]*\n\s*)*(['"])%s://([\w-]+)\1"""
_PARAM_IMPORT = re.compile(_IMPORT % "param")
_ENV_IMPORT = re.compile(_IMPORT % "env")

_EXACT = 2**53  # from here on not every whole number is one of Jsonnet's
_THIS_FILE = "thisFile"  # whoever asks for it gets the name of the component's own

# Source: the grammar of Jsonnet.
_KEYWORDS = re.compile(
    "assert|else|error|false|for|function|if|import|importbin|importstr|in|local|null|self|super"
    "|tailstrict|then|true"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedComponent:
    """A component and the JSON tree that its source evaluated to."""

    component: Component
    tree: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The rendered components of an environment, and what reading them had to say.

    Attributes:
        environment: Also has the components that only rendering brought to light.
    """

    environment: Environment
    components: tuple[RenderedComponent, ...]
    findings: tuple[Finding, ...] = ()


def program_for(
    environment: Environment,
    roots: Mapping[str, str],
    options: JsonnetOptions,
    wanted: Iterable[str] | None = None,
    *,
    is_shared: bool = False,
) -> JsonnetProgram:
    """Return the program whose result holds the trees of components by their names.

    Args:
        wanted: The components that are evaluated, with what they read of others; all if ``None``.
        is_shared: Whether a source that several components have is parsed once for all of them.
            The result is the same, but an error does not say whose it is.
    """
    files = dict(_shared(environment) if is_shared else _separate(environment))
    if wanted is not None:
        names = ", ".join(f"{json.dumps(name)}: all[{json.dumps(name)}]" for name in wanted)
        files[WANTED] = f"local all = import {json.dumps(ENTRY)}; {{ {names} }}\n"
    params: dict[str, JsonObject] = {
        item.name: {name: parameter.value for name, parameter in item.parameters.items()}
        for item in environment.components
    }
    traced = [
        ParameterRef(item.name, name) for item in environment.components for name in doubtful(item)
    ]
    plumbing = {
        "__ksonnet/params": traced_params(params, traced),
        "__ksonnet/environments": json.dumps(_env(environment)),
        "__ksonnet/components": f"import {json.dumps(ENTRY)}",
    }
    return JsonnetProgram(
        entry=ENTRY if wanted is None else WANTED,
        files={**options.files, **files},
        roots=roots,
        search=options.search,
        aliases=options.aliases,
        ext_code={**options.ext_code, **plumbing},
        ext_vars=options.ext_vars,
    )


def tree_of(prototype: Prototype) -> JsonValue:
    """Return the objects of a source that has nothing to evaluate, as Jsonnet would write them."""
    tree: JsonValue = json.loads(prototype.source, parse_float=_number)
    return tree


def _number(text: str) -> int | float:
    """Return a number; a whole one has no fraction, as far as Jsonnet counts exactly."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def rendered_components(
    environment: Environment, result: Mapping[str, JsonValue]
) -> Sequence[RenderedComponent]:
    """Pair each component with its part of the program's result."""
    return [
        RenderedComponent(component=item, tree=result[item.name]) for item in environment.components
    ]


def _separate(environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield files: a source for each component, and the object of all of them."""
    fields: list[str] = []
    for item in environment.components:
        yield _file_name(item), _source(item)
        fields.append(f"{json.dumps(item.name)}: import {json.dumps(_file_name(item))},")
    yield ENTRY, "{\n" + "\n".join(fields) + "\n}\n"


def _shared(environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield files: each source as a function of what a component has for itself, and its calls."""
    functions: dict[tuple[str, str], str] = {}
    imports: list[str] = []
    fields: list[str] = []
    for item in environment.components:
        prototype = item.prototype
        key = (prototype.file, prototype.source)
        if _THIS_FILE in prototype.source:
            yield _file_name(item), _source(item)
            fields.append(f"{json.dumps(item.name)}: import {json.dumps(_file_name(item))},")
            continue
        if key not in functions:
            functions[key] = f"kuplet{len(functions)}"
            name = f"{prototype.file}{COMPONENT_MARK}{functions[key]}"
            yield name, f"function(env, params) {without_pseudo_imports(prototype.source)}"
            imports.append(f"local {functions[key]} = import {json.dumps(name)};")
        name = json.dumps(item.name)
        fields.append(f"{name}: {functions[key]}(env, params[{name}]),")
    scope = (
        'local env = std.extVar("__ksonnet/environments");'
        ' local params = std.extVar("__ksonnet/params").components;'
    )
    yield ENTRY, "\n".join([*imports, scope, "{", *fields, "}", ""])


def _file_name(component: Component) -> str:
    return f"{component.prototype.file}{COMPONENT_MARK}{component.name}"


def _source(component: Component) -> str:
    """Put ``env`` and ``params`` in scope, on the first line so that line numbers hold."""
    name = json.dumps(component.name)
    scope = (
        'local env = std.extVar("__ksonnet/environments");'
        f' local params = std.extVar("__ksonnet/params").components[{name}]; '
    )
    return scope + without_pseudo_imports(component.prototype.source)


def without_pseudo_imports(source: str) -> str:
    """Return a prototype's text with ``params`` and ``env`` instead of ksonnet's pseudo-imports.

    ksonnet replaced text, in strings too; so what is written instead fits into a string.
    """
    body = _PARAM_IMPORT.sub(lambda match: _field("params", match), source)
    return _ENV_IMPORT.sub(lambda match: _field("env", match), body)


def _field(owner: str, match: re.Match[str]) -> str:
    """Return how a field is read, with no other quotes and as many lines as the import has."""
    quote, name = match.groups()
    is_plain = name.isascii() and name.isidentifier() and not _KEYWORDS.fullmatch(name)
    field = f"{owner}.{name}" if is_plain else f"{owner}[{quote}{name}{quote}]"
    return "\n" * match[0].count("\n") + field


def _env(environment: Environment) -> JsonObject:
    """Return ``env``: these two fields and no other, because packages write all of it out."""
    return {"namespace": environment.namespace, "server": environment.destination.server}
