"""Edits YAML as a person would: only the touched lines change, comments and order stay.

The positions of the composed nodes tell where to cut. Each edit is checked by reading the result
again: it must hold exactly the intended value, or the file stays as it was.
"""

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

from compiler.app.yaml_source import LOADER, read_yaml, scalar_value
from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at
from compiler.model.source import SourceSpan

_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./:@%+=-]*")
_YAML_1_1_WORDS = {"y", "n", "yes", "no", "on", "off"}  # other tools would read a boolean


def set_value(text: str, path: Sequence[str], value: JsonValue, file: str) -> str:
    """Return the text with ``value`` at ``path``; missing mappings on the way are added.

    Raises:
        AppError: The file is written in a way that this edit would not get right.
    """
    wanted = _as_object(read_yaml(text, file).value)
    _set(wanted, path, value)
    return _checked(_with_value(text, path, value), wanted, text, path, file)


def delete_value(text: str, path: Sequence[str], file: str) -> str:
    """Return the text without what stands at ``path``; mappings that become empty go too.

    Raises:
        AppError: Nothing stands there, or this edit would not get it right.
    """
    wanted = _as_object(read_yaml(text, file).value)
    path = _emptied_by(wanted, path)
    parent: JsonValue = wanted
    for key in path[:-1]:
        parent = parent[key] if isinstance(parent, dict) else None
    if not isinstance(parent, dict) or path[-1] not in parent:
        message = f'"{".".join(path)}" is not set in {file}'
        raise AppError(Finding(rule="edit-not-set", message=message, span=SourceSpan(file)))
    del parent[path[-1]]
    return _checked(_without_value(text, path), wanted, text, path, file)


def rename_key(text: str, path: Sequence[str], name: str, file: str) -> str:
    """Return the text with another name for the last key of ``path``.

    Raises:
        AppError: This edit would not get it right.
    """
    wanted = _as_object(read_yaml(text, file).value)
    parent = mapping_at(wanted, *path[:-1])
    parent[name] = parent.pop(path[-1])
    node: Any = yaml.compose(text, Loader=LOADER)
    for key in path[:-1]:
        node = next(value for each, value in node.value if each.value == key)
    old = next(key for key, _ in node.value if key.value == path[-1])
    start, end = old.start_mark.index, old.end_mark.index
    return _checked(f"{text[:start]}{flow_text(name)}{text[end:]}", wanted, text, path, file)


def flow_text(value: JsonValue) -> str:
    """Return a value as one line of YAML; text is quoted only where it must be."""
    match value:
        case str():
            is_plain = _PLAIN.fullmatch(value) and scalar_value(value) == value
            is_safe = is_plain and value.lower() not in _YAML_1_1_WORDS and not value.endswith(":")
            return value if is_safe else _quoted(value)
        case list():
            return f"[{', '.join(flow_text(item) for item in value)}]"
        case dict():
            pairs = (f"{flow_text(key)}: {flow_text(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return json.dumps(value)


def _quoted(text: str) -> str:
    """Return text in double quotes; YAML wants more characters escaped than JSON."""
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08x}"
        for char in json.dumps(text, ensure_ascii=False)
    )


def _as_object(value: JsonValue) -> JsonObject:
    return copy.deepcopy(value) if isinstance(value, dict) else {}


def _set(target: JsonObject, path: Sequence[str], value: JsonValue) -> None:
    for key in path[:-1]:
        below = target.get(key)
        if not isinstance(below, dict):
            below = target[key] = {}
        target = below
    target[path[-1]] = value


def _emptied_by(value: JsonObject, path: Sequence[str]) -> Sequence[str]:
    """Return the longest part of ``path`` that may stay a mapping once the rest is removed."""
    parents: list[JsonValue] = [value]
    for key in path[:-1]:
        parent = parents[-1]
        parents.append(parent.get(key) if isinstance(parent, dict) else None)
    while len(path) > 1 and isinstance(parents[-1], dict) and len(parents[-1]) == 1:
        path = path[:-1]
        parents.pop()
    return path


