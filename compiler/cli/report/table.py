"""Renders rows as an aligned table, as ksonnet and kubectl do, and as JSON or YAML."""

import itertools
import sys
import textwrap
from collections.abc import Iterator, Sequence

from compiler.cli.report.languages import Document, json_text, one_line
from compiler.cli.report.yaml_language import yaml_text
from compiler.model.json import JsonObject, JsonValue

_GAP = 2
_LONGEST_WORD = 24  # of people; what is longer is an address or data, and may break


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Return a table with capital column heads; no trailing blanks.

    Args:
        width: How wide it may be. Cells wrap at words; where that is not enough, each row becomes a
            list.
    """
    plain = [[one_line(cell) for cell in row] for row in rows]
    lines = [[column.upper() for column in columns], *plain]
    widths = _fitting(lines, width)
    if widths is None:
        return "\n".join(_as_list(columns, row, width or 0) for row in plain)
    return "\n".join(text for line in lines for text in _table_lines(line, widths))


def paragraphs(text: str, width: int | None) -> str:
    """Return a text whose paragraphs fit a width, broken between words."""
    if width is None:
        return text
    return "\n\n".join(
        textwrap.fill(part, width, break_long_words=False, break_on_hyphens=False)
        for part in text.split("\n\n")
    )


def _fitting(lines: Sequence[Sequence[str]], width: int | None) -> list[int] | None:
    """Return how wide each column is, the widest ones narrowed; ``None`` when words do not fit."""
    columns = list(zip(*lines, strict=True))
    widths = [max(map(len, column)) for column in columns]
    least = [max(map(_longest_word, column)) for column in columns]
    least[0] = widths[0]  # names stay in one piece
    too_much = sum(widths) + _GAP * (len(widths) - 1) - width if width is not None else 0
    while too_much > 0:
        spare = [now - needed for now, needed in zip(widths, least, strict=True)]
        index = spare.index(max(spare))
        if spare[index] <= 0:
            return None
        widths[index] -= 1
        too_much -= 1
    return widths


def _longest_word(text: str) -> int:
    return min(max(map(len, text.split()), default=0), _LONGEST_WORD)


def _table_lines(line: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    cells = [_wrapped(cell, width) for cell, width in zip(line, widths, strict=True)]
    for parts in itertools.zip_longest(*cells, fillvalue=""):
        padded = (part.ljust(width) for part, width in zip(parts, widths, strict=True))
        yield (" " * _GAP).join(padded).rstrip()


def _as_list(columns: Sequence[str], row: Sequence[str], width: int) -> str:
    """Return a row as a list of its cells, below the first one."""
    lines = [row[0]]
    for column, cell in zip(columns[1:], row[1:], strict=True):
        if cell:
            lines += textwrap.wrap(
                f"{column}: {cell}",
                max(width, 20),
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_on_hyphens=False)


def terminal_width() -> int | None:
    """Return how wide the output may be; ``None`` when no terminal shows it."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def rows_text(kind: str, columns: Sequence[str], rows: Sequence[Sequence[str]], output: str) -> str:
    """Return rows as a table, or as ksonnet's JSON shape ``{kind, data: [{column: value}]}``."""
    if output not in ("json", "yaml"):
        return table(columns, rows, terminal_width())
    data: list[JsonValue] = [dict(zip(columns, row, strict=True)) for row in rows]
    return document_text({"kind": kind, "data": data}, output)


def document_text(document: JsonObject, output: str) -> str:
    """Return a document as JSON or YAML."""
    if output == "json":
        return json_text(document)
    return Document(yaml_text(document).rstrip())
