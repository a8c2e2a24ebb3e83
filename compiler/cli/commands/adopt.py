"""``kuplet adopt``: what others changed in the cluster becomes the app's own."""

import sys
from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.options import (
    ENVIRONMENT,
    component_option,
    confirm,
    output_option,
    sandbox_option,
)
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.write_back import write_back_json, write_back_text
from compiler.formats.options import CompileOptions
from compiler.stages.words import counted
from compiler.verbs.adopt import plan_write_back, write_back
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination


@click.command()
@ENVIRONMENT
@component_option
@output_option("text", "json")
@sandbox_option
@click.option("--dry-run", is_flag=True, help="Show what would be written, and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
@editing
def adopt(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Write what others changed in the cluster into the file of ENVIRONMENT, as parameters.

    Only what comes straight from one parameter is written: with the new value exactly the fields
    change in the app that somebody changed in the cluster. All else is named with the reason.
    Nothing is written to the cluster. To take over whole objects that another tool has made:
    kuplet apply ENVIRONMENT --adopt.
    """
    app = load_any_app(directory, environment)
    compiled = compile_selected(app, environment, components, CompileOptions())
    target = open_destination(compiled.environment, say, rehearse=rehearse, only_looks=True)
    found = plan_write_back(app, compiled, target)
    if output == "json":
        show(write_back_json(found))
    elif found.parameters:
        show(write_back_text(found))
    print_findings(found.findings)
    if not found.parameters:
        say("nothing to write back")
        return
    if dry_run:
        return
    if not confirm(f"write {counted(len(found.parameters), 'parameter')}?", yes=yes):
        sys.exit(1)
    app = load_any_app(directory, environment)
    for line in write_back(app, environment, found.parameters):
        say(line)
    say(f"next: kuplet diff {environment}")
