"""Renders rows as an aligned table, as ksonnet and kubectl do, and as JSON or YAML."""

from collections.abc import Sequence

from compiler.cli.report.languages import Document, json_text, one_line
from compiler.cli.report.yaml_language import yaml_text
from compiler.model.json import JsonObject, JsonValue


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with capital column heads; no trailing blanks."""
    cells = ([one_line(cell) for cell in row] for row in rows)
    lines = [[column.upper() for column in columns], *cells]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def rows_text(kind: str, columns: Sequence[str], rows: Sequence[Sequence[str]], output: str) -> str:
    """Return rows as a table, or as ksonnet's JSON shape ``{kind, data: [{column: value}]}``."""
    if output not in ("json", "yaml"):
        return table(columns, rows)
    data: list[JsonValue] = [dict(zip(columns, row, strict=True)) for row in rows]
    return document_text({"kind": kind, "data": data}, output)


def document_text(document: JsonObject, output: str) -> str:
    """Return a document as JSON or YAML."""
    if output == "json":
        return json_text(document)
    return Document(yaml_text(document).rstrip())