def _checked(edited: str, wanted: JsonObject, text: str, path: Sequence[str], file: str) -> str:
    try:
        is_right = read_yaml(edited, file).value == wanted
    except AppError:
        is_right = False
    if is_right:
        return edited
    span = read_yaml(text, file).nearest_span(tuple(path))
    message = f'"{".".join(path)}" cannot be edited without changing the way this file is written'
    hint = "edit the file by hand"
    raise AppError(Finding(rule="edit-refused", message=message, span=span, hint=hint))


def _with_value(text: str, path: Sequence[str], value: JsonValue) -> str:
    node = yaml.compose(text, Loader=LOADER)
    if not isinstance(node, yaml.MappingNode):
        return _ended(text) + _block_lines(path, value, 0)
    for depth, key in enumerate(path):
        entry = _entry(node, key)
        if entry is None:
            return _inserted(text, node, path[depth:], value)
        key_node, value_node = entry
        rest = path[depth + 1 :]
        if not rest or not isinstance(value_node, yaml.MappingNode) or not value_node.value:
            return _replaced(text, key_node, value_node, rest, value)
        node = value_node
    raise AssertionError("the loop returns at the last key")


def _entry(node: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next((entry for entry in node.value if entry[0].value == key), None)


def _replaced(
    text: str, key: yaml.Node, old: yaml.Node, rest: Sequence[str], value: JsonValue
) -> str:
    """Put a value, below the keys ``rest``, in the place of the old one."""
    start, end = key.end_mark.index, max(_end(text, old), key.end_mark.index)
    colon = text.index(":", start) + 1
    before_key = text[: key.start_mark.index].rpartition("\n")[2]
    is_in_flow = before_key.strip(" -") != ""
    if rest and not is_in_flow:
        lines = _block_lines(rest, value, key.start_mark.column + 2)
        return f"{text[:colon]}\n{lines.rstrip(chr(10))}{text[max(end, colon) :]}"
    for name in reversed(rest):
        value = {name: value}
    return f"{text[:colon]} {flow_text(value)}{text[max(end, colon) :]}"


def _inserted(text: str, node: yaml.MappingNode, path: Sequence[str], value: JsonValue) -> str:
    """Add an entry at the end of a mapping, in the style of that mapping."""
    if node.flow_style:
        nested = value
        for name in reversed(path[1:]):
            nested = {name: nested}
        entry = f"{flow_text(path[0])}: {flow_text(nested)}"
        place = _end(text, node.value[-1][1]) if node.value else node.end_mark.index - 1
        return f"{text[:place]}{', ' if node.value else ''}{entry}{text[place:]}"
    place = text.find("\n", _end(text, node.value[-1][1]))
    before = _ended(text if place < 0 else text[: place + 1])
    after = "" if place < 0 else text[place + 1 :]
    return before + _block_lines(path, value, node.value[0][0].start_mark.column) + after


def _block_lines(path: Sequence[str], value: JsonValue, indent: int) -> str:
    lines = [f"{' ' * (indent + 2 * depth)}{flow_text(key)}:" for depth, key in enumerate(path)]
    lines[-1] += f" {flow_text(value)}"
    return "\n".join(lines) + "\n"


def _without_value(text: str, path: Sequence[str]) -> str:
    node: Any = yaml.compose(text, Loader=LOADER)
    for key in path[:-1]:
        node = next(value for name, value in node.value if name.value == key)
    index = next(i for i, entry in enumerate(node.value) if entry[0].value == path[-1])
    key_node, value_node = node.value[index]
    start, end = key_node.start_mark.index, max(_end(text, value_node), key_node.end_mark.index)
    if not node.flow_style:
        end = max(end, text.index(":", key_node.end_mark.index) + 1)
        line_end = text.find("\n", end)
        return text[: text.rfind("\n", 0, start) + 1] + (
            text[line_end + 1 :] if line_end >= 0 else ""
        )
    if index + 1 < len(node.value):
        return text[:start] + text[node.value[index + 1][0].start_mark.index :]
    previous = _end(text, node.value[index - 1][1]) if index else start
    return text[:previous] + text[end:]


def _end(text: str, node: yaml.Node) -> int:
    """Return where a node's own text ends; the mark of a block lies at the next token."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if text[:end].endswith(("\n", " ")) else end


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
