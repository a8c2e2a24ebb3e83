"""``kuplet component``: list and remove components."""

from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import MODULE, output_option
from compiler.cli.report.table import rows_text
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.ksonnet.views import COMPONENT_COLUMNS, component_rows
from compiler.formats.kuplet.edit import component_names, declaring_layers
from compiler.model.app import App
from compiler.verbs.edit import ksonnet_only, remove_component


@click.group()
def component() -> None:
    """List and remove components."""


@component.command("list")
@MODULE
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, module: str | None, output: str) -> None:
    """List every component, what it is made from, and which environment files mention it."""
    app = load_any_app(directory)
    if isinstance(app, KsonnetApp):
        found = list(component_rows(app, module))
        click.echo(rows_text("componentList", COMPONENT_COLUMNS, found, output))
        return
    if module:
        ksonnet_only(app)
    rows = [
        (
            name,
            ", ".join(_made_from(app, name)),
            ", ".join(file.name for file in app.environments.values() if name in file.components),
        )
        for name in component_names(app)
    ]
    click.echo(rows_text("componentList", ("component", "prototype", "environments"), rows, output))


def _made_from(app: App, name: str) -> list[str]:
    """Return what a component is made from, by the files that say so."""
    entries = (app.environments[layer].components[name] for layer in declaring_layers(app, name))
    return list(dict.fromkeys(entry.prototype or entry.source or "" for entry in entries))


@component.command()
@click.argument("name")
@click.pass_obj
def rm(directory: Path, /, name: str) -> None:
    """Remove component NAME from every environment file; live objects stay.

    The source of an own component stays too, since others may use it. In an app of ksonnet the file
    of the component goes, with its parameters.
    """
    for file in remove_component(load_any_app(directory), name):
        click.echo(f"removed {name} from {file}", err=True)
