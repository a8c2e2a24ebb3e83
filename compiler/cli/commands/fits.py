"""``kuplet fits``: whether the pods of an environment would find a place."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    component_option,
    output_option,
)
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.fits import fitting_json, fitting_text
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination
from compiler.verbs.fits.fits import fitting_of


@click.command()
@ENVIRONMENT
@component_option
@output_option("text", "json")
@click.option(
    "--from-cluster",
    is_flag=True,
    help="Ask the environment's own cluster what it has, not the sandbox.",
)
@compile_options
@click.pass_obj
def fits(
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    from_cluster: bool,
    **options: Any,
) -> None:
    """Say whether the jobs and servers of ENVIRONMENT would find a place.

    Compared are what their pods ask for and the sizes of nodes, ResourceQuotas and LimitRanges: of
    the sandbox, or with --from-cluster of the environment's own cluster. About jobs in queues the
    sandbox's Kueue is asked, with copies of the queues. Nothing is submitted.
    Exits with 1 when something never fits; what may have to wait is a warning.
    """
    app = load_any_app(directory, environment)
    settings = compile_settings(options, components)
    compiled = compile_selected(app, environment, components, settings)
    where = compiled.environment
    target = open_destination(where, say, rehearse=not from_cluster, only_looks=True)
    rehearsal = partial(open_destination, where, say, rehearse=True, add=("kueue",))
    found = fitting_of(app, compiled, target, settings, rehearsal)
    show(fitting_json(found) if output == "json" else fitting_text(found))
    if output != "json":
        print_findings(found.findings)
    if any(item.is_error for item in found.findings):
        sys.exit(1)
