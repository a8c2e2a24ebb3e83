"""``kuplet schema``: definitions of custom resources, to check objects with."""

import sys
from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.names import complete_environment
from compiler.cli.options import output_option, sandbox_option
from compiler.cli.output import say, show
from compiler.cli.report.table import rows_text
from compiler.errors import UsageError
from compiler.formats.format import AnyApp
from compiler.formats.kuplet.definitions import (
    definitions_among,
    drop_definition,
    keep_definitions,
)
from compiler.formats.kuplet.manifest_files import STDIN, read_manifest_files
from compiler.model.app import App
from compiler.model.finding import Finding
from compiler.model.manifest import objects_at, text_at
from compiler.stages.validate.definitions import body_of

_COLUMNS = ("kind", "group", "versions", "source")


@click.group()
def schema() -> None:
    """Keep the definitions of custom resources that objects are checked with.

    kuplet ships those of the job kinds, queues and model servers of 2026. Those that the app keeps
    count more, and a CustomResourceDefinition among its objects most. Nothing of it is applied.
    """


@schema.command()
@click.option("-f", "--filename", "place", metavar="FILE|DIR|-", help="Manifests with definitions.")
@click.option(
    "--env",
    "environment",
    shell_complete=complete_environment,
    help="Take those of the kinds that this environment uses from its cluster.",
)
@sandbox_option
@click.pass_obj
@editing
def add(directory: Path, /, place: str | None, environment: str | None, *, rehearse: bool) -> None:
    """Keep definitions, from a file or from the cluster of an environment."""
    app = _kuplet_app(directory, environment)
    if (place is None) == (environment is None):
        raise click.UsageError("say where they are: -f FILE, or --env ENV for its cluster")
    if place is not None:
        files = read_manifest_files(place, sys.stdin.read() if place == STDIN else "")
        source = "standard input" if place == STDIN else place
        found = [each for file in files for each in definitions_among(file.objects, source)]
        where = f'"{place}"'
    else:
        from compiler.verbs.compile import resolve_environment
        from compiler.verbs.definitions import definitions_in_cluster
        from compiler.verbs.destination import open_destination

        target = open_destination(
            resolve_environment(app, environment or ""), say, rehearse=rehearse, only_looks=True
        )
        found = definitions_in_cluster(app, environment or "", target)
        where = target.words
    if not found:
        message = f"there is no definition to keep in {where}"
        hint = "of kinds that are Kubernetes' own, kuplet has the schemas"
        raise UsageError(Finding(rule="definition-none", message=message, hint=hint))
    say(f"wrote {', '.join(keep_definitions(app.root, found))}")


@schema.command("list")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, output: str) -> None:
    """List the definitions that the app keeps."""
    rows = [
        (
            item.kind,
            item.group,
            ", ".join(
                text_at(each, "name") for each in objects_at(body_of(item), "spec", "versions")
            ),
            text_at(body_of(item), "source"),
        )
        for item in _kuplet_app(directory).definitions
    ]
    show(rows_text("definitionList", _COLUMNS, rows, output))


@schema.command("rm")
@click.argument("kind", metavar="KIND.GROUP")
@click.pass_obj
@editing
def rm(directory: Path, /, kind: str) -> None:
    """Keep a definition no longer."""
    app = _kuplet_app(directory)
    name, _, group = kind.partition(".")
    known = {f"{item.kind}.{item.group}" for item in app.definitions}
    if kind not in known:
        message = f'the app keeps no definition of "{kind}"'
        hint = f"known: {', '.join(sorted(known))}" if known else "kuplet schema add keeps one"
        raise UsageError(Finding(rule="definition-none", message=message, hint=hint))
    say(f"removed {drop_definition(app.root, group, name)}")


def _kuplet_app(directory: Path, environment: str | None = None) -> App:
    app: AnyApp = load_any_app(directory, *([environment] if environment else []))
    if isinstance(app, App):
        return app
    message = "an app of ksonnet keeps no definitions"
    hint = "add the CustomResourceDefinition to a component, or: kuplet upgrade"
    raise UsageError(Finding(rule="definition-none", message=message, hint=hint))
