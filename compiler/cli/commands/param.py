"""``kuplet param``: set, list, delete and compare parameters."""

from collections.abc import Iterator
from pathlib import Path

import click

from compiler.app.edit_app import delete_parameter, set_parameter, unknown_component
from compiler.app.load_app import unknown_environment
from compiler.app.yaml_edit import flow_text
from compiler.cli.app import load_any_app, load_checked_app
from compiler.cli.options import output_option
from compiler.cli.report.table import rows_text
from compiler.ksonnet.app import KsonnetApp
from compiler.ksonnet.views import component_rows, written_parameters
from compiler.model.app import App, Environment
from compiler.model.parameter import Parameter
from compiler.pipeline import resolve_environment

ENV = click.option("--env", "environment", help="Only for this environment.")


@click.group()
def param() -> None:
    """Set, list, delete and compare parameters."""


@param.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("component")
@click.argument("name")
@click.argument("value", type=click.UNPROCESSED)
@ENV
@click.pass_obj
def set_(
    directory: Path, /, component: str, name: str, value: str, environment: str | None
) -> None:
    """Set parameter NAME of COMPONENT, for all environments or for one.

    Only the touched line of the file changes.
    """
    app = _app(directory, environment)
    file = set_parameter(app, component, name, value, environment)
    click.echo(f"set {component}.{name} in {file}", err=True)


@param.command()
@click.argument("component")
@click.argument("name")
@ENV
@click.pass_obj
def delete(directory: Path, /, component: str, name: str, environment: str | None) -> None:
    """Remove what a file says of parameter NAME; the weaker layer or the default counts then."""
    app = _app(directory, environment)
    file = delete_parameter(app, component, name, environment)
    click.echo(f"removed {component}.{name} from {file}", err=True)


@param.command("list")
@click.argument("component", required=False)
@ENV
@output_option("table", "wide", "json", "yaml")
@click.option("--all", "show_all", is_flag=True, help="Defaults too.")
@click.pass_obj
def list_(
    directory: Path,
    /,
    component: str | None,
    environment: str | None,
    output: str,
    *,
    show_all: bool,
) -> None:
    """List the parameters that are set: for one environment, or in every file.

    -o wide adds where each value was set.
    """
    app = load_any_app(directory)
    if environment and environment not in app.environments:
        raise unknown_environment(app, environment)
    rows = list(_resolved(app, environment, show_all=show_all) if environment else _written(app))
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
    left, right = (_values(resolve_environment(app, name)) for name in (first, second))
    rows = [
        (*key, left.get(key, ""), right.get(key, ""))
        for key in sorted({*left, *right})
        if left.get(key) != right.get(key) and component in (None, key[0])
    ]
    click.echo(rows_text("paramDiff", ("component", "param", first, second), rows, output))


def _app(directory: Path, environment: str | None) -> App:
    """Load the app; an abstract environment may be named too, because its file can be edited."""
    app = load_checked_app(directory)
    if environment and environment not in app.environments:
        raise unknown_environment(app, environment)
    return app


def _component_names(app: App | KsonnetApp) -> set[str]:
    if isinstance(app, KsonnetApp):
        return {row[0] for row in component_rows(app)}
    return {name for file in app.environments.values() for name in file.components}


def _resolved(app: App | KsonnetApp, name: str, *, show_all: bool) -> Iterator[tuple[str, ...]]:
    for component in resolve_environment(app, name).components:
        for parameter in component.parameters.values():
            if show_all or parameter.winner.layer != "default":
                yield component.name, parameter.name, _shown(parameter), _set_by(parameter)


def _written(app: App | KsonnetApp) -> Iterator[tuple[str, ...]]:
    """Yield what each file sets, the shared file first."""
    if isinstance(app, KsonnetApp):
        for component, name, value, file in written_parameters(app):
            yield component, name, flow_text(value), file
        return
    files = sorted(app.environments.values(), key=lambda file: (bool(file.extends), file.name))
    rows = [
        (layer.name, name, flow_text(setting.value), f"{setting.span.file}:{setting.span.line}")
        for file in files
        for layer in file.components.values()
        for name, setting in layer.params.items()
    ]
    yield from sorted(rows, key=lambda row: row[:2])


def _values(environment: Environment) -> dict[tuple[str, str], str]:
    return {
        (component.name, parameter.name): _shown(parameter)
        for component in environment.components
        for parameter in component.parameters.values()
    }


def _shown(parameter: Parameter) -> str:
    return flow_text(parameter.value)


def _set_by(parameter: Parameter) -> str:
    span = parameter.winner.span
    place = f"{span.file}:{span.line}" if span.line else span.file
    return f"default, {place}" if parameter.winner.layer == "default" else place
