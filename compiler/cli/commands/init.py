"""``kuplet init``: start a new app."""

import re
from pathlib import Path

import click

from compiler.app.new_app import create_app

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@click.command()
@click.argument("name")
@click.option(
    "--env", "environment", default="staging", show_default=True, help="First environment."
)
@click.pass_obj
def init(directory: Path, /, name: str, environment: str) -> None:
    """Start an app in a new directory NAME, or here when NAME is ".".

    Its first environment names no cluster: it belongs to the sandbox.
    """
    target = directory / name
    app_name = target.resolve().name
    for text, what in ((app_name, "NAME"), (environment, "--env")):
        if not _NAME.fullmatch(text):
            message = f'"{text}" is no valid name: lower-case letters, digits and - only'
            raise click.BadParameter(message, param_hint=what)
    files = create_app(target, app_name, environment)
    for file in files:
        click.echo(f"wrote {file}", err=True)
    click.echo(f"next: cd {target} && kuplet prototype list", err=True)
