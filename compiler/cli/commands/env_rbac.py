"""``kuplet env rbac``: print the least rights that an account needs for an environment."""

from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import (
    ENVIRONMENT,
    compile_options,
    compile_settings,
    output_option,
    sandbox_option,
)
from compiler.cli.output import say, show
from compiler.model.json import JsonObject
from compiler.model.purpose import Purpose


@click.command()
@ENVIRONMENT
@click.option(
    "--for",
    "purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    default=Purpose.PRUNE.value,
    show_default=True,
    help="What the account is for: to look, to apply, or also to remove what has left the app.",
)
@click.option("--service-account", metavar="NS:NAME", help="Bind them to a service account.")
@click.option("--user", help="Bind them to a user.")
@click.option("--group", help="Bind them to a group.")
@output_option("yaml", "json")
@sandbox_option
@compile_options
@click.pass_obj
def rbac(  # noqa: PLR0913, PLR0917  click hands over one argument an option
    directory: Path,
    /,
    environment: str,
    purpose: str,
    service_account: str | None,
    user: str | None,
    group: str | None,
    output: str,
    *,
    rehearse: bool,
    **options: Any,
) -> None:
    """Print the least Role and ClusterRole that an account needs for ENVIRONMENT.

    With --service-account, --user or --group also what binds it to them. They name the objects that
    the app has now, so print them again when it has others. Nothing is written to the cluster.
    """
    from compiler.cli.report.roles import roles_text
    from compiler.executor.namespaces import NamespaceState, namespaces_of
    from compiler.verbs.compile import compile_selected
    from compiler.verbs.destination import open_destination
    from compiler.verbs.rights import rights_for

    subject = _subject(service_account, user, group)
    app = load_any_app(directory, environment)
    compiled = compile_selected(app, environment, (), compile_settings(options))
    target = open_destination(compiled.environment, say, rehearse=rehearse, only_looks=True)
    rights = rights_for(compiled, target.cluster, Purpose(purpose))
    name = f"{compiled.environment.owner.applyset_name}.{purpose}"
    show(roles_text(rights, name, subject, output), nl=False)
    states = namespaces_of(target.cluster, compiled.manifests)
    for namespace in sorted({right.namespace for right in rights} - {""}):
        if states[namespace] is NamespaceState.MISSING:
            say(f"there is no such namespace yet: kubectl create namespace {namespace}")


def _subject(service_account: str | None, user: str | None, group: str | None) -> JsonObject | None:
    """Return who gets the rights, if somebody is named.

    Raises:
        UsageError: More than one is, or a service account without its namespace.
    """
    given = [item for item in (service_account, user, group) if item]
    if len(given) > 1:
        raise click.UsageError("name one of --service-account, --user and --group")
    if service_account:
        namespace, _, name = service_account.partition(":")
        if not (namespace and name):
            raise click.UsageError("--service-account must read NAMESPACE:NAME")
        return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    if not given:
        return None
    from compiler.kinds.rbac import GROUP

    return {"apiGroup": GROUP, "kind": "User" if user else "Group", "name": given[0]}
