"""Edits YAML as a person would: only the touched lines change, comments and order stay.

The positions of the composed nodes tell where to cut. Each edit is checked by reading the result
again: it must hold exactly the intended value, or the file stays as it was.
"""

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from itertools import takewhile
from typing import Any, Concatenate, NamedTuple, ParamSpec

import yaml

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import mapping_at
from compiler.model.source import SourceSpan
from compiler.stages.flow import flow_text, scalar_value
from compiler.text.yaml_marks import Marks, is_block
from compiler.text.yaml_source import LOADER, read_yaml

_BY_HAND = "edit the file by hand"
_INDENT = 2  # columns, where the file does not say otherwise


_BYTE_ORDER_MARK = "\ufeff"  # of editors on Windows
_Arguments = ParamSpec("_Arguments")


def _behind_mark(
    edit: Callable[Concatenate[str, _Arguments], str],
) -> Callable[Concatenate[str, _Arguments], str]:
    """Let an edit see a text without its byte order mark, which readers do not count; it stays."""

    @wraps(edit)
    def marked(text: str, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> str:
        bare = text.removeprefix(_BYTE_ORDER_MARK)
        return text[: len(text) - len(bare)] + edit(bare, *args, **kwargs)

    return marked


class _Edit(NamedTuple):
    """A piece of a text, and what stands there instead."""

    start: int
    end: int
    text: str


@_behind_mark
def set_value(text: str, path: Sequence[str], value: JsonValue, file: str) -> str:
    """Return the text with ``value`` at ``path``; missing mappings on the way are added.

    A block list or object stays one: of the old value, only what differs is touched.

    Raises:
        AppError: The file is written in a way that this edit would not get right, or a comment
            would be lost.
    """
    before = _as_object(read_yaml(text, file).value)
    wanted = copy.deepcopy(before)
    _set(wanted, path, value)
    edited = _checked(_with_value(text, path, before, value), wanted, text, path, file)
    if lost := _lost_comment(text, edited):
        message = f'"{".".join(path)}" cannot be edited without losing this comment'
        span = Marks(text).line_span(lost, file)
        raise AppError(Finding(rule="edit-refused", message=message, span=span, hint=_BY_HAND))
    return edited


@_behind_mark
def delete_value(text: str, path: Sequence[str], file: str) -> str:
    """Return the text without what stands at ``path``; mappings that become empty go too.

    Raises:
        AppError: Nothing stands there, or this edit would not get it right.
    """
    wanted = _as_object(read_yaml(text, file).value)
    if path[-1] not in mapping_at(wanted, *path[:-1]):
        message = f'"{".".join(path)}" is not set in {file}'
        raise AppError(Finding(rule="edit-not-set", message=message, span=SourceSpan(file)))
    path = _emptied_by(wanted, path)
    del mapping_at(wanted, *path[:-1])[path[-1]]
    return _checked(_without_value(text, path), wanted, text, path, file)


@_behind_mark
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
        is_right = same(read_yaml(edited, file).value, wanted)
    except AppError:
        is_right = False
    if is_right:
        return edited
    span = read_yaml(text, file).nearest_span(tuple(path))
    message = f'"{".".join(path)}" cannot be edited without changing the way this file is written'
    raise AppError(Finding(rule="edit-refused", message=message, span=span, hint=_BY_HAND))


def _lost_comment(before: str, after: str) -> int | None:
    """Return where the first comment stands that the edited text lacks."""
    left = [comment for _, comment in Marks(after).comments]
    for number, (place, comment) in enumerate(Marks(before).comments):
        if number >= len(left) or left[number] != comment:
            return place
    return None


def _with_value(text: str, path: Sequence[str], before: JsonValue, value: JsonValue) -> str:
    node = yaml.compose(text, Loader=LOADER)
    if not isinstance(node, yaml.MappingNode):
        return _ended(text) + _block_lines(path, value, 0, _INDENT)
    marks = Marks(_ended(text))
    step = _step(node)
    for depth, key in enumerate(path):
        entry = _entry(node, key)
        before = before.get(key) if isinstance(before, dict) else None
        if entry is None:
            return _applied(marks, text, [_insertion(marks, node, path[depth:], value, step)])
        rest = path[depth + 1 :]
        if not rest:
            return _applied(marks, text, _edits(marks, entry, before, value))
        value_node = entry[1]
        if not isinstance(value_node, yaml.MappingNode) or not value_node.value:
            return _applied(marks, text, _filling(marks, entry, rest, value, step))
        node = value_node
    raise AssertionError("the loop returns at the last key")


def _applied(marks: Marks, text: str, edits: Iterable[_Edit]) -> str:
    """Return the edited text; it ends as it did, and so do its lines."""
    found = marks.text
    in_order = sorted(edits, key=lambda edit: edit.start)  # of one place: as they came
    for start, end, new in reversed(in_order):
        found = found[:start] + new.replace("\n", marks.newline) + found[end:]
    return found if text.endswith("\n") else found.removesuffix("\n")


def _entry(node: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next((entry for entry in node.value if entry[0].value == key), None)


def _step(root: yaml.MappingNode) -> int:
    """Return by how many columns the file indents."""
    for key, value in root.value:
        if isinstance(value, yaml.MappingNode) and is_block(value):
            first: int = value.value[0][0].start_mark.column
            return first - int(key.start_mark.column)
    return _INDENT


def _edits(
    marks: Marks, entry: tuple[yaml.Node, yaml.Node], before: JsonValue, value: JsonValue
) -> Iterator[_Edit]:
    """Yield what gives a key another value; what is the same in both is not touched."""
    key, old = entry
    is_own = is_block(old) and old.start_mark.index > key.end_mark.index  # an alias is not
    if _is_same(before, value):
        return
    if is_own and isinstance(before, dict) and isinstance(value, dict) and value:
        yield from _entry_edits(marks, entry, before, value)
    elif is_own and isinstance(before, list) and isinstance(value, list) and value:
        yield from _item_edits(marks, entry, before, value)
    else:
        yield from _whole_edits(marks, entry, value)


def _whole_edits(
    marks: Marks, entry: tuple[yaml.Node, yaml.Node], value: JsonValue
) -> Iterator[_Edit]:
    """Yield what puts a whole value in the place of the old one."""
    key, old = entry
    new = _written_like(old, value, marks.column_below(old))
    colon = marks.colon_after(key)
    start, end = old.start_mark.index, marks.end_of(old)
    line_end = marks.line_end(colon)
    if is_block(old) and start > line_end:  # what stands behind the key stays there
        yield _Edit(colon, colon, f" {new}")
        yield _Edit(line_end, max(line_end, marks.line_end(end)), "")
    elif start < colon or start == end:  # an alias, or nothing
        yield _Edit(colon, colon, f" {new}")
    else:
        yield _Edit(start, end, new)


def _entry_edits(
    marks: Marks,
    entry: tuple[yaml.Node, yaml.Node],
    before: Mapping[str, JsonValue],
    value: Mapping[str, JsonValue],
) -> Iterator[_Edit]:
    """Yield what turns a block object into another one."""
    owner, node = entry
    floor = marks.next_line(marks.colon_after(owner))
    for key, old in node.value:
        end = marks.next_line(max(marks.end_of(old), marks.colon_after(key)))
        if key.value in value:
            yield from _edits(marks, (key, old), before[key.value], value[key.value])
        else:
            yield _Edit(marks.beginning(key.start_mark.index, floor), end, "")
        floor = end
    indent, quote = " " * node.value[0][0].start_mark.column, _quote_of(node)
    lines = (
        f"{indent}{flow_text(name)}: {flow_text(item, quote)}\n"
        for name, item in value.items()
        if name not in before
    )
    yield _Edit(floor, floor, "".join(lines))


def _item_edits(
    marks: Marks,
    entry: tuple[yaml.Node, yaml.Node],
    before: Sequence[JsonValue],
    value: Sequence[JsonValue],
) -> Iterator[_Edit]:
    """Yield what turns a block list into another one: its first and last items stay if alike."""
    owner, node = entry
    dashes = marks.dashes_of(node)
    if len(dashes) != len(before):
        yield from _whole_edits(marks, entry, list(value))
        return
    floors = [marks.next_line(marks.colon_after(owner))]
    for dash, item in zip(dashes, node.value, strict=True):
        floors.append(marks.next_line(max(dash, marks.end_of(item))))
    head = _alike(before, value)
    rest = min(len(before), len(value)) - head
    tail = _alike(before[::-1][:rest], value[::-1][:rest])
    last = len(before) - tail
    start = marks.beginning(dashes[head], floors[head]) if head < last else floors[head]
    if head == last == 0:  # before the first one, and what is said of it
        start = marks.beginning(dashes[0], floors[0])
    items = value[head : len(value) - tail]
    lines = "".join(_item_lines(item, node) for item in items)
    yield _Edit(start, floors[last] if head < last else start, lines)


def _item_lines(item: JsonValue, node: yaml.Node) -> str:
    """Return an item as the other items of a block list are written."""
    indent, quote = " " * node.start_mark.column, _quote_of(node)
    if not (isinstance(item, dict) and item and any(map(is_block, node.value))):
        return f"{indent}- {flow_text(item, quote)}\n"
    fields = [f"{flow_text(name)}: {flow_text(below, quote)}\n" for name, below in item.items()]
    return f"{indent}- " + f"{indent}  ".join(fields)


def _alike(first: Sequence[JsonValue], second: Sequence[JsonValue]) -> int:
    """Return how many items are the same at the beginning of two lists."""
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: _is_same(*pair), pairs))


