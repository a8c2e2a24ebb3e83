"""What a report is written as, and where: ``html=review.html``, or just ``review.html``."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

_SUFFIXES = {".html": "html", ".json": "json", ".md": "markdown", ".txt": "text"}


class FormatFile(NamedTuple):
    """A format, and the file that gets it; without one it goes to stdout."""

    format: str
    file: Path | None = None


class FormatFileType(click.ParamType[FormatFile]):
    """Reads ``FORMAT``, ``FORMAT=FILE`` or ``FILE``, whose ending tells the format.

    The directory of the file must be there.
    """

    name = "FORMAT[=FILE]"

    def __init__(self, formats: Collection[str]) -> None:
        self._formats = tuple(formats)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> FormatFile:
        """Return the format and the file."""
        if isinstance(value, FormatFile):  # the default
            return value
        name, equals, file = str(value).partition("=")
        by_suffix = _SUFFIXES.get(Path(str(value)).suffix)
        if by_suffix in self._formats and name not in self._formats:
            name, equals, file = by_suffix, "=", str(value)
        if name not in self._formats:
            self.fail(f"'{name}' is not one of {', '.join(self._formats)}", param, ctx)
        if not equals:
            return FormatFile(name)
        path = Path(file)
        if not file or path.is_dir() or not path.parent.is_dir():
            self.fail(f"'{file}' is no file that could be written", param, ctx)
        return FormatFile(name, path)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the formats that begin so; behind the equals sign the shell's files."""
        if "=" in incomplete:
            return []
        return [CompletionItem(name) for name in self._formats if name.startswith(incomplete)]
