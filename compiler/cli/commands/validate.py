"""``kuplet validate``: everything that is wrong, without a cluster."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from compiler.cache.recording import recording
from compiler.cache.verdicts import Verdicts
from compiler.cli.app import load_recorded_app
from compiler.cli.names import complete_environment
from compiler.cli.options import (
    compile_options,
    compile_settings,
    component_option,
    no_cache_option,
    output_option,
)
from compiler.cli.output import say, show
from compiler.cli.report.findings import findings_json, findings_text, summary
from compiler.errors import AppError, ExternalError
from compiler.formats.choice import format_of
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.model.finding import Finding, Severity
from compiler.verbs.compile import compile_environment, selected


@click.command()
@click.argument(
    "environments",
    nargs=-1,
    metavar="[ENVIRONMENT]...",
    shell_complete=complete_environment,
)
@component_option
@output_option("text", "json")
@click.option(
    "--sandbox",
    "rehearse",
    is_flag=True,
    help="Say also what would find no place there, as kuplet fits does.",
)
@click.option(
    "--server",
    "ask",
    is_flag=True,
    help="Let the environment's cluster judge, too, with --sandbox the sandbox: dry runs.",
)
@compile_options
@no_cache_option
@click.pass_obj
def validate(
    directory: Path,
    /,
    environments: tuple[str, ...],
    components: tuple[str, ...],
    output: str,
    *,
    rehearse: bool,
    ask: bool,
    **options: Any,
) -> None:
    """Check the app's files, its parameters and every object of ENVIRONMENT, or of all of them.

    With --server also by what a cluster says of the objects and of the pods that they make:
    schemas and rules of its definitions, admission policies, limits, webhooks. Nothing is written.
    Exits with 1 when there is an error; warnings do not fail. With 3 when a cluster does not
    answer, or refuses what is no fault of the app.
    """
    findings: list[Finding] = []
    is_complete = False
    fault = 0
    checked: tuple[str, ...] = ()
    try:
        options["no_cache"] |= rehearse or ask
        app = load_recorded_app(directory, *environments, options=options)
        checked = environments or app.environment_names
        settings = compile_settings(options, components)
        verdicts = Verdicts(answer, _question(app, settings)) if (answer := recording()) else None
        findings = list(format_of(app).file_findings())
        findings += [
            item
            for name in checked
            for item in _findings(app, name, components, settings, verdicts)
            if item not in findings  # some stand in the way of an environment, too
        ]
        if rehearse and not any(item.is_error for item in findings):
            findings += _what_does_not_fit(app, checked, components, settings)
        if ask and not any(item.is_error for item in findings):
            found, fault = _what_servers_say(app, checked, components, settings, rehearse=rehearse)
            findings += found
        findings += () if checked else [_nothing_to_check()]
        is_complete = True
    except AppError as error:
        findings = list(error.findings)
    _report(findings, checked, output)
    code = (fault or 1) if any(finding.is_error for finding in findings) else 0
    if is_complete and (answer := recording()):
        answer.keep(code)
    if code:
        sys.exit(code)


def _report(findings: Sequence[Finding], checked: Sequence[str], output: str) -> None:
    if output == "json":
        show(findings_json(findings))
        return
    for text in findings_text(findings):
        show(text)
    names = ", ".join(checked) or "the app"
    say(f"{names}: {summary(findings) or 'valid'}")


def _nothing_to_check() -> Finding:
    message = "the app has no environment that could be compiled, so no object was checked"
    hint = "create one: kuplet env add NAME"
    return Finding(rule="environment-none", severity=Severity.WARNING, message=message, hint=hint)


def _question(app: AnyApp, settings: CompileOptions) -> str:
    """Return what is asked of an environment, besides what its own files and the common ones say.

    Packages of another environment may give the name of a prototype another meaning.
    """
    return repr((settings, [str(package) for package in format_of(app).used_packages()]))


def _findings(
    app: AnyApp,
    name: str,
    components: tuple[str, ...],
    settings: CompileOptions,
    verdicts: Verdicts | None,
) -> Iterator[Finding]:
    if not verdicts or not verdicts.holds(name):
        found = list(_compile_findings(app, name, components, settings))
        yield from found
        if verdicts and not found:
            verdicts.keep(name, without=format_of(app).files_of_others(name))
    yield from format_of(app).promotion_findings(name)


def _what_does_not_fit(
    app: AnyApp, names: Sequence[str], components: tuple[str, ...], settings: CompileOptions
) -> list[Finding]:
    from compiler.verbs.destination import open_destination
    from compiler.verbs.fits.fits import fitting_of

    found: list[Finding] = []
    for name in names:
        compiled = selected(compile_environment(app, name, settings), components)
        opened = partial(open_destination, compiled.environment, say, rehearse=True)
        rehearsal = partial(opened, add=("kueue",))
        found += fitting_of(app, compiled, opened(), settings, rehearsal).findings
    return found


def _what_servers_say(
    app: AnyApp,
    names: Sequence[str],
    components: tuple[str, ...],
    settings: CompileOptions,
    *,
    rehearse: bool,
) -> tuple[list[Finding], int]:
    """Return what clusters say of some environments, and the exit code if no app is at fault."""
    from compiler.verbs.admission import check_admission
    from compiler.verbs.destination import open_destination

    found: list[Finding] = []
    codes: set[int] = set()
    for name in names:
        compiled = selected(compile_environment(app, name, settings), components)
        try:
            target = open_destination(compiled.environment, say, rehearse=rehearse, only_looks=True)
            said = check_admission(app, compiled, target, settings)
        except ExternalError as error:
            found += (replace(item, environment=name) for item in error.findings)
            codes.add(error.exit_code)
            continue
        found += said.findings
        if any(item.is_error for item in said.findings):
            codes.add(ExternalError.exit_code if said.is_external else AppError.exit_code)
    return found, min(codes, default=0)


def _compile_findings(
    app: AnyApp, name: str, components: tuple[str, ...], settings: CompileOptions
) -> Iterator[Finding]:
    try:
        compiled = compile_environment(app, name, settings)
    except AppError as error:
        yield from error.findings
        return
    yield from selected(compiled, components).findings
