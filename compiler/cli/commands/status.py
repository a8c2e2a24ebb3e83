"""``kuplet status``: what the app says, what was released, and what is in the cluster."""

import sys
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
    sandbox_option,
)
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.status import status_document, status_text, summary_line
from compiler.errors import AppError, ExternalError, UsageError
from compiler.executor.sight import Sight
from compiler.model.status import EnvironmentStatus
from compiler.verbs.causes import Causes
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination
from compiler.verbs.status import status_of

_NOT_WELL = 1


@click.command()
@ENVIRONMENT
@component_option
@output_option("text", "json", "yaml")
@sandbox_option
@compile_options
@click.pass_obj
def status(
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    rehearse: bool,
    **options: Any,
) -> None:
    """Show how ENVIRONMENT stands: what the app says, what was released, and what is there.

    Of each object: whether it is ready, or why not; fields that others changed or added, with who
    did it and which parameter they come from; what the app says and no apply has brought yet; what
    has left the app. Nothing is written, and rights to read are enough.
    Exits with 0 when all is as it should be and ready, 1 when something is not, 2 when the app or
    the command is wrong, 3 when the cluster does not answer or does not show what decides that.
    """
    try:
        settings = compile_settings(options, components)
        app = load_any_app(directory, environment)
        compiled = compile_selected(app, environment, components, settings)
    except AppError as error:
        raise UsageError(*error.findings) from error  # 1 would read as "not well"
    target = open_destination(compiled.environment, _progress, rehearse=rehearse)
    sight, causes = Sight(target.cluster), Causes(app, compiled, settings)
    found = status_of(compiled, target, sight, causes)
    _print(found, output)
    sys.exit(_exit_code(found))


def _print(found: EnvironmentStatus, output: str) -> None:
    if output != "text":
        show(status_document(found, output))
        return
    show(status_text(found))
    print_findings(found.findings)
    say(summary_line(found))


def _exit_code(found: EnvironmentStatus) -> int:
    if not found.is_well:
        return _NOT_WELL
    return 0 if found.is_fully_seen else ExternalError.exit_code


def _progress(line: str) -> None:
    say(line)
