"""``kuplet component``: list and remove components."""

from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.names import complete_component
from compiler.cli.options import MODULE, output_option
from compiler.cli.output import say, show
from compiler.cli.report.table import rows_text
from compiler.formats.choice import format_of


@click.group()
def component() -> None:
    """List and remove components."""


@component.command("list")
@MODULE
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, module: str | None, output: str) -> None:
    """List every component, what it is made from, and which environment files mention it."""
    found = format_of(load_any_app(directory)).views.components(module)
    show(rows_text("componentList", found.columns, list(found.rows), output))


@component.command()
@click.argument("name", shell_complete=complete_component)
@click.pass_obj
@editing
def rm(directory: Path, /, name: str) -> None:
    """Remove component NAME from every environment file; live objects stay.

    The source of an own component stays too, since others may use it. In an app of ksonnet the file
    of the component goes, with its parameters.
    """
    editor = format_of(load_any_app(directory)).editor
    for file in editor.remove_component(name):
        say(f"removed {name} from {file}")
