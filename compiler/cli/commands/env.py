"""``kuplet env``: list, describe, add, change and remove environments."""

from pathlib import Path

import click

from compiler.cli.app import load_any_app, load_editable_app
from compiler.cli.options import (
    ENVIRONMENT,
    OVERRIDE,
    confirm,
    output_option,
    settings_options,
)
from compiler.cli.report.table import rows_text
from compiler.errors import AppError
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.ksonnet.views import ENVIRONMENT_COLUMNS, environment_lines, environment_rows
from compiler.formats.kuplet.current_environment import current_environment, set_current_environment
from compiler.model.app import App, Destination, EnvironmentSettings
from compiler.verbs.compile import resolve_environment
from compiler.verbs.edit import add_environment, change_environment, remove_environment, set_targets


@click.group()
def env() -> None:
    """List, describe, add, change and remove environments."""


@env.command("list")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, output: str) -> None:
    """List the environments that can be applied."""
    app = load_any_app(directory)
    if isinstance(app, KsonnetApp):
        rows = list(environment_rows(app))
        click.echo(rows_text("environmentList", ENVIRONMENT_COLUMNS, rows, output))
        return
    rows = [_row(app, name) for name in app.environment_names]
    columns = ("name", "extends", "kubernetes-version", "namespace", "destination")
    click.echo(rows_text("environmentList", columns, rows, output))


@env.command()
@ENVIRONMENT
@click.pass_obj
def describe(directory: Path, /, environment: str) -> None:
    """Show what an environment is made of."""
    app = load_any_app(directory, environment)
    found = resolve_environment(app, environment)
    lines = [
        f"name: {found.name}",
        f"layers: {' < '.join(found.layers)}",
        f"kubernetes: {found.kubernetes}",
        f"destination: {_destination(found.destination)}",
        f"namespace: {found.namespace}",
        *(environment_lines(app, environment) if isinstance(app, KsonnetApp) else ()),
        "components:",
    ]
    for component in found.components:
        needs = ", ".join(f"{need.component} {need.until}" for need in component.needs)
        suffix = f"  (needs {needs})" if needs else ""
        lines.append(f"  {component.name}: {component.prototype.short_name}{suffix}")
    click.echo("\n".join(lines))


@env.command()
@click.argument("name")
@click.option("--extends", help="Environment to start from.  [default: base]")
@settings_options
@OVERRIDE
@click.pass_obj
def add(
    directory: Path,
    /,
    name: str,
    extends: str | None,
    *,
    override: bool,
    **settings: str,
) -> None:
    """Add environment NAME.

    Without --context or --server it belongs to the sandbox; in an app of ksonnet, to the current
    context of the kubeconfig.
    """
    app = load_any_app(directory)
    for file in add_environment(
        app, name, EnvironmentSettings(**settings), extends, override=override
    ):
        click.echo(f"wrote {file}", err=True)


@env.command("set")
@click.argument("environment")
@click.option("--name", "new_name", default="", help="Rename it.")
@settings_options
@OVERRIDE
@click.pass_obj
def set_(
    directory: Path,
    /,
    environment: str,
    new_name: str,
    *,
    override: bool,
    **settings: str,
) -> None:
    """Change where ENVIRONMENT is applied, its Kubernetes version, or its name."""
    app = load_editable_app(directory, environment)
    change = EnvironmentSettings(**settings)
    if change == EnvironmentSettings() and not new_name:
        raise click.UsageError("say what to set, for example --namespace")
    for file in change_environment(app, environment, change, new_name, override=override):
        click.echo(f"wrote {file}", err=True)


@env.command()
@click.argument("name")
@OVERRIDE
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rm(directory: Path, /, name: str, *, override: bool, yes: bool) -> None:
    """Remove environment NAME; its live objects stay: kuplet delete NAME removes them before."""
    app = load_editable_app(directory, name)
    if confirm(f'delete the files of environment "{name}"?', yes=yes):
        for file in remove_environment(app, name, override=override):
            click.echo(f"removed {name}: {file}", err=True)


@env.command()
@click.argument("environment")
@click.option("--module", "modules", multiple=True, help="Render this module; repeatable.")
@OVERRIDE
@click.pass_obj
def targets(
    directory: Path, /, environment: str, modules: tuple[str, ...], *, override: bool
) -> None:
    """Set the modules of a ksonnet app that ENVIRONMENT renders; without any, the root alone."""
    app = load_editable_app(directory, environment)
    file = set_targets(app, environment, modules, override=override)
    click.echo(f"{environment} renders {', '.join(modules) or '/'}: wrote {file}", err=True)


@env.command()
@click.option("--set", "name", metavar="ENVIRONMENT", help="Choose it.")
@click.option("--unset", is_flag=True, help="Choose none.")
@click.pass_obj
def current(directory: Path, /, name: str | None, *, unset: bool) -> None:
    """Print or choose the environment that commands mean when they name none."""
    app = load_any_app(directory, *([name] if name else []))
    if name and unset:
        raise click.UsageError("--set and --unset contradict each other")
    if name or unset:
        set_current_environment(app.root, name or "")
    elif found := current_environment(app.root):
        click.echo(found)


@env.command()
@ENVIRONMENT
@click.pass_obj
def update(directory: Path, /, environment: str) -> None:
    """Do nothing: kuplet has the library that ksonnet generated here."""
    load_any_app(directory, environment)
    click.echo(
        "nothing to update: kuplet brings its own k.libsonnet for every Kubernetes version;"
        " an app's own lib/ is used first and stays as it is",
        err=True,
    )


def _row(app: App, name: str) -> tuple[str, ...]:
    extends = app.environments[name].extends
    try:
        found = resolve_environment(app, name)
    except AppError:  # one broken environment must not hide the others
        return name, extends, "invalid", "", ""
    return name, extends, found.kubernetes, found.namespace, _destination(found.destination)


def _destination(destination: Destination) -> str:
    if destination.is_sandbox:
        return "sandbox"
    return destination.context or destination.server
