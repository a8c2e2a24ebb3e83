"""``kuplet apply``: bring a cluster to what the app says."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import compile_selection, load_any_app
from compiler.cli.duration import DURATION
from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    component_option,
    confirm,
    output_option,
    sandbox_option,
)
from compiler.cli.report.findings import print_findings
from compiler.cli.report.plan import Progress, plan_json, plan_text, stopped_findings
from compiler.errors import ApplyStoppedError
from compiler.model.outcome import Outcome
from compiler.model.plan import Plan
from compiler.verbs.compile import (
    apply_environment,
    diff_environment,
    open_destination,
    plan_environment,
)
from compiler.verbs.record import draft_of, recorded
from compiler.verbs.secret_parameters import secret_parameters


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
@compile_options
@click.pass_obj
def apply(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    timeout: float,
    *,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
    wait: bool,
    force_conflicts: bool,
    **options: Any,
) -> None:
    """Apply ENVIRONMENT to its cluster in dependency order.

    Prints the plan, asks, and then applies what differs: an object starts when everything it needs
    is ready. Applying twice changes nothing.
    """
    app = load_any_app(directory, environment)
    compiling = compile_settings(options, components)
    selection = compile_selection(app, environment, components, compiling)
    print_findings(selection.findings)
    compiled, manifests = selection.compiled, selection.manifests
    target = open_destination(compiled.environment, _progress, rehearse=rehearse)
    comparison = diff_environment(compiled, manifests, target, force_conflicts=force_conflicts)
    plan = plan_environment(compiled, comparison, target, wait=wait)
    print_findings(comparison.findings)
    if output == "json":
        click.echo(plan_json(plan))
    elif comparison.has_changes:
        click.echo(plan_text(plan), nl=False)
    if dry_run:
        return
    if comparison.has_changes and not confirm("apply?", yes=yes):
        sys.exit(1)
    from compiler.cluster.apply_plan import ApplyOptions

    settings = ApplyOptions(timeout_s=timeout, force_conflicts=force_conflicts)
    outcomes = recorded(
        apply_environment(plan, target, settings),
        draft_of(app, compiled, manifests, components, secret_parameters(app, compiled, compiling)),
        plan,
        compiled.environment,
        target.cluster,
    )
    _carry_out(plan, outcomes)


def _carry_out(plan: Plan, outcomes: Iterator[Outcome]) -> None:
    progress = Progress(plan)
    try:
        for outcome in outcomes:
            progress.show(outcome)
    except KeyboardInterrupt:
        _progress(f"{progress.summary()} so far; apply again to go on")
        raise
    if progress.failures:
        raise ApplyStoppedError(*stopped_findings(progress))
    click.echo(progress.summary(), err=True)


def _progress(line: str) -> None:
    click.echo(line, err=True)
