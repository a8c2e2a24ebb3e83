"""``kuplet env``: list, describe, add and remove environments."""

from pathlib import Path

import click

from compiler.app.load_app import unknown_environment
from compiler.app.new_app import add_environment, remove_environment
from compiler.cli.app import load_any_app, load_checked_app
from compiler.cli.options import confirm, output_option
from compiler.cli.report.table import rows_text
from compiler.errors import AppError
from compiler.ksonnet.app import KsonnetApp
from compiler.ksonnet.views import ENVIRONMENT_COLUMNS, environment_lines, environment_rows
from compiler.model.app import App, Destination
from compiler.pipeline import resolve_environment


@click.group()
def env() -> None:
    """List, describe, add and remove environments."""


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
@click.argument("environment")
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
@click.option("--extends", default="base", show_default=True, help="Environment to start from.")
@click.option("--context", default="", help="Kubeconfig context of its cluster.")
@click.option("--server", default="", help="URL of its API server.")
@click.option("-n", "--namespace", default="", help="Namespace of its objects.")
@click.pass_obj
def add(
    directory: Path, /, name: str, extends: str, context: str, server: str, namespace: str
) -> None:
    """Add environment NAME; without --context or --server it belongs to the sandbox."""
    app = load_checked_app(directory)
    if extends not in app.environments:
        raise unknown_environment(app, extends)
    destination = Destination(context=context, server=server, namespace=namespace)
    click.echo(f"wrote {add_environment(app, name, extends, destination)}", err=True)


@env.command()
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rm(directory: Path, /, name: str, *, yes: bool) -> None:
    """Remove environment NAME; its live objects stay: kuplet delete NAME removes them before."""
    app = load_checked_app(directory)
    if name not in app.environments:
        raise unknown_environment(app, name)
    if confirm(f'delete the file of environment "{name}"?', yes=yes):
        click.echo(f"removed {remove_environment(app, name)}", err=True)


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
