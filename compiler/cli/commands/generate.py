"""``kuplet generate``: make a component from a prototype."""

from collections.abc import Sequence
from pathlib import Path

import click

from compiler.cli.app import editing, known_prototypes, load_any_app
from compiler.cli.names import complete_environment_file, complete_prototype
from compiler.cli.options import MODULE, VALUES_FILE
from compiler.cli.output import say
from compiler.errors import UsageError
from compiler.formats.choice import format_of
from compiler.formats.editing import NewComponent
from compiler.formats.values_file import read_values
from compiler.model.finding import Finding
from compiler.registry.library import find_prototype

PARAMETER_SETTINGS = {"ignore_unknown_options": True, "allow_extra_args": True}


@click.command(context_settings=PARAMETER_SETTINGS)
@click.argument("prototype", shell_complete=complete_prototype)
@click.argument("component")
@click.option(
    "--into",
    "environment",
    shell_complete=complete_environment_file,
    help="Environment file to edit.  [default: the shared one]",
)
@MODULE
@VALUES_FILE
@click.argument("parameters", nargs=-1, type=click.UNPROCESSED, metavar="[--PARAM=VALUE]...")
@click.pass_obj
@editing
def generate(  # noqa: PLR0913, PLR0917  click hands over one argument an option
    directory: Path,
    /,
    prototype: str,
    component: str,
    environment: str | None,
    module: str | None,
    values_file: Path | None,
    parameters: tuple[str, ...],
) -> None:
    """Add COMPONENT, made from PROTOTYPE, to the environment that all others extend.

    Parameters follow as --PARAM=VALUE; see: kuplet prototype describe PROTOTYPE. In an app of
    ksonnet COMPONENT may be MODULE.NAME.
    """
    app = load_any_app(directory)
    new = NewComponent(
        name=component,
        prototype=find_prototype(prototype, known_prototypes(directory)),
        given=parameter_options(parameters),
        values=read_values(values_file) if values_file else {},
        module=module,
        environment=environment,
    )
    files = format_of(app).editor.add_component(new)
    say(f"added {component} to {', '.join(files)}")


def parameter_options(words: Sequence[str]) -> dict[str, str]:
    """Return ``--name=value`` and ``--name value`` as a mapping.

    Raises:
        UsageError: A word is neither.
    """
    found: dict[str, str] = {}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name or (not equals and not queue):
            message = f'"{word}" is no parameter; write --PARAM=VALUE'
            raise UsageError(Finding(rule="parameter-syntax", message=message))
        found[name] = value if equals else queue.pop(0)
    return found
