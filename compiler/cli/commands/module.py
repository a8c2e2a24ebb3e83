"""``kuplet module``: the modules of a ksonnet app."""

from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.names import complete_environment
from compiler.cli.options import output_option
from compiler.cli.output import say, show
from compiler.cli.report.table import rows_text
from compiler.formats.choice import format_of


@click.group()
def module() -> None:
    """List and make the modules of a ksonnet app."""


@module.command("list")
@click.option(
    "--env",
    "environment",
    shell_complete=complete_environment,
    help="Only those that this environment renders.",
)
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, environment: str | None, output: str) -> None:
    """List the modules: the directories of components/ that have parameters of their own."""
    app = load_any_app(directory, *([environment] if environment else []))
    found = format_of(app).views.modules(environment)
    show(rows_text("moduleList", found.columns, list(found.rows), output))


@module.command()
@click.argument("name")
@click.pass_obj
@editing
def create(directory: Path, /, name: str) -> None:
    """Make module NAME; a dot leads into a module inside another."""
    say(f"wrote {format_of(load_any_app(directory)).editor.create_module(name)}")
