"""``kuplet runs``: the runs of an environment's jobs, how they differ, and earlier ones removed."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import (
    ENVIRONMENT,
    component_option,
    confirm,
    lock_options,
    output_option,
    sandbox_option,
)
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.runs import difference_text, runs_json, runs_text
from compiler.errors import UsageError
from compiler.executor.lock import Locking
from compiler.model.app import Environment
from compiler.model.finding import Finding
from compiler.model.run import Run
from compiler.stages.words import counted
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import Target, open_destination
from compiler.verbs.rights import check_run_rights
from compiler.verbs.runs import list_runs, remove_runs, superfluous_runs


class _ListByDefault(click.Group):
    """Without a command of its own, what follows is the environment whose runs to list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``list`` before the name of an environment."""
        is_help = args[:1] in (["-h"], ["--help"])
        if not is_help and (not args or args[0] not in self.commands):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def runs() -> None:
    """List the runs of ENVIRONMENT's jobs: `kuplet runs ENVIRONMENT`."""


@runs.command("list")
@ENVIRONMENT
@component_option
@output_option("table", "json")
@sandbox_option
@click.pass_obj
def list_(
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    *,
    rehearse: bool,
) -> None:
    """List the runs of ENVIRONMENT's jobs, the newest first.

    How far a run is, its object says; of one that is gone, the releases. Its time counts from its
    start to its end, GPU-hours all devices that its pods ask for.
    """
    _, _, found = _runs(directory, environment, rehearse=rehearse)
    found = [run for run in found if not components or run.manifest.origin.component in components]
    show(runs_json(found) if output == "json" else runs_text(found))


@runs.command()
@ENVIRONMENT
@click.argument("before")
@click.argument("after")
@sandbox_option
@click.pass_obj
def diff(directory: Path, /, environment: str, before: str, after: str, *, rehearse: bool) -> None:
    """Show how run AFTER differs from run BEFORE: parameters, images, and the object.

    A run is named as `kuplet runs` does, with or without its kind: TFJob/train-3f2a9c.
    """
    _, _, found = _runs(directory, environment, rehearse=rehearse)
    show(difference_text(_named(found, before), _named(found, after)))


@runs.command()
@ENVIRONMENT
@component_option
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    required=True,
    metavar="N",
    help="How many runs of each job stay, besides the newest.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@lock_options
@sandbox_option
@click.pass_obj
def rm(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    *,
    keep: int,
    yes: bool,
    wait_lock: float,
    take_lock: bool,
    rehearse: bool,
) -> None:
    """Remove the objects and pods of earlier runs that are over; the releases remember them."""
    resolved, target, found = _runs(directory, environment, rehearse=rehearse, only_looks=False)
    old = superfluous_runs(found, keep, components)
    if not old:
        say("no run to remove")
        return
    print_findings(check_run_rights(resolved, [run.manifest for run in old], target.cluster))
    show("\n".join(f"  - {run.name}  {run.status}, {run.started}" for run in old))
    if not confirm(f"remove {counted(len(old), 'run')}?", yes=yes):
        sys.exit(1)
    remove_runs(resolved, target, old, Locking(wait_s=wait_lock, take=take_lock))
    say(f"removed {counted(len(old), 'run')}")


def _runs(
    directory: Path, environment: str, *, rehearse: bool, only_looks: bool = True
) -> tuple[Environment, Target, list[Run]]:
    app = load_any_app(directory, environment)
    resolved = resolve_environment(app, environment)
    target = open_destination(resolved, say, rehearse=rehearse, only_looks=only_looks)
    found, damaged = list_runs(resolved, target)
    print_findings(damaged)
    return resolved, target, found


def _named(runs: Sequence[Run], name: str) -> Run:
    """Return the newest run of a name.

    Raises:
        UsageError: There is none.
    """
    for run in runs:
        if name in {run.manifest.ref.name, run.name}:
            return run
    known = ", ".join(dict.fromkeys(run.name for run in runs))
    message, hint = f'there is no run "{name}"', f"known: {known}" if known else "none yet"
    raise UsageError(Finding(rule="run-unknown", message=message, hint=hint))
