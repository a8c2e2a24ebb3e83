"""``kuplet compile``: print an environment's objects, or write them into a directory."""

import sys
from pathlib import Path
from typing import Any

import click

from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    component_option,
    output_option,
)
from compiler.cli.output import say, show


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
@click.option("--no-validate", is_flag=True, help="Exit with 0, whatever the findings say.")
@click.option("--show-secrets", is_flag=True, help="Print values of Secrets on a terminal too.")
@compile_options
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
    from compiler.cli.app import load_any_app
    from compiler.cli.report.findings import print_findings
    from compiler.cli.report.manifests import manifests_text, write_directory
    from compiler.verbs.compile import selected, show_environment

    app = load_any_app(directory, environment)
    shown = show_environment(app, environment, compile_settings(options, components))
    compiled = selected(shown, components)
    manifests = compiled.selected
    print_findings(compiled.findings)
    if output_dir is None:
        mask = sys.stdout.isatty() and not show_secrets
        if sort == "ksonnet":
            from compiler.formats.ksonnet.order import in_ksonnet_order

            manifests = tuple(in_ksonnet_order(manifests))
        show(manifests_text(manifests, output, mask=mask), nl=False)
    else:
        source = {"app": app.name, "environment": environment, "digest": compiled.digest}
        from compiler.stages.words import counted

        written = write_directory(manifests, output_dir, dict(source))
        say(f"wrote {counted(len(written), 'object')} to {output_dir}")
    if not no_validate and any(finding.is_error for finding in compiled.findings):
        sys.exit(1)
