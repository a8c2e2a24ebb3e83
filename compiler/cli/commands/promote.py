"""``kuplet promote``: bring what one environment runs into another one."""

import sys
from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.names import complete_environment, complete_parameter
from compiler.cli.options import component_option, confirm, sandbox_option
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.promotion import plan_text
from compiler.errors import UsageError
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.model.app import App
from compiler.model.finding import Finding
from compiler.stages.promotion.promotion import Selection
from compiler.verbs.promote.commit import check_committable
from compiler.verbs.promote.promote import PromotionOptions, carry_out, plan_promotion_of


@click.command()
@click.argument("source", metavar="FROM", shell_complete=complete_environment)
@click.argument("target", metavar="TO", shell_complete=complete_environment)
@component_option
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="COMPONENT.PARAM",
    shell_complete=complete_parameter,
    help="Only this parameter; repeatable.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="COMPONENT.PARAM",
    shell_complete=complete_parameter,
    help="Let this parameter differ this time; repeatable.",
)
@click.option("--from-files", is_flag=True, help="Take what the files of FROM say, applied or not.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when TO is behind FROM.")
@click.option("--branch", metavar="NAME", default="", help="Commit on a new git branch NAME.")
@click.option("--commit", is_flag=True, help="Commit TO's file, on the branch that is checked out.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@sandbox_option
@click.pass_obj
@editing
def promote(  # noqa: PLR0913, PLR0917  click hands over one argument an option
    directory: Path,
    /,
    source: str,
    target: str,
    components: tuple[str, ...],
    parameters: tuple[str, ...],
    allow: tuple[str, ...],
    branch: str,
    *,
    from_files: bool,
    check: bool,
    commit: bool,
    dry_run: bool,
    yes: bool,
    rehearse: bool,
) -> None:
    """Copy what the file of TO lists under promotion.copies from the last release of FROM.

    Images are copied with the digest that runs, the newest version of a model as the number that is
    served, package versions too; everything else stays TO's own. What differs and is neither copied
    nor allowed to differ stops the promotion. Shows what changes before it edits TO's file.
    """
    app = _app(directory, source, target)
    selection = Selection(components=components, parameters=parameters, allow=allow)
    options = PromotionOptions(
        selection=selection, is_from_files=from_files, is_check=check, rehearse=rehearse
    )
    planned = plan_promotion_of(app, source, target, options, _progress)
    print_findings(planned.findings)
    if planned.plan.is_empty:
        say(f"{target} has everything that {planned.where} has")
        return
    show(plan_text(planned), nl=False)
    if dry_run:
        return
    if commit or branch:
        check_committable(app.root, target)
    if not confirm("promote?", yes=yes):
        sys.exit(1)
    done = carry_out(app, planned, commit=commit, branch=branch)
    say(f"{done}; next: kuplet diff {target}")


def _app(directory: Path, *environments: str) -> App:
    app = load_any_app(directory, *environments)
    if isinstance(app, KsonnetApp):
        message = "apps of ksonnet do not say what may be promoted"
        raise UsageError(Finding(rule="promotion-missing", message=message, hint="kuplet upgrade"))
    return app


def _progress(line: str) -> None:
    say(line)
