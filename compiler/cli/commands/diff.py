"""``kuplet diff``: what an apply would change, or how two environments differ."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app
from compiler.cli.names import complete_environment
from compiler.cli.options import (
    ENVIRONMENT,
    asking_option,
    compile_options,
    compile_settings,
    component_option,
    output_option,
    sandbox_option,
)
from compiler.cli.output import say, show
from compiler.cli.report.diff import (
    LONGEST,
    comparison_json,
    comparison_text,
    environments_text,
    summary_text,
)
from compiler.cli.report.findings import print_findings
from compiler.errors import ExternalError, KupletError, UsageError
from compiler.executor.remarks import CONFLICT, unasked
from compiler.formats.choice import format_of
from compiler.formats.format import AnyApp, Expected
from compiler.formats.options import CompileOptions
from compiler.model.finding import Finding
from compiler.stages.diff import compare_environments
from compiler.stages.words import counted
from compiler.verbs.apply import compare
from compiler.verbs.causes import Causes
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination
from compiler.verbs.refusals import with_parameters

_LOCAL, _REMOTE = "local:", "remote:"


@click.command()
@ENVIRONMENT
@click.argument("other", required=False, shell_complete=complete_environment)
@component_option
@output_option("text", "json")
@asking_option
@sandbox_option
@click.option("--force-conflicts", is_flag=True, help="Show the result of taking foreign fields.")
@click.option("--adopt", is_flag=True, help="Show the result of taking objects of others.")
@click.option("--all", "show_all", is_flag=True, help="Between environments: everything.")
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
    ask_server: bool,
    rehearse: bool,
    force_conflicts: bool,
    adopt: bool,
    show_all: bool,
    **options: Any,
) -> None:
    """Show what applying ENVIRONMENT would change in its cluster; nothing is written.

    With two environments, show how the objects of the second differ from those of the first. Left
    out is what comes from their own namespaces and servers, or from parameters that are declared
    under promotion, to be copied or to differ.
    ksonnet's local:ENVIRONMENT and remote:ENVIRONMENT are understood; the live objects of one
    environment are compared with its own files only.
    Exits with 0 when nothing differs, 1 when something does (10 in an app of ksonnet, as ks diff
    did), another number on errors.
    """
    try:
        settings = compile_settings(options, components)
        environment, other = _locations(environment, other)
        if other:
            app = load_any_app(directory, environment, other)
            names = (environment, other)
            sys.exit(_environments(app, names, components, settings, show_all=show_all))
        app = load_any_app(directory, environment)
        compiled = compile_selected(app, environment, components, settings)
        target = open_destination(
            compiled.environment, _progress, rehearse=rehearse, only_looks=True, asks=ask_server
        )
        causes = Causes(app, compiled, settings)
        comparison = compare(compiled, target, force=force_conflicts, adopt=adopt, causes=causes)
        comparison = with_parameters(comparison, causes)
    except KupletError as error:
        raise _above_one(error) from error
    is_json = output == "json"
    show((comparison_json if is_json else comparison_text)(comparison), nl=is_json)
    print_findings([*comparison.findings, *unasked(comparison)])
    say(summary_text(comparison))
    # A conflict is a difference like any other, to whoever only looks.
    if any(finding.is_error and finding.rule != CONFLICT for finding in comparison.findings):
        sys.exit(ExternalError.exit_code if comparison.is_external else _DiffError.exit_code)
    sys.exit(_exit_code(app, is_different=comparison.has_changes))


def _locations(first: str, second: str | None) -> tuple[str, str | None]:
    """Return the environment whose live objects to look at, or the two to compare.

    ksonnet wrote ``local:prod`` for what the files say and ``remote:prod`` for what runs.
    """
    names = [text.removeprefix(_LOCAL).removeprefix(_REMOTE) for text in (first, second or first)]
    is_remote = [text.startswith(_REMOTE) for text in (first, second or first)]
    if second is None or (names[0] == names[1] and any(is_remote)):
        return names[0], None
    if not any(is_remote):
        return names[0], names[1]
    message = "the live objects of an environment are compared with its own files only"
    hint = f"kuplet diff {names[0]}; kuplet diff {names[1]}; kuplet diff {names[0]} {names[1]}"
    raise UsageError(Finding(rule="diff-location", message=message, hint=hint))


def _environments(
    app: AnyApp,
    names: tuple[str, str],
    components: tuple[str, ...],
    settings: CompileOptions,
    *,
    show_all: bool,
) -> int:
    expected = Expected(app=app) if show_all else format_of(app).expected(*names)
    overrides = (*settings.overrides, *expected.overrides)
    first = compile_selected(app, names[0], components, replace(settings, overrides=overrides))
    second = compile_selected(expected.app, names[1], components, settings)
    sides = (
        [item for item in side.selected if item.origin.component not in expected.components]
        for side in (first, second)
    )
    pairs = compare_environments(*sides)
    longest = None if show_all else LONGEST
    show(environments_text(pairs, longest), nl=False)
    say(f"{' and '.join(names)} differ in {counted(len(pairs), 'object')}")
    hidden = [*expected.components, *(str(item.target) for item in expected.overrides)]
    if hidden:
        words = ", ".join(hidden)
        say(f"declared to differ, so not shown: {words}; --all shows them")
    return _exit_code(app, is_different=bool(pairs))


def _exit_code(app: AnyApp, *, is_different: bool) -> int:
    if not is_different:
        return 0
    return format_of(app).difference_code


def _progress(line: str) -> None:
    say(line)


class _DiffError(KupletError):
    """An error of a diff: 1 would read as "differences", as in kubectl diff."""

    exit_code = 2


def _above_one(error: KupletError) -> KupletError:
    if error.exit_code >= _DiffError.exit_code:
        return error
    findings: tuple[Finding, ...] = error.findings
    return _DiffError(*findings)
