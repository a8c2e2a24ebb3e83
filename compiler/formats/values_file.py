"""Reads a file that gives parameters of a new component."""

import json
from pathlib import Path

from compiler.errors import AppError
from compiler.jsonnet.evaluate import evaluate
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.jsonnet import ENTRY, JsonnetProgram
from compiler.model.source import SourceSpan
from compiler.text.files import read_exactly


def read_values(path: Path) -> JsonObject:
    """Return the object that a file of parameters evaluates to; it is Jsonnet, so JSON too.

    Raises:
        AppError: It cannot be evaluated, or is no object.
    """
    file = path.name
    program = JsonnetProgram(
        entry=ENTRY,
        files={ENTRY: f"{{values: import {json.dumps(file)}}}", file: read_exactly(path)},
        roots={"": str(path.resolve().parent)},
    )
    values = evaluate(program)["values"]
    if isinstance(values, dict):
        return values
    message = f"{file} holds no object of parameters"
    raise AppError(Finding(rule="parameter-value", message=message, span=SourceSpan(file)))
