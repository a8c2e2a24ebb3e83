"""Takes entries out of the mappings of a YAML stream; what is left keeps its lines and comments."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import yaml

from compiler.text.yaml_source import LOADER, Path

Wanted: TypeAlias = Callable[[Path], bool]
_Cut: TypeAlias = tuple[int, int]


def without_entries(text: str, wanted: Wanted) -> str:
    """Return a stream without the entries of block mappings that are wanted out.

    Whoever asks must read the result: of what is written in an unusual way, more may go or less.

    Args:
        wanted: Says whether the entry at a path goes; the first step is the document's number.
    """
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)
    cuts = [
        cut
        for number, document in enumerate(yaml.compose_all(text, Loader=LOADER))
        for cut in _cuts(document, (number,), wanted, lines)
    ]
    for start, end in reversed(cuts):
        text = text[:start] + text[end:]
    return text


def _cuts(node: yaml.Node, path: Path, wanted: Wanted, lines: Sequence[int]) -> Iterator[_Cut]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _cuts(item, (*path, index), wanted, lines)
    if not isinstance(node, yaml.MappingNode):
        return
    for index, (key, value) in enumerate(node.value):
        here = (*path, str(key.value))
        if not wanted(here):
            yield from _cuts(value, here, wanted, lines)
        elif key.start_mark.column == node.start_mark.column and index == 0 < len(node.value) - 1:
            # It may stand behind a dash: the next entry takes its place.
            yield key.start_mark.index, node.value[index + 1][0].start_mark.index
        else:
            yield lines[key.start_mark.line], lines[_last_line(value) + 1]


def _last_line(node: yaml.Node) -> int:
    """Return the last line of a value; the parser ends a block where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    ends_before = node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line
    return int(node.end_mark.line) - int(ends_before)
