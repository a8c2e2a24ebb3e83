"""``kuplet diff``: what an apply would change, or how two environments differ."""

import sys
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_checked_app, only_components
from compiler.cli.options import (
    compile_options,
    compile_settings,
    component_option,
    output_option,
    sandbox_option,
)
from compiler.cli.report.diff import (
    comparison_json,
    comparison_text,
    environments_text,
    summary_text,
)
from compiler.cli.report.findings import print_findings
from compiler.errors import ExternalError, KupletError
from compiler.model.app import App
from compiler.model.finding import Finding
from compiler.pipeline import CompileOptions, compile_valid, diff_environment, open_destination
from compiler.stages.diff import compare_environments

DIFFERENT = 1  # like kubectl diff: 0 none, 1 differences, above 1 an error


@click.command()
@click.argument("environment")
@click.argument("other", required=False)
@component_option
@output_option("text", "json")
@sandbox_option
@click.option("--force-conflicts", is_flag=True, help="Show the result of taking foreign fields.")
@compile_options
@click.pass_obj
def diff(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    other: str | None,
    components: tuple[str, ...],
    output: str,
    *,
    rehearse: bool,
    force_conflicts: bool,
    **options: Any,
) -> None:
    """Show what applying ENVIRONMENT would change in its cluster; nothing is written.

    With two environments, show how the objects of the second differ from those of the first.
    Exits with 0 when nothing differs, 1 when something does, above 1 on errors.
    """
    try:
        settings = compile_settings(options)
        if other:
            app = load_checked_app(directory, environment, other)
            sys.exit(_environments(app, (environment, other), components, settings))
        app = load_checked_app(directory, environment)
        compiled = compile_valid(app, environment, settings)
        manifests = only_components(compiled, components)
        target = open_destination(compiled, _progress, rehearse=rehearse)
        comparison = diff_environment(compiled, manifests, target, force_conflicts=force_conflicts)
    except KupletError as error:
        raise _above_one(error) from error
    is_json = output == "json"
    click.echo((comparison_json if is_json else comparison_text)(comparison), nl=is_json)
    print_findings(comparison.findings)
    click.echo(summary_text(comparison), err=True)
    errors = [finding for finding in comparison.findings if finding.is_error]
    if errors:
        is_refused = any(finding.rule.startswith("cluster-") for finding in errors)
        sys.exit(ExternalError.exit_code if is_refused else _DiffError.exit_code)
    sys.exit(DIFFERENT if comparison.has_changes else 0)


def _environments(
    app: App, names: tuple[str, str], components: tuple[str, ...], settings: CompileOptions
) -> int:
    first, second = (
        only_components(compile_valid(app, name, settings), components) for name in names
    )
    pairs = compare_environments(first, second)
    click.echo(environments_text(pairs), nl=False)
    click.echo(f"{len(pairs)} objects differ between {' and '.join(names)}", err=True)
    return DIFFERENT if pairs else 0


def _progress(line: str) -> None:
    click.echo(line, err=True)


class _DiffError(KupletError):
    """An error of a diff: 1 would read as "differences"."""

    exit_code = 2


def _above_one(error: KupletError) -> KupletError:
    if error.exit_code > DIFFERENT:
        return error
    findings: tuple[Finding, ...] = error.findings
    return _DiffError(*findings)
