"""``kuplet help``: the help of a command, for those who type it this way round."""

import click


@click.command("help")
@click.argument("names", nargs=-1, metavar="[COMMAND]…")
@click.pass_context
def help_(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Print the help of COMMAND, or of kuplet."""
    root = ctx.find_root()
    root.command.main([*names, "--help"], prog_name="kuplet", standalone_mode=False)
