"""Finds the data that ships with kuplet: in a checkout or inside an installed wheel."""

import json
from functools import cache
from pathlib import Path

from compiler.model.json import JsonObject

_PACKAGE = Path(__file__).parent


def bundled(name: str) -> Path:
    """Return the folder ``prototypes`` or ``schemas``."""
    installed = _PACKAGE / "_bundled" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


@cache
def bundled_schema(name: str) -> JsonObject:
    """Return ``schemas/NAME.schema.json``; shared, so never to be changed."""
    text = (bundled("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: JsonObject = json.loads(text)
    return schema
