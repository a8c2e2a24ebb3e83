"""``kuplet param``: set, list, delete and compare parameters."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.cli.app import editing, load_any_app, load_editable_app
from compiler.cli.commands.param_explain import explain
from compiler.cli.names import (
    complete_component,
    complete_environment,
    complete_environment_file,
    complete_words,
)
from compiler.cli.options import MODULE, output_option
from compiler.cli.output import say, show
from compiler.cli.report.table import rows_text
from compiler.formats.choice import format_of
from compiler.model.json import same
from compiler.model.parameter import Parameter
from compiler.stages.flow import flow_text

if TYPE_CHECKING:
    from compiler.formats.format import AnyApp

ENV = click.option(
    "--env",
    "environment",
    shell_complete=complete_environment_file,
    help="Only for this environment.",
)


@click.group()
def param() -> None:
    """Set, list, delete, compare and explain parameters."""


param.add_command(explain)


@param.command("set", context_settings={"ignore_unknown_options": True})
@click.argument(
    "words",
    nargs=-1,
    type=click.UNPROCESSED,
    metavar="[COMPONENT] NAME VALUE",
    shell_complete=complete_words,
)  # a value may begin with a dash
@ENV
@MODULE
@click.option("--as-string", is_flag=True, help="Take VALUE as text, whatever it looks like.")
@click.option("--resolve-image", is_flag=True, help="Replace the tag of an image by its digest.")
@click.pass_obj
@editing
def set_(
    directory: Path,
    /,
    words: tuple[str, ...],
    environment: str | None,
    module: str | None,
    *,
    as_string: bool,
    resolve_image: bool,
) -> None:
    """Set parameter NAME of COMPONENT, for all environments or for one.

    Only the touched line of the file changes. In an app of ksonnet NAME may lead into an object, as
    in spec.replicas; without COMPONENT it is set for all components of an environment or a module.
    """
    from compiler.formats.editing import ParameterTarget

    component, (name, value) = _words(words, "NAME VALUE")
    target = ParameterTarget(component=component, name=name, environment=environment, module=module)
    app = load_editable_app(directory, environment)
    if resolve_image:
        from compiler.images import image_with_digest

        value = image_with_digest(value)
    as_string = as_string or resolve_image
    file = format_of(app).editor.set_parameter(target, value, as_string=as_string)
    say(f"set {target} in {file}")


@param.command()
@click.argument("words", nargs=-1, metavar="[COMPONENT] NAME", shell_complete=complete_words)
@ENV
@MODULE
@click.pass_obj
@editing
def delete(
    directory: Path,
    /,
    words: tuple[str, ...],
    environment: str | None,
    module: str | None,
) -> None:
    """Remove what a file says of parameter NAME; the weaker layer or the default counts then."""
    from compiler.formats.editing import ParameterTarget

    component, (name,) = _words(words, "NAME")
    target = ParameterTarget(component=component, name=name, environment=environment, module=module)
    app = load_editable_app(directory, environment)
    file = format_of(app).editor.delete_parameter(target)
    say(f"removed {target} from {file}")


@param.command("list")
@click.argument("component", required=False, shell_complete=complete_component)
@ENV
@MODULE
@click.option("--without-modules", is_flag=True, help="Only what the environment itself sets.")
@output_option("table", "wide", "json", "yaml")
@click.option("--set-only", is_flag=True, help="Leave out what is only a default.")
@click.pass_obj
def list_(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    component: str | None,
    environment: str | None,
    module: str | None,
    output: str,
    *,
    without_modules: bool,
    set_only: bool,
) -> None:
    """List the parameters of all components: in one environment, or as every file sets them.

    Defaults count. -o wide adds where each value comes from; so does the table where several files
    set one parameter.
    """
    app = load_editable_app(directory, environment)
    views = format_of(app).views
    if environment:
        rows = list(_resolved(app, environment, show_all=not set_only, own=without_modules))
    elif without_modules:
        raise click.UsageError("--without-modules needs --env")
    else:
        rows = list(views.parameters(defaults=not set_only))
    if module:
        names = views.components_of_module(module)
        rows = [row for row in rows if row[0] in names]
    if component:
        rows = [row for row in rows if row[0] == component]
        known = {row[0] for row in views.components(module=None).rows}
        if not rows and component not in known:
            from compiler.formats.kuplet.edit import unknown_component

            raise unknown_component(known, component)
    columns = ("component", "param", "value", "set by")
    is_clear = len({row[:2] for row in rows}) == len(rows)  # no file overrides another one's value
    if output == "table" and is_clear:
        show(rows_text("paramList", columns[:3], [row[:3] for row in rows], output))
        return
    show(rows_text("paramList", columns, rows, output))


@param.command()
@click.argument("first", metavar="ENV1", shell_complete=complete_environment)
@click.argument("second", metavar="ENV2", shell_complete=complete_environment)
@click.option("--component", shell_complete=complete_component, help="Only this component.")
@output_option("table", "json", "yaml")
@click.pass_obj
def diff(directory: Path, /, first: str, second: str, component: str | None, output: str) -> None:
    """List the parameters whose values differ between two environments; defaults count."""
    app = load_any_app(directory, first, second)
    left, right = (format_of(app).resolve(name).parameters for name in (first, second))
    known = {ref.component for ref in (*left, *right)}
    if component and component not in known:
        from compiler.formats.kuplet.edit import unknown_component

        raise unknown_component(known, component)
    rows = [
        (
            ref.component,
            ref.name,
            *(_shown(side[ref]) if ref in side else "" for side in (left, right)),
        )
        for ref in sorted({*left, *right})
        if not _is_same(left.get(ref), right.get(ref)) and component in (None, ref.component)
    ]
    show(rows_text("paramDiff", ("component", "param", first, second), rows, output))


def _words(words: Sequence[str], names: str) -> tuple[str | None, Sequence[str]]:
    """Return the component, which may be left out, and the words after it."""
    count = len(names.split())
    if len(words) == count:
        return None, words
    if len(words) == count + 1:
        return words[0], words[1:]
    raise click.UsageError(f"write [COMPONENT] {names}")


def _resolved(app: "AnyApp", name: str, *, show_all: bool, own: bool) -> Iterator[tuple[str, ...]]:
    for component in format_of(app).resolve(name).components:
        for parameter in component.parameters.values():
            layer = parameter.winner.layer
            if layer == name if own else show_all or layer != "default":
                yield component.name, parameter.name, _shown(parameter), _set_by(parameter)


def _is_same(left: Parameter | None, right: Parameter | None) -> bool:
    return left is not None and right is not None and same(left.value, right.value)


def _shown(parameter: Parameter) -> str:
    return flow_text(parameter.value)


def _set_by(parameter: Parameter) -> str:
    place = parameter.winner.span.place
    return f"default, {place}" if parameter.winner.layer == "default" else place
