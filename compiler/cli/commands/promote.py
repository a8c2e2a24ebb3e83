"""``kuplet promote``: bring what one environment runs into another one."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import component_option, confirm, sandbox_option
from compiler.cli.report.findings import print_findings
from compiler.cli.report.promotion import (
    behind,
    commit_message,
    frozen,
    obstacles,
    plan_text,
)
from compiler.errors import AppError, UsageError
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.model.app import App
from compiler.model.finding import Finding, Severity
from compiler.model.promotion import Promoted
from compiler.stages.promotion.names import check_promotion, unknown_selection
from compiler.stages.promotion.promotion import (
    Pins,
    PromotionRequest,
    Selection,
    pins_of_files,
    plan_promotion,
)
from compiler.verbs.compile import compile_environment, resolve_environment
from compiler.verbs.promote import (
    check_committable,
    checked_promotion,
    promotion_effect,
    released_pins,
    with_packages,
    write_promotion,
)
from compiler.verbs.record import promoter
from compiler.verbs.secret_parameters import secret_parameters


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@component_option
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="COMPONENT.PARAM",
    help="Only this parameter; repeatable.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="COMPONENT.PARAM",
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
    request = _request(app, source, target, selection)
    findings = frozen(request.promotion, target, Severity.NOTE if check else Severity.ERROR)
    findings += check_promotion(app, target)
    _stop_at_errors(findings)
    pins, found = _pins(app, source, request, from_files=from_files, rehearse=rehearse)
    request = with_packages(app, request, pins)
    plan = plan_promotion(request, pins)
    findings += [*found, *obstacles(plan, pins, source, target)]
    if check:
        findings += behind(plan, source, target)
    _stop_at_errors(findings)
    print_findings(findings)
    where = f"release {pins.revision} of {source}" if pins.revision else f"the files of {source}"
    if plan.is_empty:
        click.echo(f"{target} has everything that {where} has", err=True)
        return
    promoted = Promoted(
        source=source,
        revision=pins.revision,
        commit=pins.commit,
        is_dirty=pins.is_dirty,
        by=promoter(app.root),
        is_from_files=from_files,
    )
    effect = promotion_effect(app, request, plan, promoted)
    click.echo(plan_text(plan, effect, where, target), nl=False)
    if dry_run:
        return
    is_committed = bool(commit or branch)
    if is_committed:
        check_committable(app.root, target)
    if not confirm("promote?", yes=yes):
        sys.exit(1)
    message = commit_message(plan, promoted, target) if is_committed else ""
    done = write_promotion(app.root, effect, branch, message)
    click.echo(f"{done}; next: kuplet diff {target}", err=True)


def _app(directory: Path, *environments: str) -> App:
    app = load_any_app(directory, *environments)
    if isinstance(app, KsonnetApp):
        message = "apps of ksonnet do not say what may be promoted"
        raise UsageError(Finding(rule="promotion-missing", message=message, hint="kuplet upgrade"))
    return app


def _request(app: App, source: str, target: str, selection: Selection) -> PromotionRequest:
    promotion = checked_promotion(app, source, target)
    compiled = compile_environment(app, target)
    return PromotionRequest(
        promotion=promotion,
        target=compiled.environment,
        secret=secret_parameters(app, compiled),
        selection=selection,
    )


def _pins(
    app: App, source: str, request: PromotionRequest, *, from_files: bool, rehearse: bool
) -> tuple[Pins, list[Finding]]:
    """Return what FROM runs, once it is known that the command names what is there."""
    files = resolve_environment(app, source)
    if from_files:
        compiled = compile_environment(app, source)
        pins, found = pins_of_files(files, secret_parameters(app, compiled)), list[Finding]()
    else:
        pins, found = released_pins(app, source, request, _progress, rehearse=rehearse)
    if unknown := list(unknown_selection(request, pins, files)):
        raise UsageError(*unknown)
    return pins, found


def _stop_at_errors(findings: Sequence[Finding]) -> None:
    if any(finding.is_error for finding in findings):
        raise AppError(*findings)


def _progress(line: str) -> None:
    click.echo(line, err=True)
