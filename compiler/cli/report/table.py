"""Renders rows as an aligned table, as ksonnet and kubectl do, and as JSON or YAML."""

import json
from collections.abc import Sequence

import yaml

from compiler.model.json import JsonObject, JsonValue


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with capital column heads; no trailing blanks."""
    lines = [[column.upper() for column in columns], *rows]
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
        return json.dumps(document, indent=2, ensure_ascii=False)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).rstrip()
