"""``kuplet registry``: where packages come from."""

from pathlib import Path

import click

from compiler.cli.app import editing
from compiler.cli.names import complete_registry
from compiler.cli.options import output_option
from compiler.cli.output import say, show
from compiler.cli.report.table import rows_text
from compiler.formats.kuplet.load import find_app_root
from compiler.model.package import Registry
from compiler.registry.uri import shown_uri
from compiler.stages.words import counted
from compiler.verbs.packages.packaged_app import load_packaged_app
from compiler.verbs.packages.registries import (
    REGISTRY_COLUMNS,
    add_registry,
    move_registry,
    registry_lines,
    registry_rows,
    remove_registry,
)


@click.group()
def registry() -> None:
    """List, add, change and remove the places that packages come from."""


@registry.command("list")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, output: str) -> None:
    """List the registries of the app."""
    rows = list(registry_rows(load_packaged_app(find_app_root(directory))))
    show(rows_text("registryList", REGISTRY_COLUMNS, rows, output))


@registry.command()
@click.argument("name", shell_complete=complete_registry)
@click.pass_obj
def describe(directory: Path, /, name: str) -> None:
    """Show where a registry is and what it offers."""
    app = load_packaged_app(find_app_root(directory))
    show("\n".join(registry_lines(app, name, report)))


@registry.command()
@click.argument("name")
@click.argument("uri")
@click.option("-o", "--override", is_flag=True, help="Write into app.override.yaml (ksonnet).")
@click.pass_obj
@editing
def add(directory: Path, /, name: str, uri: str, *, override: bool) -> None:
    """Add the registry at URI under NAME.

    URI is a directory, github.com/OWNER/NAME/tree/REF/DIRECTORY, any git URL as
    URL.git//DIRECTORY?ref=REF, or s3://BUCKET/PREFIX.
    """
    app = load_packaged_app(find_app_root(directory))
    added = Registry(name=name, uri=uri, is_override=override)
    file, count = add_registry(app, added, report)
    say(f"added registry {name} to {file}: {counted(count, 'package')}")


@registry.command("set")
@click.argument("name", shell_complete=complete_registry)
@click.option("--uri", required=True, help="Where it is now.")
@click.pass_obj
@editing
def set_(directory: Path, /, name: str, uri: str) -> None:
    """Change the URI of registry NAME; installed packages stay until they are updated."""
    file, _ = move_registry(load_packaged_app(find_app_root(directory)), name, uri, report)
    say(f"registry {name} in {file} is now {shown_uri(uri)}")


@registry.command()
@click.argument("name", shell_complete=complete_registry)
@click.pass_obj
@editing
def rm(directory: Path, /, name: str) -> None:
    """Remove registry NAME, unless a package of it is installed."""
    file = remove_registry(load_packaged_app(find_app_root(directory)), name)
    say(f"removed registry {name} from {file}")


def report(line: str) -> None:
    """Print what happens besides the result."""
    say(line)
