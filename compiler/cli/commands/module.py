"""``kuplet module``: the modules of a ksonnet app."""

from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import output_option
from compiler.cli.report.table import rows_text
from compiler.errors import UsageError
from compiler.ksonnet.app import KsonnetApp
from compiler.ksonnet.views import module_rows
from compiler.model.finding import Finding


@click.group()
def module() -> None:
    """List the modules of a ksonnet app."""


@module.command("list")
@click.option("--env", "environment", help="Only those that this environment renders.")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, environment: str | None, output: str) -> None:
    """List the modules: the directories of components/ that have parameters of their own."""
    app = load_any_app(directory, *([environment] if environment else []))
    if not isinstance(app, KsonnetApp):
        message = "only apps of ksonnet have modules"
        raise UsageError(Finding(rule="ksonnet-only", message=message))
    click.echo(rows_text("moduleList", ("module",), module_rows(app, environment), output))
