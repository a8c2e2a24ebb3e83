"""Compiles an environment with other values, to see what a parameter reaches."""

from dataclasses import replace

from compiler.errors import AppError
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.model.difference import ObjectDifference
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.model.source import SourceSpan
from compiler.stages.reach import probes_of, reached
from compiler.stages.resolve import Override
from compiler.verbs.compile import compile_environment


def reach_of(
    app: AnyApp, name: str, parameter: Parameter, ref: ParameterRef
) -> list[ObjectDifference] | None:
    """Return what a parameter reaches: the fields that change when it is set to something else.

    Returns:
        ``None`` when every other value that was tried is refused.

    Raises:
        AppError: The environment does not compile as it is.
    """
    before = compile_environment(app, name).manifests
    after = objects_otherwise(app, name, ref, parameter, CompileOptions())
    return None if after is None else reached(before, after)


def objects_otherwise(
    app: AnyApp,
    name: str,
    ref: ParameterRef,
    parameter: Parameter,
    options: CompileOptions,
) -> tuple[Manifest, ...] | None:
    """Return an environment's objects with another value of a parameter, or ``None`` if none goes.

    Args:
        options: What the environment is compiled with otherwise.
    """
    for value in probes_of(parameter):
        others = [item for item in options.overrides if item.target != ref]
        overrides = [*others, override_with(ref, value)]
        found = objects_with(app, name, replace(options, overrides=overrides))
        if found is not None:
            return found
    return None


def objects_with(app: AnyApp, name: str, options: CompileOptions) -> tuple[Manifest, ...] | None:
    """Return the objects of an environment, or ``None`` if it does not compile so."""
    try:
        return compile_environment(app, name, replace(options, check=False)).manifests
    except AppError:
        return None


def override_with(ref: ParameterRef, value: JsonValue) -> Override:
    """Return what gives a parameter a value, as the command line would."""
    return Override(target=ref, text=str(value), value=value, span=SourceSpan("--set"))
