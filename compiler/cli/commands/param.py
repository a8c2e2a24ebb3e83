"""``kuplet param``: set, list, delete and compare parameters."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from compiler.cli.app import load_any_app, load_editable_app
from compiler.cli.commands.param_explain import explain
from compiler.cli.options import MODULE, output_option
from compiler.cli.report.table import rows_text
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.ksonnet.views import component_rows, components_of_module, written_parameters
from compiler.formats.kuplet.edit import unknown_component
from compiler.images import image_with_digest
from compiler.model.app import App, EnvironmentFile
from compiler.model.json import same
from compiler.model.parameter import Parameter, Setting
from compiler.stages.flow import flow_text
from compiler.stages.resolve import default_settings, packages_of, prototype_in
from compiler.verbs.compile import resolve_environment
from compiler.verbs.edit import (
    ParameterTarget,
    delete_parameter,
    ksonnet_only,
    set_parameter,
)

ENV = click.option("--env", "environment", help="Only for this environment.")


@click.group()
def param() -> None:
    """Set, list, delete, compare and explain parameters."""


param.add_command(explain)


@param.command("set", context_settings={"ignore_unknown_options": True})
@click.argument(
    "words", nargs=-1, type=click.UNPROCESSED, metavar="[COMPONENT] NAME VALUE"
)  # a value may begin with a dash
@ENV
@MODULE
@click.option("--as-string", is_flag=True, help="Take VALUE as text, whatever it looks like.")
@click.option("--resolve-image", is_flag=True, help="Replace the tag of an image by its digest.")
@click.pass_obj
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
    component, (name, value) = _words(words, "NAME VALUE")
    target = ParameterTarget(component=component, name=name, environment=environment, module=module)
    app = load_editable_app(directory, environment)
    if resolve_image:
        value = image_with_digest(value)
    file = set_parameter(app, target, value, as_string=as_string or resolve_image)
    click.echo(f"set {target} in {file}", err=True)


@param.command()
@click.argument("words", nargs=-1, metavar="[COMPONENT] NAME")
@ENV
@MODULE
@click.pass_obj
def delete(
    directory: Path,
    /,
    words: tuple[str, ...],
    environment: str | None,
    module: str | None,
) -> None:
    """Remove what a file says of parameter NAME; the weaker layer or the default counts then."""
    component, (name,) = _words(words, "NAME")
    target = ParameterTarget(component=component, name=name, environment=environment, module=module)
    file = delete_parameter(load_editable_app(directory, environment), target)
    click.echo(f"removed {target} from {file}", err=True)


@param.command("list")
@click.argument("component", required=False)
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

    Defaults count. -o wide adds where each value comes from.
    """
    app = load_editable_app(directory, environment)
    if environment:
        rows = list(_resolved(app, environment, show_all=not set_only, own=without_modules))
    elif without_modules:
        raise click.UsageError("--without-modules needs --env")
    else:
        rows = _written(app, defaults=not set_only)
    if module:
        names = components_of_module(ksonnet_only(app), module)
        rows = [row for row in rows if row[0] in names]
    if component:
        rows = [row for row in rows if row[0] == component]
        known = _component_names(app)
        if not rows and component not in known:
            raise unknown_component(known, component)
    columns = ("component", "param", "value", "set by")
    if output == "table":
        click.echo(rows_text("paramList", columns[:3], [row[:3] for row in rows], output))
        return
    click.echo(rows_text("paramList", columns, rows, output))


@param.command()
@click.argument("first", metavar="ENV1")
@click.argument("second", metavar="ENV2")
@click.option("--component", help="Only this component.")
@output_option("table", "json", "yaml")
@click.pass_obj
def diff(directory: Path, /, first: str, second: str, component: str | None, output: str) -> None:
    """List the parameters whose values differ between two environments; defaults count."""
    app = load_any_app(directory, first, second)
    left, right = (resolve_environment(app, name).parameters for name in (first, second))
    known = {ref.component for ref in (*left, *right)}
    if component and component not in known:
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
    click.echo(rows_text("paramDiff", ("component", "param", first, second), rows, output))


def _words(words: Sequence[str], names: str) -> tuple[str | None, Sequence[str]]:
    """Return the component, which may be left out, and the words after it."""
    count = len(names.split())
    if len(words) == count:
        return None, words
    if len(words) == count + 1:
        return words[0], words[1:]
    raise click.UsageError(f"write [COMPONENT] {names}")


def _component_names(app: App | KsonnetApp) -> set[str]:
    if isinstance(app, KsonnetApp):
        return {row[0] for row in component_rows(app)}
    return {name for file in app.environments.values() for name in file.components}


def _resolved(
    app: App | KsonnetApp, name: str, *, show_all: bool, own: bool
) -> Iterator[tuple[str, ...]]:
    for component in resolve_environment(app, name).components:
        for parameter in component.parameters.values():
            layer = parameter.winner.layer
            if layer == name if own else show_all or layer != "default":
                yield component.name, parameter.name, _shown(parameter), _set_by(parameter)


def _written(app: App | KsonnetApp, *, defaults: bool) -> list[tuple[str, ...]]:
    """Return what each file sets, the shared file first, and the defaults that it leaves."""
    if isinstance(app, KsonnetApp):
        return [
            (component, name, flow_text(value), file)
            for component, name, value, file in written_parameters(app)
        ]
    files = sorted(app.environments.values(), key=lambda file: (bool(file.extends), file.name))
    settings = [
        (layer.name, name, flow_text(setting.value), f"{setting.span.file}:{setting.span.line}")
        for file in files
        for layer in file.components.values()
        for name, setting in layer.params.items()
    ]
    shared = {
        (layer.name, name)
        for file in files
        if not file.extends
        for layer in file.components.values()
        for name in layer.params
    }
    unset = (row for row in _defaults(app, files) if defaults and row[:2] not in shared)
    return sorted([*unset, *settings], key=lambda row: row[:2])


def _defaults(app: App, files: Sequence[EnvironmentFile]) -> Iterator[tuple[str, ...]]:
    """Yield the defaults of every component, of the first prototype that a file names for it."""
    seen: set[str] = set()
    for file in files:
        packages = packages_of(app, [file])
        for layer in file.components.values():
            if layer.name in seen or not (layer.prototype or layer.source):
                continue
            seen.add(layer.name)
            prototype = prototype_in(app, layer, packages)
            for spec in prototype.parameters.values():
                for setting in default_settings(layer.name, spec, prototype):
                    place = f"default, {_place(setting)}"
                    yield layer.name, spec.name, flow_text(setting.value), place


def _is_same(left: Parameter | None, right: Parameter | None) -> bool:
    return left is not None and right is not None and same(left.value, right.value)


def _shown(parameter: Parameter) -> str:
    return flow_text(parameter.value)


def _set_by(parameter: Parameter) -> str:
    place = _place(parameter.winner)
    return f"default, {place}" if parameter.winner.layer == "default" else place


def _place(setting: Setting) -> str:
    span = setting.span
    return f"{span.file}:{span.line}" if span.line else span.file
