"""``kuplet logs``: what the pods of a component print."""

import sys
from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.duration import DURATION
from compiler.cli.options import ENVIRONMENT, component_option, sandbox_option
from compiler.cli.output import say, show_line
from compiler.cli.report.logs import Prefixes
from compiler.errors import ExternalError
from compiler.executor.pod_logs import LogChoice
from compiler.model.log import LogGap
from compiler.verbs.applied import applied
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import open_destination
from compiler.verbs.logs import followed_logs_of, logs_of


@click.command()
@ENVIRONMENT
@component_option
@click.option("-f", "--follow", is_flag=True, help="Go on, over restarts and with new pods.")
@click.option("--since", type=DURATION, metavar="DURATION", help="Only what is not older.")
@click.option("--tail", type=click.IntRange(min=0), help="Only the last lines of each container.")
@click.option("--previous", "-p", is_flag=True, help="Of containers before their last restart.")
@click.option("--replica", default="", metavar="NAME", help="Only these pods, as worker-0.")
@click.option("--timestamps", is_flag=True, help="Show when each line was printed.")
@sandbox_option
@click.pass_obj
def logs(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    since: float | None,
    tail: int | None,
    replica: str,
    *,
    follow: bool,
    previous: bool,
    timestamps: bool,
    rehearse: bool,
) -> None:
    """Show what the pods of ENVIRONMENT print, those of all its components together.

    The lines stand in the order of time, each behind the name of its pod. With --follow they come
    as they are printed, until Ctrl-C, or until the jobs that are asked about are over.
    """
    app = load_any_app(directory, environment)
    resolved = resolve_environment(app, environment)
    target = open_destination(resolved, say, rehearse=rehearse, only_looks=True)
    found = applied(app, resolved, target.cluster, components)
    choice = LogChoice(since_s=since, tail=tail, previous=previous)
    items = (followed_logs_of if follow else logs_of)(found, target.cluster, choice, replica)
    prefixes, shown, gaps = Prefixes(with_time=timestamps), 0, 0
    for item in items:
        if isinstance(item, LogGap):
            gaps += 1
            say(f"{prefixes.of(item)}{item.message}")
        else:
            shown += 1
            show_line(prefixes.of(item), item.text)
    if gaps and not shown:
        sys.exit(ExternalError.exit_code)
