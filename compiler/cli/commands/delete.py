"""``kuplet delete``: remove an environment's objects, in reverse order."""

import sys
from collections.abc import Sequence
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
    sandbox_option,
)
from compiler.cli.output import must_go_on, say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.plan import plan_json, plan_text
from compiler.cli.report.progress import show_progress
from compiler.executor.lock import Locking
from compiler.executor.running import Patience
from compiler.model.change import Action
from compiler.model.manifest import Manifest, mapping_at, objects_at
from compiler.stages.words import counted
from compiler.verbs.apply import carry_out, plan_delete, wait_for_lock
from compiler.verbs.compile import compile_environment
from compiler.verbs.destination import open_destination


@click.command()
@ENVIRONMENT
@component_option
@output_option("text", "json")
@sandbox_option
@click.option("--dry-run", is_flag=True, help="Print what would be deleted and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--timeout",
    type=DURATION,
    default="5m",
    show_default=True,
    help="How long an object may take to disappear.",
)
@click.option(
    "--grace-period",
    type=int,
    default=-1,
    metavar="SECONDS",
    help="How long pods may take to stop; -1 leaves it to each object.",
)
@lock_options
@compile_options
@click.pass_obj
def delete(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    timeout: float,
    grace_period: int,
    wait_lock: float,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
    take_lock: bool,
    **options: Any,
) -> None:
    """Delete the objects of ENVIRONMENT from its cluster, dependents first.

    Prints the plan, asks, deletes, and records that as a release. What was applied before and has
    left the app goes with it; -c knows the components of the last release, too.

    Objects that another environment or nobody's kuplet made are left alone, and so are definitions
    whose objects still exist.
    """
    must_go_on()
    app = load_any_app(directory, environment)
    compiling = compile_settings(options, components)
    compiled = compile_environment(app, environment, compiling)
    target = open_destination(
        compiled.environment, _progress, rehearse=rehearse, only_looks=dry_run
    )
    locking = Locking(wait_s=wait_lock, take=take_lock)
    if not dry_run:
        wait_for_lock(compiled.environment, target, locking, _progress)
    period = grace_period if grace_period >= 0 else None
    proposal = plan_delete(compiled, target, components, grace_period_s=period)
    plan = proposal.plan
    print_findings([*proposal.comparison.findings, *proposal.damaged])
    if output == "json":
        show(plan_json(plan))
    elif plan.steps:
        show(plan_text(plan), nl=False)
    if not plan.has_changes:
        say("nothing to delete")
    if dry_run or not plan.has_changes:
        return
    count = counted(plan.count(Action.DELETE), "object")
    if not confirm(f"delete {count} from {target.words}?", yes=yes):
        sys.exit(1)
    patience = Patience(deletion_s=timeout)
    show_progress(plan, carry_out(app, proposal, target, compiling, patience, locking))
    for line in _left_claims(proposal.compiled.selected):
        _progress(line)


def _left_claims(manifests: Sequence[Manifest]) -> list[str]:
    """Return a line for the data that a StatefulSet leaves behind on purpose."""
    return [
        f"the volume claims of {item.ref} stay, with their data:"
        f" kubectl delete pvc -n {item.ref.namespace} -l {_selector(item)}"
        for item in manifests
        if objects_at(item.body, "spec", "volumeClaimTemplates")
    ]


def _selector(item: Manifest) -> str:
    labels = mapping_at(item.body, "spec", "selector", "matchLabels")
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _progress(line: str) -> None:
    say(line)
