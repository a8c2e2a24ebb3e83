"""``kuplet compile``: print an environment's objects, or write them into a directory."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from compiler.cache.recording import recording
from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    component_option,
    no_cache_option,
    output_option,
)
from compiler.cli.output import say, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.formats.format import AnyApp
    from compiler.formats.options import CompileOptions
    from compiler.model.compiled import CompiledEnvironment
    from compiler.model.json import JsonObject
    from compiler.model.manifest import Manifest


@click.command("compile")
@ENVIRONMENT
@component_option
@output_option("yaml", "json", "name", also="--format")  # as ks show calls it
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write one file an object, in dependency order, and an index.",
)
@click.option(
    "--sort",
    type=click.Choice(["dependency", "ksonnet"]),
    default="dependency",
    show_default=True,
    help="Order of the objects; ksonnet's is by namespace and kind.",
)
@click.option(
    "--no-validate",
    is_flag=True,
    help="Do not check the objects, and exit with 0; with --sort ksonnet, do not link them either.",
)
@click.option("--show-secrets", is_flag=True, help="Print values of Secrets on a terminal too.")
@click.option(
    "--profile", "wants_profile", is_flag=True, help="Say on stderr which components take longest."
)
@compile_options
@no_cache_option
@click.pass_obj
def compile_(  # noqa: PLR0913  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    output: str,
    output_dir: Path | None,
    sort: str,
    *,
    no_validate: bool,
    show_secrets: bool,
    wants_profile: bool,
    **options: Any,
) -> None:
    """Compile ENVIRONMENT and print its objects, by default in dependency order.

    Findings go to stderr. The objects are printed whenever they could be made, whatever is wrong
    with them; an error among the findings makes the exit code 1.
    """
    from compiler.cli.app import load_recorded_app
    from compiler.cli.report.findings import print_findings
    from compiler.cli.report.manifests import manifests_text
    from compiler.model.secret import hidden_fields
    from compiler.verbs.compile import selected, show_environment

    is_named = click.get_current_context().get_parameter_source("environment")
    options["no_cache"] |= (
        wants_profile or output_dir is not None or is_named is not ParameterSource.COMMANDLINE
    )
    app = load_recorded_app(directory, environment, options=options)
    settings = replace(
        compile_settings(options, components),
        check=not no_validate,
        order=not no_validate or sort == "dependency" or output_dir is not None,
    )
    compiled = selected(show_environment(app, environment, settings), components)
    print_findings(compiled.findings)
    if output_dir is None:
        mask = sys.stdout.isatty() and not show_secrets
        ordered = _ordered(compiled.selected, sort)
        show(manifests_text(ordered, output, mask=mask), nl=False)
    else:
        _write(compiled, output_dir)
    if wants_profile:
        _say_profile(app, compiled, settings)
    is_wrong = any(finding.is_error for finding in compiled.findings)
    code = 1 if is_wrong and not no_validate else 0
    if (answer := recording()) and not any(hidden_fields(item.body) for item in compiled.manifests):
        answer.keep(code)
    if code:
        sys.exit(code)


def _say_profile(
    app: "AnyApp", compiled: "CompiledEnvironment", settings: "CompileOptions"
) -> None:
    from compiler.cli.report.languages import one_line
    from compiler.cli.report.table import table
    from compiler.errors import UsageError
    from compiler.formats.ksonnet.app import KsonnetApp
    from compiler.model.finding import Finding
    from compiler.verbs.profile import profile_of, stages_of

    if isinstance(app, KsonnetApp):
        message = "the components of a ksonnet app are evaluated together, so none has a time"
        raise UsageError(Finding(rule="profile-ksonnet", message=message, hint="kuplet upgrade"))
    name = compiled.environment.name
    objects = Counter(item.origin.component for item in compiled.manifests)
    rows = [
        (
            _milliseconds(cost.seconds),
            cost.component,
            one_line(cost.declared),
            one_line(cost.source),
            str(objects[cost.component]),
            f"{cost.parameter}: {_milliseconds(cost.saved)} ms" if cost.parameter else "",
            f"line {cost.line}, {one_line(cost.field)}: {_milliseconds(cost.spent)} ms"
            if cost.field
            else "",
        )
        for cost in profile_of(app, name, settings)
    ]
    columns = (
        "ms",
        "component",
        "declared",
        "source",
        "objects",
        "dearest parameter",
        "dearest field",
    )
    say(table(columns, rows, None))
    stages = [(_milliseconds(seconds), stage) for stage, seconds in stages_of(app, name, settings)]
    say(table(("ms", "stage"), stages, None))


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.1f}"


def _ordered(manifests: "Sequence[Manifest]", sort: str) -> "Sequence[Manifest]":
    if sort != "ksonnet":
        return manifests
    from compiler.formats.ksonnet.order import in_ksonnet_order

    return in_ksonnet_order(manifests)


def _write(compiled: "CompiledEnvironment", directory: Path) -> None:
    from compiler.cli.report.manifests import write_directory
    from compiler.stages.words import counted

    environment = compiled.environment
    source: JsonObject = {
        "app": environment.app,
        "environment": environment.name,
        "digest": compiled.digest,
    }
    written = write_directory(compiled.selected, directory, source)
    say(f"wrote {counted(len(written), 'object')} to {directory}")
