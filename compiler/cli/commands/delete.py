"""``kuplet delete``: remove an environment's objects, in reverse order."""

import sys
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app, only_components
from compiler.cli.duration import DURATION
from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    component_option,
    confirm,
    sandbox_option,
)
from compiler.errors import ApplyStoppedError
from compiler.model.manifest import Manifest, mapping_at, objects_at
from compiler.model.outcome import Deleted, Failed
from compiler.verbs.compile import (
    compile_environment,
    delete_environment,
    deletion_of,
    open_destination,
)


@click.command()
@ENVIRONMENT
@component_option
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
@compile_options
@click.pass_obj
def delete(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    timeout: float,
    grace_period: int,
    *,
    rehearse: bool,
    dry_run: bool,
    yes: bool,
    **options: Any,
) -> None:
    """Delete the objects of ENVIRONMENT from its cluster, dependents first.

    Objects that another environment or nobody's kuplet made are left alone, and so are definitions
    whose objects still exist.
    """
    app = load_any_app(directory, environment)
    compiled = compile_environment(app, environment, compile_settings(options, components))
    manifests = only_components(compiled, components)
    target = open_destination(compiled.environment, _progress, rehearse=rehearse)
    found = deletion_of(compiled, manifests, target)
    for item in found:
        click.echo(_planned(item))
    doomed = [item for item in found if not item.kept_because]
    if not doomed:
        click.echo("nothing to delete", err=True)
    if dry_run or not doomed:
        return
    if not confirm(f"delete {len(doomed)} objects from {target.words}?", yes=yes):
        sys.exit(1)
    from compiler.cluster.delete import DeleteOptions

    period = grace_period if grace_period >= 0 else None
    settings = DeleteOptions(timeout_s=timeout, grace_period_s=period)
    count = 0
    for outcome in delete_environment(compiled, manifests, target, settings):
        if isinstance(outcome, Failed):
            raise ApplyStoppedError(outcome.finding)
        count += not outcome.kept_because
        _progress(_done(outcome))
    _progress(f"{count} deleted")
    for line in _left_claims(manifests):
        _progress(line)


def _planned(item: Deleted) -> str:
    if item.kept_because:
        return f"  = {item.ref}  kept: {item.kept_because}"
    return click.style(f"  - {item.ref}", fg="red")


def _done(item: Deleted) -> str:
    return f"= {item.ref} kept: {item.kept_because}" if item.kept_because else f"- {item.ref}"


def _left_claims(manifests: list[Manifest]) -> list[str]:
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
    click.echo(line, err=True)
