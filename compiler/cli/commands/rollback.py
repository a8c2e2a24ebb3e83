"""``kuplet rollback``: bring an environment back to what an earlier release says."""

import sys
from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.duration import DURATION
from compiler.cli.options import (
    ENVIRONMENT,
    apply_settings,
    asking_option,
    confirm,
    lock_options,
    output_option,
    rollback_options,
    sandbox_option,
)
from compiler.cli.output import must_go_on, say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.plan import plan_json, plan_text
from compiler.cli.report.progress import show_progress
from compiler.executor.lock import Locking
from compiler.executor.running import Patience
from compiler.formats.options import CompileOptions
from compiler.verbs.apply import carry_out, wait_for_lock
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import open_destination
from compiler.verbs.rollback import plan_rollback


@click.command()
@ENVIRONMENT
@click.argument("revision", type=click.IntRange(min=1), required=False)
@output_option("text", "json")
@asking_option
@sandbox_option
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--timeout",
    type=DURATION,
    default="10m",
    show_default=True,
    help="How long an object may take to become ready.",
)
@rollback_options
@lock_options
@click.pass_obj
def rollback(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    revision: int | None,
    output: str,
    *,
    timeout: float,
    wait_lock: float,
    ask_server: bool,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
    take_lock: bool,
    **options: bool,
) -> None:
    """Bring ENVIRONMENT back to what release REVISION says.

    Without REVISION, that is the last release that succeeded and says something else than the
    newest. Says first what cannot go back: values of Secrets, runs, the size of volumes. Prints the
    plan, asks, and records a release of its own. The files stay as they are; apply refuses them
    until they say the same, or with --forward.
    """
    must_go_on()
    app = load_any_app(directory, environment)
    resolved = resolve_environment(app, environment)
    target = open_destination(
        resolved, _progress, rehearse=rehearse, only_looks=dry_run, asks=ask_server
    )
    locking = Locking(wait_s=wait_lock, take=take_lock)
    if not dry_run:
        wait_for_lock(resolved, target, locking, _progress)
    proposal = plan_rollback(resolved, target, revision or 0, apply_settings(options))
    plan = proposal.plan
    back_to = proposal.restores.revision if proposal.restores else 0
    print_findings([*proposal.comparison.findings, *proposal.damaged])
    if output == "json":
        show(plan_json(plan))
    else:
        show(plan_text(plan, back_to), nl=False)
    if dry_run:
        return
    if not confirm(f"go back to release {back_to}?", yes=yes):
        sys.exit(1)
    patience = Patience(ready_s=timeout)
    outcomes = carry_out(app, proposal, target, CompileOptions(), patience, locking)
    show_progress(plan, outcomes)


def _progress(line: str) -> None:
    say(line)
