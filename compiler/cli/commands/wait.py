"""``kuplet wait``: wait until an environment, or a component, is ready or completed."""

from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.duration import DURATION
from compiler.cli.options import ENVIRONMENT, component_option, sandbox_option
from compiler.cli.output import say
from compiler.cli.report.progress import show_waiting
from compiler.executor.running import Patience
from compiler.model.app import Goal
from compiler.verbs.applied import applied
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import open_destination
from compiler.verbs.wait import plan_wait, wait_for

_GOALS = {"ready": Goal.READY, "completed": Goal.COMPLETED}


@click.command()
@ENVIRONMENT
@component_option
@click.option(
    "--for",
    "goal",
    type=click.Choice(list(_GOALS)),
    default="ready",
    show_default=True,
    help="How far jobs must come; everything else must be ready.",
)
@click.option(
    "--timeout",
    type=DURATION,
    metavar="DURATION",
    help="How long an object may take, in a queue too.  [default: as apply]",
)
@sandbox_option
@click.pass_obj
def wait(
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    goal: str,
    timeout: float | None,
    *,
    rehearse: bool,
) -> None:
    """Wait until what the last release of ENVIRONMENT has is ready, or completed.

    It is judged as by an apply. Nothing is written. Exits as an apply does: with 4 when something
    fails, takes too long or does not exist.
    """
    app = load_any_app(directory, environment)
    resolved = resolve_environment(app, environment)
    target = open_destination(resolved, say, rehearse=rehearse, only_looks=True)
    plan = plan_wait(applied(app, resolved, target.cluster, components), target, _GOALS[goal])
    patience = Patience()
    if timeout is not None:
        patience = Patience(ready_s=timeout, completion_s=timeout, queue_s=timeout)
    show_waiting(plan, wait_for(plan, target, patience))
