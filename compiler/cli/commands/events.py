"""``kuplet events``: what happened to an environment's objects and their pods."""

from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import ENVIRONMENT, component_option, output_option, sandbox_option
from compiler.cli.output import say, show
from compiler.cli.report.table import rows_text
from compiler.stages.words import counted
from compiler.verbs.applied import applied
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import open_destination
from compiler.verbs.events import events_of

_COLUMNS = ("last", "count", "type", "component", "object", "reason", "message")


@click.command()
@ENVIRONMENT
@component_option
@output_option("table", "json", "yaml")
@sandbox_option
@click.pass_obj
def events(
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    rehearse: bool,
) -> None:
    """List the events of ENVIRONMENT's objects, their pods and all else they own, the latest last.

    What happened more than once is one line with a count. Events of objects that are gone cannot be
    told from those of others, and are only counted.
    """
    app = load_any_app(directory, environment)
    resolved = resolve_environment(app, environment)
    target = open_destination(resolved, say, rehearse=rehearse, only_looks=True)
    found, strangers = events_of(applied(app, resolved, target.cluster, components), target.cluster)
    rows = [
        (
            item.last,
            str(item.count),
            item.type,
            item.component,
            item.object,
            item.reason,
            item.message,
        )
        for item in found
    ]
    show(rows_text("eventList", _COLUMNS, rows, output))
    if strangers:
        say(f"{counted(strangers, 'event')} about objects that are gone, or cannot be seen")
