"""``kuplet run``: start the runs of components anew, without an edit."""

import sys
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app
from compiler.cli.duration import DURATION
from compiler.cli.options import (
    ENVIRONMENT,
    asking_option,
    compile_options,
    compile_settings,
    component_option,
    confirm,
    detach_option,
    lock_options,
    sandbox_option,
)
from compiler.cli.output import must_go_on, say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.plan import plan_text
from compiler.cli.report.progress import show_progress
from compiler.errors import UsageError
from compiler.executor.lock import Locking
from compiler.executor.running import Patience
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.stages.leaving import renewed
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply, wait_for_lock
from compiler.verbs.causes import Causes
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination


@click.command()
@ENVIRONMENT
@component_option
@asking_option
@sandbox_option
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--wait/--no-wait", default=True, help="Wait until the run has begun.")
@click.option(
    "--timeout",
    type=DURATION,
    default="10m",
    show_default=True,
    help="How long it may take to begin.",
)
@detach_option
@lock_options
@compile_options
@click.pass_obj
def run(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    *,
    detach: bool,
    timeout: float,
    wait_lock: float,
    ask_server: bool,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
    wait: bool,
    take_lock: bool,
    **options: Any,
) -> None:
    """Run the jobs of the components that -c names once more, changed or not.

    Each run gets a name of its own; a run that goes on or has failed gives way to it. Whatever else
    differs in these components is applied, too.
    """
    must_go_on()
    app = load_any_app(directory, environment)
    compiling = compile_settings(options, components)
    compiled = compile_selected(app, environment, components, compiling)
    print_findings(compiled.findings)
    _check(compiled, components)
    target = open_destination(
        compiled.environment, say, rehearse=rehearse, only_looks=dry_run, asks=ask_server
    )
    locking = Locking(wait_s=wait_lock, take=take_lock)
    if not dry_run:
        wait_for_lock(compiled.environment, target, locking, say)
    wishes = ApplyOptions(wait=wait, again=frozenset(components))
    proposal = plan_apply(compiled, target, wishes, Causes(app, compiled, compiling))
    print_findings([*proposal.comparison.findings, *proposal.damaged])
    show(plan_text(proposal.plan), nl=False)
    if dry_run:
        return
    if not confirm("run?", yes=yes):
        sys.exit(1)
    patience = Patience(ready_s=timeout, for_runs=not detach)
    outcomes = carry_out(app, proposal, target, compiling, patience, locking)
    show_progress(proposal.plan, outcomes, components)


def _check(compiled: CompiledEnvironment, components: tuple[str, ...]) -> None:
    """Check that every component has something to run.

    Raises:
        UsageError: One has not, or none is named.
    """
    having = {item.origin.component for item in renewed(compiled)}
    known = f"with runs: {', '.join(sorted(having))}" if having else ""
    hint = known or "onChange: run in the environment's file makes a run of every change of a job"
    if not components:
        message = "say with -c which components to run"
        raise UsageError(Finding(rule="run-unknown", message=message, hint=hint))
    for name in components:
        if name not in having:
            message = f'component "{name}" has no job whose changes are new runs'
            raise UsageError(Finding(rule="run-unknown", message=message, hint=hint))