def _is_same(first: JsonValue, second: JsonValue) -> bool:
    """Return whether two values are written alike: the same, and ``1`` is not ``1.0``."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


def _written_like(old: yaml.Node, value: JsonValue, column: int) -> str:
    """Return a value in the style of an old one: its quotes, or its lines.

    Args:
        column: Where the lines of text begin that is written as lines.
    """
    if not (isinstance(value, str) and isinstance(old, yaml.ScalarNode) and old.style == "|"):
        return flow_text(value, _quote_of(old))
    lines = value.removesuffix("\n").split("\n")
    is_plain = lines[0][:1].strip() and lines[-1] and all(line.isprintable() for line in lines)
    if not is_plain:
        return flow_text(value)
    head = "|" if value.endswith("\n") else "|-"
    return "\n".join([head, *(f"{' ' * column}{line}" if line else "" for line in lines)])


def _quote_of(node: yaml.Node) -> str:
    """Return what all text of a node is quoted with; empty where it is not, or differs."""
    styles = set(_styles(node))
    return styles.pop() if len(styles) == 1 else ""


def _styles(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.ScalarNode):
        is_quoted = node.style in {'"', "'"}
        if is_quoted or isinstance(scalar_value(node.value), str):
            yield node.style if is_quoted else ""
        return
    for item in node.value:
        yield from _styles(item[1] if isinstance(item, tuple) else item)


def _filling(
    marks: Marks,
    entry: tuple[yaml.Node, yaml.Node],
    rest: Sequence[str],
    value: JsonValue,
    step: int,
) -> Iterator[_Edit]:
    """Yield what puts a value, below the keys ``rest``, under a key that holds no entries."""
    key, old = entry
    before_key = marks.text[: key.start_mark.index].rpartition("\n")[2]
    if before_key.strip(" -"):  # in a flow mapping
        for name in reversed(rest):
            value = {name: value}
        yield from _whole_edits(marks, entry, value)
        return
    colon = marks.colon_after(key)
    end = max(marks.end_of(old), colon)
    below = marks.next_line(end)
    yield _Edit(colon, end, "")
    yield _Edit(below, below, _block_lines(rest, value, key.start_mark.column + step, step))


def _insertion(
    marks: Marks, node: yaml.MappingNode, path: Sequence[str], value: JsonValue, step: int
) -> _Edit:
    """Return what adds an entry at the end of a mapping, in the style of that mapping."""
    if node.flow_style:
        nested = value
        for name in reversed(path[1:]):
            nested = {name: nested}
        entry = f"{flow_text(path[0])}: {flow_text(nested)}"
        place = marks.end_of(node.value[-1][1]) if node.value else node.end_mark.index - 1
        return _Edit(place, place, f"{', ' if node.value else ''}{entry}")
    key, last = node.value[-1]
    place = marks.next_line(max(marks.end_of(last), marks.colon_after(key)))
    column = node.value[0][0].start_mark.column
    return _Edit(place, place, _block_lines(path, value, column, step))


def _block_lines(path: Sequence[str], value: JsonValue, indent: int, step: int) -> str:
    lines = [f"{' ' * (indent + step * depth)}{flow_text(key)}:" for depth, key in enumerate(path)]
    lines[-1] += f" {flow_text(value)}"
    return "\n".join(lines) + "\n"


def _without_value(text: str, path: Sequence[str]) -> str:
    marks = Marks(text)
    node: Any = yaml.compose(text, Loader=LOADER)
    for key in path[:-1]:
        node = next(value for name, value in node.value if name.value == key)
    index = next(i for i, entry in enumerate(node.value) if entry[0].value == path[-1])
    key_node, value_node = node.value[index]
    start, end = key_node.start_mark.index, max(marks.end_of(value_node), key_node.end_mark.index)
    if not node.flow_style:
        end = max(end, text.index(":", key_node.end_mark.index) + 1)
        line_end = text.find("\n", end)
        return text[: text.rfind("\n", 0, start) + 1] + (
            text[line_end + 1 :] if line_end >= 0 else ""
        )
    if index + 1 < len(node.value):
        return text[:start] + text[node.value[index + 1][0].start_mark.index :]
    previous = marks.end_of(node.value[index - 1][1]) if index else start
    return text[:previous] + text[end:]


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
