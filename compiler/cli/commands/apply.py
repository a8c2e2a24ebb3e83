"""``kuplet apply``: bring a cluster to what the app says."""

import sys
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app
from compiler.cli.duration import DURATION
from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    component_option,
    confirm,
    lock_options,
    output_option,
    prune_options,
    sandbox_option,
)
from compiler.cli.output import must_go_on, say, show
from compiler.cli.report.diff import summary_text
from compiler.cli.report.findings import print_findings
from compiler.cli.report.plan import plan_json, plan_text
from compiler.cli.report.progress import show_progress
from compiler.executor.execute import Patience
from compiler.executor.lock import Locking
from compiler.executor.removal import Pruning
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply, wait_for_lock
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination


@click.command()
@ENVIRONMENT
@component_option
@output_option("text", "json")
@sandbox_option
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--wait/--no-wait", default=True, help="Wait until every object is ready.")
@click.option(
    "--timeout",
    type=DURATION,
    default="10m",
    show_default=True,
    help="How long an object may take to become ready.",
)
@click.option("--force-conflicts", is_flag=True, help="Take fields that other managers own.")
@click.option("--forward", is_flag=True, help="Apply what a rollback has taken back.")
@prune_options
@lock_options
@compile_options
@click.pass_obj
def apply(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    timeout: float,
    wait_lock: float,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
    wait: bool,
    force_conflicts: bool,
    forward: bool,
    prune: bool,
    prune_data: bool,
    yes_prune: bool,
    take_lock: bool,
    **options: Any,
) -> None:
    """Apply ENVIRONMENT to its cluster in dependency order.

    Prints the plan, asks, and then applies what differs: an object starts when everything it needs
    is ready. What was applied before and has left the app is removed. Applying twice changes
    nothing.
    """
    must_go_on()
    app = load_any_app(directory, environment)
    compiling = compile_settings(options, components)
    compiled = compile_selected(app, environment, components, compiling)
    print_findings(compiled.findings)
    target = open_destination(compiled.environment, _progress, rehearse=rehearse)
    locking = Locking(wait_s=wait_lock, take=take_lock)
    if not dry_run:
        wait_for_lock(compiled.environment, target, locking, _progress)
    wishes = ApplyOptions(
        wait=wait,
        force=force_conflicts,
        pruning=Pruning(is_wanted=prune, with_data=prune_data, is_confirmed=yes_prune),
        forward=forward,
    )
    proposal = plan_apply(compiled, target, wishes)
    plan = proposal.plan
    print_findings([*proposal.comparison.findings, *proposal.damaged])
    if output == "json":
        show(plan_json(plan))
    elif plan.has_changes:
        show(plan_text(plan), nl=False)
    elif dry_run:
        say(summary_text(plan))
    if dry_run:
        return
    if plan.has_changes and not confirm("apply?", yes=yes):
        sys.exit(1)
    patience = Patience(ready_s=timeout)
    show_progress(plan, carry_out(app, proposal, target, compiling, patience, locking))


def _progress(line: str) -> None:
    say(line)
