"""``kuplet apply``: bring a cluster to what the app says."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from compiler.cli.app import load_any_app
from compiler.cli.duration import DURATION
from compiler.cli.options import (
    ENVIRONMENT,
    apply_options,
    apply_settings,
    asking_option,
    compile_options,
    compile_settings,
    component_option,
    confirm,
    detach_option,
    lock_options,
    output_option,
    sandbox_option,
)
from compiler.cli.output import must_go_on, say, show
from compiler.cli.report.apply_events import show_events, show_planned
from compiler.cli.report.diff import summary_text
from compiler.cli.report.findings import print_findings, told_as_json
from compiler.cli.report.plan import plan_json, plan_text
from compiler.cli.report.progress import show_progress
from compiler.errors import UsageError
from compiler.executor.lock import Locking
from compiler.executor.running import Patience
from compiler.model.finding import Finding
from compiler.model.plan import Plan
from compiler.stages.plan_file import PlanFile
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply, wait_for_lock
from compiler.verbs.causes import Causes
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination
from compiler.verbs.plan_file import held_against, read_plan_file

# What a plan says already, by the names of the parameters.
_SAID_BY_PLAN = (
    *("components", "wait", "force_conflicts", "adopt", "forward", "resume", "skip_preflight"),
    *("prune", "prune_data", "yes_prune"),
)


@click.command()
@ENVIRONMENT
@component_option
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    metavar="FILE",
    help="Carry out what kuplet plan -o FILE has written, and nothing else.",
)
@click.option("--accept-drift", is_flag=True, help="With --plan: also what has moved since.")
@output_option("text", "json", "events")
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
@detach_option
@click.option("--resume", is_flag=True, help="Go on with the newest release, which was left.")
@apply_options
@lock_options
@compile_options
@click.pass_obj
def apply(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    plan_file: Path | None,
    output: str,
    *,
    accept_drift: bool,
    detach: bool,
    resume: bool,
    timeout: float,
    wait_lock: float,
    ask_server: bool,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
    take_lock: bool,
    **options: Any,
) -> None:
    """Apply ENVIRONMENT to its cluster in dependency order.

    Prints the plan, asks, and then applies what differs: an object starts when everything it needs
    is ready. What has left the app is removed. Applying twice changes nothing.

    With --detach it ends when all that can start has started: runs go on by themselves, and
    --resume, from here or anywhere else, does the rest.

    With --plan, what somebody has reviewed is carried out without a question, in the environment
    that it names; what has moved since is listed and refused.
    """
    must_go_on()
    reviewed = read_plan_file(plan_file) if plan_file else None
    wishes = replace(apply_settings(options), resume=resume)
    if reviewed:
        _check_alone(reviewed, environment)
        environment, components = reviewed.environment, reviewed.components
        wishes = ApplyOptions.of_flags(reviewed.options)
    app = load_any_app(directory, environment)
    compiling = compile_settings(options, components)
    compiled = compile_selected(app, environment, components, compiling)
    print_findings(compiled.findings)
    opened = partial(open_destination, rehearse=rehearse, only_looks=dry_run, asks=ask_server)
    target = opened(compiled.environment, say)
    locking = Locking(wait_s=wait_lock, take=take_lock)
    if not dry_run:
        wait_for_lock(compiled.environment, target, locking, say)
    with told_as_json(is_wanted=output == "json"):
        proposal = plan_apply(compiled, target, wishes, Causes(app, compiled, compiling))
    plan = proposal.plan
    accepting = partial(held_against, accept_drift=accept_drift)
    drift = accepting(reviewed, proposal, compiled) if reviewed else ()
    print_findings([*proposal.comparison.findings, *proposal.damaged, *drift])
    _show_plan(plan, output, dry_run=dry_run)
    if dry_run:
        return
    if plan.has_changes and not ((reviewed and not drift) or confirm("apply?", yes=yes)):
        sys.exit(1)
    patience = Patience(ready_s=timeout, for_runs=not detach)
    outcomes = carry_out(app, proposal, target, compiling, patience, locking)
    show_progress(plan, show_events(outcomes) if output == "events" else outcomes, components)


def _show_plan(plan: Plan, output: str, *, dry_run: bool) -> None:
    if output == "json":
        show(plan_json(plan))
    elif output == "events":
        show_planned(plan)
    elif plan.has_changes:
        show(plan_text(plan), nl=False)
    elif dry_run:
        say(summary_text(plan))


def _check_alone(reviewed: PlanFile, environment: str) -> None:
    """Check that the command line says nothing that the plan says already.

    Raises:
        UsageError: It does.
    """
    context = click.get_current_context()
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in _SAID_BY_PLAN
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if environment and environment != reviewed.environment:
        given.append(environment)
    if given:
        message = f"the plan says already what {', '.join(given)} would say"
        hint = f"it is for {reviewed.environment}; to do something else, make another plan"
        raise UsageError(Finding(rule="option-conflict", message=message, hint=hint))
