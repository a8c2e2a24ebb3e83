"""Reads an app's own component: a .jsonnet, .yaml or .json file below the app's root."""

import json
from pathlib import Path

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import MAX_DEPTH, JsonValue, is_deep
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.stages.declaration import parse_prototype
from compiler.text.reading import is_inside, read_inside
from compiler.text.yaml_source import read_manifests


def read_component_source(root: Path, file: str) -> Prototype:
    """Return the source as a prototype.

    Raises:
        AppError: The file does not exist, leaves the app, or cannot be parsed.
    """
    path = root / file
    if not is_inside(path, root):
        message = f'source "{file}" lies outside the app'
        raise AppError(Finding(rule="source-outside", message=message))
    try:
        text = _text(read_inside(path, root))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else error
        message = f'cannot read source "{file}": {reason}'
        raise AppError(Finding(rule="source-unreadable", message=message)) from error
    if path.suffix == ".jsonnet":
        return parse_prototype(text, file)
    return _plain_objects(text, file)


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def _plain_objects(text: str, file: str) -> Prototype:
    """Return objects that are written out; no engine is asked about them.

    But about JSON, in which a key may stand twice.
    """
    if file.endswith(".json"):
        return Prototype(name=file, file=file, source=checked_json(text, file), is_closed=True)
    documents = read_manifests(text, file)
    values: list[JsonValue] = [document.value for document in documents]
    source = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return Prototype(
        name=file,
        file=file,
        source=source,
        spans={f"$[{index}]": document.spans[()] for index, document in enumerate(documents)},
        is_closed=True,
        is_data=True,
    )


def checked_json(text: str, file: str) -> str:
    """Return the text of a JSON file.

    Raises:
        AppError: It is no JSON.
    """
    try:
        is_too_deep = is_deep(json.loads(text))
    except RecursionError:
        is_too_deep = True
    except json.JSONDecodeError as error:
        excerpt = text.split("\n")[error.lineno - 1]
        span = SourceSpan(file, error.lineno, error.colno, 0, excerpt)
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise AppError(Finding(rule="json-syntax", message=message, span=span)) from error
    if is_too_deep:
        message = f"this is nested more than {MAX_DEPTH} levels deep"
        raise AppError(Finding(rule="value-depth", message=message, span=SourceSpan(file)))
    return text
