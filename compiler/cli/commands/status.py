"""``kuplet status``: what the app says, what was released, and what is in the cluster."""

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import (
    ENVIRONMENT,
    asking_option,
    compile_options,
    compile_settings,
    component_option,
    output_option,
    sandbox_option,
)
from compiler.cli.output import redraw, say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.languages import json_text
from compiler.cli.report.status import (
    change_lines,
    status_document,
    status_text,
    summary_line,
)
from compiler.cli.report.table import document_text
from compiler.errors import AppError, ExternalError, UsageError
from compiler.executor.sight import Sight
from compiler.executor.watching import Watched
from compiler.model.compiled import CompiledEnvironment
from compiler.model.status import EnvironmentStatus
from compiler.verbs.causes import Causes
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import Target, open_destination
from compiler.verbs.status import status_of

_NOT_WELL = 1
_LONGEST_PAUSE_S = 10.0  # what nobody reports counts as ready after a while


@click.command()
@ENVIRONMENT
@component_option
@output_option("text", "json", "yaml")
@asking_option
@sandbox_option
@click.option("--watch", "-w", is_flag=True, help="Go on, and show what changes.")
@compile_options
@click.pass_obj
def status(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    ask_server: bool,
    rehearse: bool,
    watch: bool,
    **options: Any,
) -> None:
    """Show how ENVIRONMENT stands: what the app says, what was released, and what is there.

    Of each object: whether it is ready, or why not; fields that others changed or added, with who
    did it and which parameter they come from; what the app says and no apply has brought yet; what
    has left the app. Nothing is written, and rights to read are enough.
    Exits with 0 when all is as it should be and ready, 1 when something is not, 2 when the app or
    the command is wrong, 3 when the cluster does not answer or does not show what decides that.
    --watch goes on until Ctrl-C: it redraws a terminal, and elsewhere prints what changes.
    """
    try:
        settings = compile_settings(options, components)
        app = load_any_app(directory, environment)
        compiled = compile_selected(app, environment, components, settings)
    except AppError as error:
        raise UsageError(*error.findings) from error  # 1 would read as "not well"
    target = open_destination(
        compiled.environment, _progress, rehearse=rehearse, only_looks=True, asks=ask_server
    )
    causes = Causes(app, compiled, settings)
    if watch:
        _watch(compiled, target, causes, output)
    found = status_of(compiled, target, Sight(target.cluster), causes)
    _print(found, output)
    sys.exit(_exit_code(found))


def _watch(compiled: CompiledEnvironment, target: Target, causes: Causes, output: str) -> NoReturn:
    """Show what is new until somebody interrupts."""
    sight = Watched(target.cluster, compiled.environment.owner.selector)
    shown: EnvironmentStatus | None = None
    while True:
        found = status_of(compiled, target, sight, causes)
        if found != shown:
            _show_again(shown, found, output)
        shown = found
        sight.wait(_LONGEST_PAUSE_S)


def _show_again(shown: EnvironmentStatus | None, found: EnvironmentStatus, output: str) -> None:
    if output != "text":
        show(json_text(status_document(found), indent=None))
    elif sys.stdout.isatty():
        redraw(f"{status_text(found)}\n{summary_line(found)}")
    elif shown is None:
        _print(found, output)
    else:
        before = {item.manifest.ref: item for item in shown.objects}
        for line in change_lines(before, found):
            show(line)
        if summary_line(found) != summary_line(shown):
            say(summary_line(found))


def _print(found: EnvironmentStatus, output: str) -> None:
    if output != "text":
        show(document_text(status_document(found), output))
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
