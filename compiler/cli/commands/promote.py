"""``kuplet promote``: bring what one environment runs into another one."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from compiler.app.yaml_edit import flow_text
from compiler.cli.app import load_any_app
from compiler.cli.options import component_option, confirm, sandbox_option
from compiler.cli.report.diff import environments_text
from compiler.cli.report.findings import print_findings
from compiler.errors import AppError, UsageError
from compiler.ksonnet.app import KsonnetApp
from compiler.model.change import FieldChange
from compiler.model.finding import Finding
from compiler.pipeline import resolve_environment
from compiler.promoting import (
    PromotionEffect,
    checked_promotion,
    promotion_effect,
    released_pins,
    write_promotion,
)
from compiler.stages.diff import compare_environments
from compiler.stages.promotion import (
    Pins,
    PromotionPlan,
    Selection,
    pins_of_files,
    plan_promotion,
)


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
@click.option("--branch", default="", help="Commit to a new git branch of this name.")
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
    dry_run: bool,
    yes: bool,
    rehearse: bool,
) -> None:
    """Copy what the file of TO lists under promotion.copies from the last release of FROM.

    Package versions are copied too; everything else stays TO's own. What differs and is neither
    copied nor allowed to differ stops the promotion. Shows what changes before it edits TO's file.
    """
    app = load_any_app(directory, source, target)
    if isinstance(app, KsonnetApp):
        message = "apps of ksonnet do not say what may be promoted"
        raise UsageError(Finding(rule="promotion-missing", message=message, hint="kuplet upgrade"))
    promotion = checked_promotion(app, source, target)
    notes: list[Finding] = []
    if from_files:
        pins = pins_of_files(resolve_environment(app, source))
    else:
        pins, notes = released_pins(app, source, _progress, rehearse=rehearse)
    selection = Selection(components=components, parameters=parameters, allow=allow)
    plan = plan_promotion(promotion, pins, resolve_environment(app, target), selection)
    print_findings(notes)
    findings = [*_obstacles(plan, source, target)]
    if check:
        findings += [
            _behind(change, source, target) for change in (*plan.parameters, *plan.packages)
        ]
    if findings:
        raise AppError(*findings)
    where = f"release {pins.revision} of {source}" if pins.revision else f"the files of {source}"
    if plan.is_empty:
        click.echo(f"{target} has everything that {where} has", err=True)
        return
    effect = promotion_effect(app, source, target, plan, pins)
    click.echo(_plan_text(plan, effect, where, target), nl=False)
    if dry_run:
        return
    if not confirm("promote?", yes=yes):
        sys.exit(1)
    write_promotion(app.root, effect, branch, _message(plan, source, target, pins))
    click.echo(f"wrote {', '.join(effect.texts)}; next: kuplet diff {target}", err=True)


def _obstacles(plan: PromotionPlan, source: str, target: str) -> Iterator[Finding]:
    for change in plan.undeclared:
        yield Finding(
            rule="promotion-undeclared",
            message=f'"{change.path}" differs: {flow_text(change.after)} in {source},'
            f" {flow_text(change.before)} in {target}",
            component=change.path.partition(".")[0],
            environment=target,
            hint=f"add it to promotion.copies or promotion.allow of {target}, or --allow it now",
        )
    for name in plan.hidden:
        yield Finding(
            rule="promotion-secret",
            message=f'"{name}" is the value of a Secret, which releases do not record',
            component=name.partition(".")[0],
            environment=target,
            hint="take it from promotion.copies; give the Secret to each environment by itself",
        )


def _behind(change: FieldChange, source: str, target: str) -> Finding:
    return Finding(
        rule="promotion-behind",
        message=f'"{change.path}" is {flow_text(change.before)}, in {source} it is'
        f" {flow_text(change.after)}",
        environment=target,
        hint=f"kuplet promote {source} {target}",
    )


def _plan_text(plan: PromotionPlan, effect: PromotionEffect, where: str, target: str) -> str:
    pairs = compare_environments(effect.before, effect.after)
    lines = [f"promote {where} to {target}", *_change_lines(plan), ""]
    lines.append(f"{len(pairs)} objects of {target} change")
    return "\n".join(lines) + "\n" + environments_text(pairs)


def _change_lines(plan: PromotionPlan) -> list[str]:
    changes: Sequence[tuple[str, FieldChange]] = [
        *(("", change) for change in plan.parameters),
        *(("package ", change) for change in plan.packages),
    ]
    return [
        f"  {kind}{change.path}: {flow_text(change.before)} → {flow_text(change.after)}"
        for kind, change in changes
    ]


def _message(plan: PromotionPlan, source: str, target: str, pins: Pins) -> str:
    release = f" release {pins.revision}" if pins.revision else ""
    lines = "\n".join(line.strip() for line in _change_lines(plan))
    return f"Promote {source}{release} to {target}\n\n{lines}\n"


def _progress(line: str) -> None:
    click.echo(line, err=True)
