"""Splits Jsonnet into tokens, so that a file can be edited without printing it anew.

White space and comments are no tokens: they are what lies between two of them.
"""

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

_GAP = re.compile(r"(?:\s+|//[^\n]*|#[^\n]*|/\*.*?\*/)+", re.DOTALL)
_STRING = re.compile(
    r"""@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""", re.DOTALL
)
_TEXT_BLOCK = re.compile(r"\|\|\|-?[ \t\r]*\n(?:[ \t\r]*\n)*(?P<indent>[ \t]+)")
_TEXT_BLOCK_END = re.compile(r"[ \t]*\|\|\|")
_NUMBER = re.compile(r"(?:0|[1-9][0-9_]*)(?:\.[0-9][0-9_]*)?(?:[eE][-+]?[0-9]+)?")
_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_OPERATOR = re.compile(r"(?:(?!//|/\*|\|\|\|)[!$:~+\-&|^=<>*/%])+")
_PUNCTUATION = "{}[](),.;"
_NEVER_LAST = "+-~!$"  # an operator of several characters does not end with one of these


class TokenKind(enum.Enum):
    """What a token is."""

    NAME = enum.auto()  # keywords too
    STRING = enum.auto()
    NUMBER = enum.auto()
    OPERATOR = enum.auto()
    PUNCTUATION = enum.auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its place: ``start`` and ``end`` are indexes into the text."""

    kind: TokenKind
    text: str
    start: int
    end: int


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a Jsonnet text.

    Raises:
        ValueError: Something is no token; its index is the argument.
    """
    position = 0
    while position < len(text):
        if gap := _GAP.match(text, position):
            position = gap.end()
            continue
        kind, end = _next(text, position)
        yield Token(kind, text[position:end], position, end)
        position = end


def _next(text: str, start: int) -> tuple[TokenKind, int]:
    """Return what begins at ``start`` and where it ends."""
    if text[start] in _PUNCTUATION:
        return TokenKind.PUNCTUATION, start + 1
    if text.startswith("|||", start):
        return TokenKind.STRING, _text_block_end(text, start)
    for pattern, kind in (
        (_STRING, TokenKind.STRING),
        (_NUMBER, TokenKind.NUMBER),
        (_NAME, TokenKind.NAME),
    ):
        if match := pattern.match(text, start):
            return kind, match.end()
    if match := _OPERATOR.match(text, start):
        operator = match[0][0] + match[0][1:].rstrip(_NEVER_LAST)
        return TokenKind.OPERATOR, start + len(operator)
    raise ValueError(start)


def _text_block_end(text: str, start: int) -> int:
    """Return the end of ``|||``: its first line that is neither indented as much nor empty."""
    head = _TEXT_BLOCK.match(text, start)
    if head is None:
        raise ValueError(start)
    position = head.start("indent")
    while position < len(text):
        line_end = text.find("\n", position) + 1 or len(text)
        is_inside = text.startswith(head["indent"], position)
        if not is_inside and text[position:line_end].strip():
            break
        position = line_end
    end = _TEXT_BLOCK_END.match(text, position)
    if end is None:
        raise ValueError(start)
    return end.end()
