"""``kuplet param explain``: where a value comes from, and where it goes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from compiler.cli.app import load_any_app
from compiler.cli.names import complete_environment, complete_parameter
from compiler.cli.options import output_option
from compiler.cli.output import show
from compiler.cli.report.languages import json_text
from compiler.errors import UsageError
from compiler.formats.choice import format_of
from compiler.model.app import Environment
from compiler.model.finding import Finding
from compiler.model.json import same
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.model.secret import MASK
from compiler.stages.flow import flow_text
from compiler.stages.names import did_you_mean

if TYPE_CHECKING:
    from compiler.model.difference import ObjectDifference

Reach: TypeAlias = "list[ObjectDifference] | None"


@click.command()
@click.argument("target", metavar="COMPONENT.PARAM", shell_complete=complete_parameter)
@click.option(
    "--env",
    "environment",
    required=True,
    shell_complete=complete_environment,
    help="The environment to look at.",
)
@output_option("text", "json")
@click.pass_obj
def explain(directory: Path, /, target: str, environment: str, output: str) -> None:
    """Say who sets a parameter, who wins, and which fields of which objects it reaches.

    What it reaches is found by compiling the environment with another value. Values that Secrets
    are made of are not shown.
    """
    from compiler.verbs.compile import compile_environment
    from compiler.verbs.probe import reach_of
    from compiler.verbs.secret_parameters import secret_parameters

    app = load_any_app(directory, environment)
    resolved = format_of(app).resolve(environment)
    ref = ParameterRef.parse(target, [item.name for item in resolved.components])
    found = _parameter(resolved, ref)
    reach = reach_of(app, environment, found, ref)
    if secret_parameters(app, compile_environment(app, environment), among=[ref]):
        found = _masked(found)
    if output == "text":
        show("\n".join(_explanation(f"{target} in environment {environment}", found, reach)))
        return
    document = {
        "kind": "paramExplanation",
        "component": ref.component,
        "param": ref.name,
        "value": found.value,
        "layers": [
            {"layer": item.layer, "value": item.value, "place": str(item.span)}
            for item in found.settings
        ],
        "reaches": {_name(item): [change.path for change in item.fields] for item in reach or ()},
    }
    show(json_text(document))


def _masked(parameter: Parameter) -> Parameter:
    """Return a secret parameter without its values."""
    settings = tuple(replace(setting, value=MASK) for setting in parameter.settings)
    return replace(parameter, settings=settings)


def _parameter(environment: Environment, ref: ParameterRef) -> Parameter:
    """Return a parameter of an environment.

    Raises:
        UsageError: There is no such component, or it has no such parameter.
    """
    components = {item.name: item for item in environment.components}
    if ref.component not in components:
        from compiler.formats.kuplet.edit import unknown_component

        raise unknown_component(components, ref.component)
    parameters = components[ref.component].parameters
    if ref.name in parameters:
        return parameters[ref.name]
    message = f'component "{ref.component}" has no parameter "{ref.name}"'
    hint = did_you_mean(ref.name, parameters)
    raise UsageError(Finding(rule="parameter-unknown", message=message, hint=hint))


def _explanation(title: str, parameter: Parameter, reach: Reach) -> Iterator[str]:
    yield title
    width = max(len(setting.layer) for setting in parameter.settings)
    for setting in parameter.settings:
        mark = ">" if setting is parameter.winner else " "
        yield f"{mark} {setting.layer:{width}}  {flow_text(setting.value)}  {setting.span}"
    if not same(parameter.value, parameter.winner.value):
        yield f"merged: {flow_text(parameter.value)}"
    if reach is None:
        yield "what it reaches cannot be told: no other value that was tried is accepted"
        return
    yield "reaches" if reach else "reaches nothing"
    from compiler.model.difference import Difference

    for item in reach:
        is_changed = item.kind is Difference.CHANGED
        yield f"  {_name(item)}" + ("" if is_changed else "  (decides whether it is there)")
        yield from (f"    {change.path}" for change in item.fields)


def _name(difference: "ObjectDifference") -> str:
    """Return the name that an object has now; in what differs, another value was tried."""
    return (difference.before or difference.manifest).ref.qualified
