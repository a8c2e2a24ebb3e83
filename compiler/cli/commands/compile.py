"""``kuplet compile``: print an environment's objects, or write them into a directory."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from compiler.cache.answers import recording
from compiler.cli.app import load_recorded_app
from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    component_option,
    no_cache_option,
    output_option,
)
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.manifests import manifests_text, write_directory
from compiler.formats.ksonnet.order import in_ksonnet_order
from compiler.model.secret import hidden_fields
from compiler.stages.words import counted
from compiler.verbs.compile import selected, show_environment


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
@click.option("--no-validate", is_flag=True, help="Do not check the objects, and exit with 0.")
@click.option("--show-secrets", is_flag=True, help="Print values of Secrets on a terminal too.")
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
    **options: Any,
) -> None:
    """Compile ENVIRONMENT and print its objects, by default in dependency order.

    Findings go to stderr. The objects are printed whenever they could be made, whatever is wrong
    with them; an error among the findings makes the exit code 1.
    """
    is_named = click.get_current_context().get_parameter_source("environment")
    may_keep = output_dir is None and is_named is ParameterSource.COMMANDLINE
    options["no_cache"] |= not may_keep
    app = load_recorded_app(directory, environment, options=options)
    settings = replace(compile_settings(options, components), check=not no_validate)
    shown = show_environment(app, environment, settings)
    compiled = selected(shown, components)
    manifests = compiled.selected
    print_findings(compiled.findings)
    if output_dir is None:
        mask = sys.stdout.isatty() and not show_secrets
        ordered = in_ksonnet_order(manifests) if sort == "ksonnet" else manifests
        show(manifests_text(ordered, output, mask=mask), nl=False)
    else:
        source = {"app": app.name, "environment": environment, "digest": compiled.digest}
        written = write_directory(manifests, output_dir, dict(source))
        say(f"wrote {counted(len(written), 'object')} to {output_dir}")
    is_wrong = any(finding.is_error for finding in compiled.findings)
    code = 1 if is_wrong and not no_validate else 0
    if (answer := recording()) and not any(hidden_fields(item.body) for item in compiled.manifests):
        answer.keep(code)
    if code:
        sys.exit(code)
