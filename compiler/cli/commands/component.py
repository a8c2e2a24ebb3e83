"""``kuplet component``: list, change and remove components."""

import sys
from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.names import complete_component, complete_environment
from compiler.cli.options import MODULE, confirm, output_option, split_commas
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.table import rows_text, table, terminal_width
from compiler.errors import UsageError
from compiler.formats.choice import format_of
from compiler.model.app import App, Goal, Need
from compiler.model.finding import Finding

_BACKENDS = ("trainjob", "pytorchjob", "tfjob", "jobset")  # as kuplet/train names them


@click.group()
def component() -> None:
    """List, change and remove components."""


@component.command("list")
@MODULE
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, module: str | None, output: str) -> None:
    """List every component, what it is made from, and which environment files mention it."""
    found = format_of(load_any_app(directory)).views.components(module)
    show(rows_text("componentList", found.columns, list(found.rows), output))


@component.command("set")
@click.argument("name", shell_complete=complete_component)
@click.option(
    "--needs",
    "wanted",
    multiple=True,
    callback=split_commas,
    metavar="COMPONENT[:ready|:completed]",
    help="What it waits for, in the place of what the file says; repeatable, or with commas.",
)
@click.option("--no-needs", is_flag=True, help="It waits for nothing.")
@click.option(
    "--env",
    "environment",
    shell_complete=complete_environment,
    help="Only for this environment.  [default: all that share the component]",
)
@click.pass_obj
@editing
def set_(
    directory: Path,
    /,
    name: str,
    wanted: tuple[str, ...],
    environment: str | None,
    *,
    no_needs: bool,
) -> None:
    """Say what component NAME waits for."""
    if bool(wanted) == no_needs:
        raise click.UsageError("say what it waits for: --needs COMPONENT, or --no-needs")
    needs = [_need(text) for text in wanted]
    if len({need.component for need in needs}) < len(needs):
        raise click.UsageError("it waits for a component once")
    app = load_any_app(directory, *([environment] if environment else []))
    file = format_of(app).editor.set_needs(name, needs, environment)
    say(f"set {name}.needs in {file}")


def _need(text: str) -> Need:
    component, _, until = text.partition(":")
    goals = {"": Goal.READY, "ready": Goal.READY, "completed": Goal.COMPLETED}
    if not component or until not in goals:
        message = f'"{text}" is not COMPONENT, COMPONENT:ready or COMPONENT:completed'
        raise click.BadParameter(message)
    return Need(component=component, until=goals[until])


@component.command()
@click.argument("name", shell_complete=complete_component)
@click.option("--to", "backend", required=True, type=click.Choice(_BACKENDS), help="Which kind.")
@click.option("--dry-run", is_flag=True, help="Show what its pods would be, and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
@editing
def move(directory: Path, /, name: str, backend: str, *, dry_run: bool, yes: bool) -> None:
    """Make training NAME, of kuplet/tf-job or kuplet/train, another kind of job.

    Shows for each environment whether image, command, variables, requests and number of its pods
    stay the same. The next apply starts it as a new run.
    """
    app = load_any_app(directory)
    if not isinstance(app, App):
        message = "apps of ksonnet have no kuplet/train"
        raise UsageError(Finding(rule="move-other", message=message, hint="kuplet upgrade"))
    from compiler.verbs.move import carry_out, plan_move

    found = plan_move(app, name, backend)
    for pods in found.pods:
        show(f"{pods.environment}: {pods.before} → {pods.after}")
        rows = [
            (row.what, row.before, "the same" if row.is_same else row.after) for row in pods.rows
        ]
        show(table(("", "before", "after"), rows, terminal_width()))
    print_findings(found.findings)
    if dry_run:
        return
    if not confirm("write the files?", yes=yes):
        sys.exit(1)
    written = carry_out(app, found)
    say(f"wrote {', '.join(written)}" if written else "it is one already")


@component.command()
@click.argument("name", shell_complete=complete_component)
@click.pass_obj
@editing
def rm(directory: Path, /, name: str) -> None:
    """Remove component NAME from every environment file; live objects stay.

    The source of an own component stays too, since others may use it. In an app of ksonnet the file
    of the component goes, with its parameters.
    """
    editor = format_of(load_any_app(directory)).editor
    for file in editor.remove_component(name):
        say(f"removed {name} from {file}")
