"""``kuplet completion``: scripts that complete commands, options and names."""

import click
from click.shell_completion import get_completion_class

from compiler.cli.output import show


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: source <(kuplet completion bash). For zsh: source <(kuplet completion zsh). For fish:
    kuplet completion fish | source.
    """
    maker = get_completion_class(shell)
    if maker is None:  # click knows all three
        raise AssertionError(shell)
    script = maker(ctx.find_root().command, {}, "kuplet", "_KUPLET_COMPLETE")
    show(script.source())
