"""A click group that imports a command only when it is run, so that ``--help`` starts fast."""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyCommand(NamedTuple):
    """Where a command lives, and its line in the help of its group."""

    target: str  # "module:attribute" below compiler.cli.commands
    help: str
    section: str = "Commands"
    evaluates: bool = False  # Jsonnet, whatever its arguments are


class LazyGroup(click.Group):
    """A group whose commands are listed in a table and imported on demand."""

    def __init__(self, *args: object, lazy: dict[str, LazyCommand], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands in the order of the table."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        entry = self._lazy.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(
            import_module(f"compiler.cli.commands.{module}"), attribute
        )
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Offer commands as `--help` lists them, and the options of the group; import none."""
        from click.shell_completion import CompletionItem

        offered = [
            CompletionItem(name, help=entry.help)
            for name, entry in self._lazy.items()
            if name.startswith(incomplete)
        ]
        return [*offered, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest the nearest one for an unknown name."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.list_commands(ctx):
            from compiler.stages.names import did_you_mean

            hint = did_you_mean(name, self._lazy)
            ctx.fail(f'there is no command "{name}"{f"; {hint}" if hint else ""}')
        entry = self._lazy.get(name)
        is_run = not (ctx.resilient_parsing or {"-h", "--help"}.intersection(args))
        if entry and entry.evaluates and is_run:
            from compiler.jsonnet.worker_process import start_worker

            start_worker()
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands by section, without importing them."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self._lazy.items():
            sections.setdefault(entry.section, []).append((name, entry.help))
        width = max(len(name) for name in self._lazy)
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])
