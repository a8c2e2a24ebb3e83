"""Knows where things stand in a YAML text: comments, the dashes of lists, the ends of values."""

import re
from typing import NamedTuple

import yaml

from compiler.model.source import SourceSpan
from compiler.text.yaml_source import LOADER

_COMMENT = re.compile(r"#[^\r\n]*")
_BLOCK_TEXT = ("|", ">")  # how text begins whose first line may end with a comment


class _Dash(NamedTuple):
    place: int
    column: int


class Marks:
    """The text of one YAML document, and what the parser's nodes do not tell.

    Attributes:
        comments: Index and text of each comment, in order.
        newline: How its lines end.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.comments: list[tuple[int, str]] = []
        self._dashes: list[_Dash] = []
        self._read()

    def end_of(self, node: yaml.Node) -> int:
        """Return where a node's own text ends; the mark of a block lies at the next token."""
        if is_block(node):
            last = node.value[-1]
            return self.end_of(last[1] if isinstance(last, tuple) else last)
        end: int = node.end_mark.index
        is_early = self.text[:end].endswith(("\n", " "))
        return len(self.text[:end].rstrip()) if is_early else end

    def colon_after(self, key: yaml.Node) -> int:
        """Return where a value may begin: behind the colon of its key."""
        return self.text.index(":", key.end_mark.index) + 1

    def line_end(self, index: int) -> int:
        """Return where the line ends; its line end is not part of it."""
        place = self.text.find("\n", index)
        place = len(self.text) if place < 0 else place
        return place - 1 if self.text[index:place].endswith("\r") else place

    def next_line(self, index: int) -> int:
        """Return where the next line begins."""
        place = self.text.find("\n", index)
        return len(self.text) if place < 0 else place + 1

    def beginning(self, index: int, floor: int) -> int:
        """Return where a line begins, with the comments that stand right above it.

        Args:
            floor: What lies above belongs to others.
        """
        begin = self.text.rfind("\n", 0, index) + 1
        comments = {place for place, _ in self.comments}
        while begin > floor:
            above = self.text.rfind("\n", 0, begin - 1) + 1
            line = self.text[above:begin]
            first = above + len(line) - len(line.lstrip())
            if above < floor or first not in comments:
                break
            begin = above
        return begin

    def dashes_of(self, node: yaml.Node) -> list[int]:
        """Return where the items of a block list begin: at their dashes."""
        start, end = node.start_mark, node.end_mark.index
        return [
            dash.place
            for dash in self._dashes
            if dash.column == start.column and start.index <= dash.place < end
        ]

    def column_below(self, node: yaml.Node) -> int:
        """Return where the first line of text begins that stands below the head of a node."""
        below = self.text[self.line_end(node.start_mark.index) :].lstrip("\r\n")
        return len(below) - len(below.lstrip(" "))

    def line_span(self, index: int, file: str) -> SourceSpan:
        """Return the place from an index to the end of its line."""
        begin = self.text.rfind("\n", 0, index) + 1
        excerpt = self.text[begin : self.line_end(index)]
        line = self.text.count("\n", 0, index) + 1
        return SourceSpan(file, line, index - begin + 1, len(excerpt) + 1, excerpt)

    def _read(self) -> None:
        place = 0
        for token in yaml.scan(self.text, Loader=LOADER):
            start, end = token.start_mark.index, token.end_mark.index
            self._find_comments(place, start)
            if isinstance(token, yaml.BlockEntryToken):
                self._dashes.append(_Dash(start, token.start_mark.column))
            if isinstance(token, yaml.ScalarToken) and token.style in _BLOCK_TEXT:
                self._find_comments(start, self.line_end(start))
            place = max(place, end)
        self._find_comments(place, len(self.text))

    def _find_comments(self, start: int, end: int) -> None:
        found = _COMMENT.finditer(self.text, start, end)
        self.comments += [(match.start(), match.group().rstrip()) for match in found]


def is_block(node: yaml.Node) -> bool:
    """Return whether a node is a list or object that has a line for each entry."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style and bool(node.value)
