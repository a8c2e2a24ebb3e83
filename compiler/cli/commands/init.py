"""``kuplet init``: start a new app."""

from pathlib import Path

import click

from compiler.cli.options import settings_options
from compiler.cli.output import say
from compiler.formats.kuplet.new_app import create_app
from compiler.model.app import EnvironmentSettings
from compiler.stages.names import NAME


@click.command()
@click.argument("name")
@click.option(
    "--env", "environment", default="staging", show_default=True, help="First environment."
)
@settings_options
@click.option("--skip-default-registries", is_flag=True, help="Nothing: there are none to skip.")
@click.pass_obj
def init(
    directory: Path,
    /,
    name: str,
    environment: str,
    *,
    skip_default_registries: bool,  # noqa: ARG001  ksonnet's, for scripts that give it
    **settings: str,
) -> None:
    """Start an app in a new directory NAME, or here when NAME is ".".

    Without --context or --server its first environment belongs to the sandbox.
    """
    target = directory / name
    app_name = target.resolve().name
    for text, what in ((app_name, "NAME"), (environment, "--env")):
        if not NAME.fullmatch(text):
            message = f'"{text}" is no valid name: lower-case letters, digits and - only'
            raise click.BadParameter(message, param_hint=what)
    files = create_app(target, app_name, environment, EnvironmentSettings(**settings))
    for file in files:
        say(f"wrote {file}")
    say(f"next: cd {target} && kuplet prototype list")
