"""``kuplet env``: list, describe, add, change and remove environments."""

from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app, load_editable_app
from compiler.cli.commands.env_rbac import rbac
from compiler.cli.names import complete_environment, complete_environment_file
from compiler.cli.options import (
    ENVIRONMENT,
    OVERRIDE,
    confirm,
    output_option,
    settings_options,
)
from compiler.cli.output import say, show
from compiler.cli.report.table import rows_text
from compiler.formats.choice import format_of
from compiler.formats.kuplet.current_environment import current_environment, set_current_environment
from compiler.model.app import EnvironmentSettings


@click.group()
def env() -> None:
    """List, describe, add, change and remove environments."""


@env.command("list")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, output: str) -> None:
    """List the environments that can be applied."""
    found = format_of(load_any_app(directory)).views.environments()
    show(rows_text("environmentList", found.columns, list(found.rows), output))


@env.command()
@ENVIRONMENT
@click.pass_obj
def describe(directory: Path, /, environment: str) -> None:
    """Show what an environment is made of."""
    from compiler.verbs.compile import resolve_environment

    app = load_any_app(directory, environment)
    found = resolve_environment(app, environment)
    lines = [
        f"name: {found.name}",
        f"layers: {' < '.join(found.layers)}",
        f"kubernetes: {found.kubernetes}",
        f"destination: {found.destination.place}",
        f"namespace: {found.namespace}",
        *([f"cluster: {found.destination.cluster}"] if found.destination.cluster else []),
        *(["protected: true"] if found.protected else []),
        *format_of(app).views.environment_lines(environment),
        "components:",
    ]
    for component in found.components:
        needs = ", ".join(f"{need.component} {need.until}" for need in component.needs)
        suffix = f"  (needs {needs})" if needs else ""
        lines.append(f"  {component.name}: {component.prototype.short_name}{suffix}")
    show("\n".join(lines))


@env.command()
@click.argument("name")
@click.option(
    "--extends",
    shell_complete=complete_environment_file,
    help="Environment to start from.  [default: base]",
)
@settings_options
@OVERRIDE
@click.pass_obj
@editing
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
    editor = format_of(load_any_app(directory)).editor
    new = EnvironmentSettings(**settings)
    for file in editor.add_environment(name, new, extends, override=override):
        say(f"wrote {file}")


@env.command("set")
@click.argument("environment", shell_complete=complete_environment)
@click.option("--name", "new_name", default="", help="Rename it.")
@settings_options
@OVERRIDE
@click.pass_obj
@editing
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
    editor = format_of(load_editable_app(directory, environment)).editor
    change = EnvironmentSettings(**settings)
    if change == EnvironmentSettings() and not new_name:
        raise click.UsageError("say what to set, for example --namespace")
    for file in editor.change_environment(environment, change, new_name, override=override):
        say(f"wrote {file}")


@env.command()
@ENVIRONMENT
@click.option("--remove", is_flag=True, help="Take the pin away.")
@click.pass_obj
@editing
def pin(directory: Path, /, environment: str, *, remove: bool) -> None:
    """Pin ENVIRONMENT to the cluster that it leads to now; any other is refused from then on.

    Its identity is the UID of the namespace kube-system, whatever its address and names are.
    """
    from compiler.executor.identity import cluster_uid
    from compiler.verbs.compile import resolve_environment
    from compiler.verbs.destination import open_destination

    app = load_any_app(directory, environment)
    editor, resolved = format_of(app).editor, resolve_environment(app, environment)
    if remove:
        file = editor.pin_environment(environment, "")
        say(f"{environment} is pinned to no cluster: wrote {file}")
        return
    target = open_destination(resolved, say)
    found = cluster_uid(target.cluster)
    if found == resolved.destination.cluster:
        say(f"{environment} is pinned to the cluster {found} already")
        return
    file = editor.pin_environment(environment, found)
    say(f"{environment} is pinned to the cluster {found}: wrote {file}")


@env.command()
@click.argument("name", shell_complete=complete_environment)
@OVERRIDE
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
@editing
def rm(directory: Path, /, name: str, *, override: bool, yes: bool) -> None:
    """Remove environment NAME; its live objects stay: kuplet delete NAME removes them before."""
    editor = format_of(load_editable_app(directory, name)).editor
    if confirm(f'delete the files of environment "{name}"?', yes=yes):
        for file in editor.remove_environment(name, override=override):
            say(f"removed {name}: {file}")


@env.command()
@click.argument("environment", shell_complete=complete_environment)
@click.option("--module", "modules", multiple=True, help="Render this module; repeatable.")
@OVERRIDE
@click.pass_obj
@editing
def targets(
    directory: Path, /, environment: str, modules: tuple[str, ...], *, override: bool
) -> None:
    """Set the modules of a ksonnet app that ENVIRONMENT renders; without any, the root alone."""
    editor = format_of(load_editable_app(directory, environment)).editor
    file = editor.set_targets(environment, modules, override=override)
    say(f"{environment} renders {', '.join(modules) or '/'}: wrote {file}")


@env.command()
@click.option(
    "--set", "name", metavar="ENVIRONMENT", shell_complete=complete_environment, help="Choose it."
)
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
        show(found)


env.add_command(rbac)


@env.command()
@ENVIRONMENT
@click.pass_obj
def update(directory: Path, /, environment: str) -> None:
    """Do nothing: kuplet has the library that ksonnet generated here."""
    load_any_app(directory, environment)
    say(
        "nothing to update: kuplet brings its own k.libsonnet for every Kubernetes version;"
        " an app's own lib/ is used first and stays as it is",
    )
