"""``kuplet import``: make components of manifests that exist already."""

import sys
from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.options import MODULE
from compiler.cli.output import say
from compiler.cli.report.findings import print_findings
from compiler.formats.choice import format_of
from compiler.formats.kuplet.manifest_files import STDIN, import_findings, read_manifest_files
from compiler.stages.words import counted


@click.command("import")
@click.option(
    "-f",
    "--filename",
    "place",
    required=True,
    metavar="FILE|DIR|-",
    help="A file, a directory (its files, not those below), or - for standard input.",
)
@click.option("--name", help="Name of the component.  [default: the file's, or the object's]")
@click.option("--into", "environment", help="Environment file to edit.  [default: the shared one]")
@MODULE
@click.pass_obj
@editing
def import_(
    directory: Path,
    /,
    place: str,
    name: str | None,
    environment: str | None,
    module: str | None,
) -> None:
    """Copy YAML, JSON or Jsonnet files into components/ and make a component of each.

    Files may hold several documents. In an app of ksonnet, which reads the first document of a
    file only, each document becomes a component of its own.
    """
    app = load_any_app(directory)
    files = read_manifest_files(place, sys.stdin.read() if place == STDIN else "", name)
    imported = format_of(app).editor.import_files(files, environment, module)
    for item in imported.files:
        count = f" ({counted(len(item.objects), 'object')})" if item.objects else ""
        say(f"imported {item.origin} as {item.name}{count}")
    say(f"wrote {', '.join(imported.written)}")
    print_findings(list(import_findings(imported.files)))
