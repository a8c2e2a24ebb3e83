"""``kuplet component``: list and remove components."""

from pathlib import Path

import click

from compiler.app.edit_app import component_names, prototype_of, remove_component
from compiler.cli.app import load_checked_app
from compiler.cli.options import output_option
from compiler.cli.report.table import rows_text


@click.group()
def component() -> None:
    """List and remove components."""


@component.command("list")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, output: str) -> None:
    """List every component, what it is made from, and which environment files mention it."""
    app = load_checked_app(directory)
    rows = [
        (
            name,
            made_from.short_name if made_from.package else made_from.file,
            ", ".join(file.name for file in app.environments.values() if name in file.components),
        )
        for name in component_names(app)
        for made_from in (prototype_of(app, name),)
    ]
    click.echo(rows_text("componentList", ("component", "prototype", "environments"), rows, output))


@component.command()
@click.argument("name")
@click.pass_obj
def rm(directory: Path, /, name: str) -> None:
    """Remove component NAME from every environment file; live objects stay.

    The source of an own component stays too, since others may use it.
    """
    app = load_checked_app(directory)
    for file in remove_component(app, name):
        click.echo(f"removed {name} from {file}", err=True)
