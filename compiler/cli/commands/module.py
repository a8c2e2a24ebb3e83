"""``kuplet module``: the modules of a ksonnet app."""

from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import output_option
from compiler.cli.report.table import rows_text
from compiler.formats.ksonnet.views import module_rows
from compiler.verbs.edit import create_module, ksonnet_only


@click.group()
def module() -> None:
    """List and make the modules of a ksonnet app."""


@module.command("list")
@click.option("--env", "environment", help="Only those that this environment renders.")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, environment: str | None, output: str) -> None:
    """List the modules: the directories of components/ that have parameters of their own."""
    app = ksonnet_only(load_any_app(directory, *([environment] if environment else [])))
    click.echo(rows_text("moduleList", ("module",), module_rows(app, environment), output))


@module.command()
@click.argument("name")
@click.pass_obj
def create(directory: Path, /, name: str) -> None:
    """Make module NAME; a dot leads into a module inside another."""
    click.echo(f"wrote {create_module(load_any_app(directory), name)}", err=True)
