"""Finds the object literals of a Jsonnet text and their fields, without reading expressions.

An expression is skipped by its brackets; only ``local`` and ``assert`` need more, because commas
may stand before their semicolon.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from compiler.text.jsonnet_tokens import Token, TokenKind, tokens_of

_OPENING = {"}": "{", "]": "[", ")": "("}
_FIELD_OPERATORS = {":", "::", ":::", "+:", "+::", "+:::"}
_ESCAPED = re.compile(r'\\.|"', re.DOTALL)
# With one of these in front, an object at the end of an expression is not simply added to it.
_NO_SUM = {"if", "then", "else", "function", "for", "error", "import", "importstr", "importbin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A stretch of tokens, from ``first`` to ``last`` inclusive."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What stands between two commas of an object.

    Attributes:
        name: The field's name; empty for a computed one, a ``local`` or an ``assert``.
        first: Its first token.
        operator: The token between name and value; ``None`` without a value that can be replaced.
        last: Its last token.
        comma: The comma after it, if any.
    """

    name: str
    first: int
    operator: int | None
    last: int
    comma: int | None

    @property
    def value(self) -> Expression | None:
        """The value of a plain field."""
        if self.operator is None:
            return None
        return Expression(first=self.operator + 1, last=self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectLiteral:
    """``{ … }``: the tokens of its braces and its members in order."""

    opening: int
    closing: int
    members: tuple[Member, ...]
    is_comprehension: bool

    def member(self, name: str) -> Member | None:
        """Return the field of this name, if there is one."""
        return next((item for item in self.members if item.name == name), None)


@dataclass(frozen=True, slots=True)
class JsonnetText:
    """A text with its tokens.

    Attributes:
        brackets: The matching bracket of each bracket, by token.
    """

    text: str
    tokens: tuple[Token, ...]
    brackets: dict[int, int] = field(repr=False)

    def start(self, token: int) -> int:
        """Return where a token starts in the text."""
        return self.tokens[token].start

    def end(self, token: int) -> int:
        """Return where a token ends in the text."""
        return self.tokens[token].end

    def word(self, token: int) -> str:
        """Return a token's text; empty after the last one."""
        return self.tokens[token].text if token < len(self.tokens) else ""

    @property
    def whole(self) -> Expression:
        """The whole text."""
        return Expression(first=0, last=len(self.tokens) - 1)

    def object_of(self, expression: Expression) -> ObjectLiteral | None:
        """Return the object literal that decides an expression's fields: the last one added."""
        expression = self._stripped(self._without_locals(expression)[1])
        first, last = expression.first, expression.last
        if last < first or self.word(last) != "}":
            return None
        opening = self.brackets[last]
        if opening != first and not self._is_sum(first, opening):
            return None
        return self._literal(opening)

    def locals_of(self, expression: Expression) -> list[Expression]:
        """Return the values that ``local … ;`` binds before an expression."""
        return self._without_locals(expression)[0]

    def _without_locals(self, expression: Expression) -> tuple[list[Expression], Expression]:
        found = []
        first = expression.first
        while self.word(first) in {"local", "assert"} and first <= expression.last:
            position = first
            while self.word(position) not in {";", ""}:
                end = self._skipped(position + 1)
                if self.word(position + 2) == "=":
                    found.append(Expression(first=position + 3, last=end - 1))
                position = end
            first = position + 1
        return found, Expression(first=first, last=expression.last)

    def _stripped(self, expression: Expression) -> Expression:
        first, last = expression.first, expression.last
        while first < last and self.word(first) == "(" and self.brackets[first] == last:
            first, last = first + 1, last - 1
        return Expression(first=first, last=last)

    def _is_sum(self, first: int, end: int) -> bool:
        """Return whether what stands before a literal is added to it."""
        position = first
        while position < end:
            token = self.tokens[position]
            is_operator = token.kind is TokenKind.OPERATOR and token.text not in {"+", "$"}
            if is_operator or token.text in _NO_SUM:
                return False
            position = self.brackets.get(position, position) + 1
        return True

    def _literal(self, opening: int) -> ObjectLiteral:
        members: list[Member] = []
        position, closing = opening + 1, self.brackets[opening]
        is_comprehension = False
        while position < closing:
            end = self._skipped(position)
            if end == position:  # `for`, which only a comprehension has here
                is_comprehension = True
                break
            members.append(self._member(position, end))
            position = end + (self.word(end) == ",")
        return ObjectLiteral(
            opening=opening,
            closing=closing,
            members=tuple(members),
            is_comprehension=is_comprehension,
        )

    def _member(self, first: int, end: int) -> Member:
        comma = end if self.word(end) == "," else None
        token = self.tokens[first]
        name = ""
        if token.kind is TokenKind.STRING:
            name = string_value(token.text)
        elif token.kind is TokenKind.NAME and token.text not in {"local", "assert"}:
            name = token.text
        is_plain = name and self.word(first + 1) in _FIELD_OPERATORS
        operator = first + 1 if is_plain else None
        return Member(name=name, first=first, operator=operator, last=end - 1, comma=comma)

    def _skipped(self, position: int) -> int:
        """Return the token that ends the member, binding or expression at ``position``."""
        is_object_local = self.word(position) in {"local", "assert"}
        position += is_object_local
        semicolons = 0
        while position < len(self.tokens):
            word = self.word(position)
            if word in _OPENING or (not semicolons and word in {",", ";", "for"}):
                return position
            if word in {"local", "assert"}:
                semicolons += 1
            if word == ";":
                semicolons -= 1
            position = self.brackets.get(position, position) + 1
        return position


def read_jsonnet(text: str) -> JsonnetText:
    """Split a text into tokens and pair its brackets.

    Raises:
        ValueError: It is no Jsonnet; the argument is the index of what is wrong.
    """
    tokens = tuple(tokens_of(text))
    return JsonnetText(text, tokens, dict(_pairs(tokens)))


def _pairs(tokens: tuple[Token, ...]) -> Iterator[tuple[int, int]]:
    open_: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind is not TokenKind.PUNCTUATION:
            continue
        if token.text in _OPENING.values():
            open_.append(index)
        elif token.text in _OPENING:
            if not open_ or tokens[open_[-1]].text != _OPENING[token.text]:
                raise ValueError(token.start)
            yield open_[-1], index
            yield index, open_.pop()
    if open_:
        raise ValueError(tokens[open_[-1]].start)


def string_value(text: str) -> str:
    """Return the value of a string as a field's name may be written."""
    if text.startswith("@"):
        quote = text[1]
        return text[2:-1].replace(quote * 2, quote)
    if text.startswith("|||"):
        return ""  # nobody names a field so
    body = _ESCAPED.sub(_as_json, text[1:-1]) if text[0] == "'" else text[1:-1]
    return str(json.loads(f'"{body}"', strict=False))


def _as_json(match: re.Match[str]) -> str:
    """Escape for double quotes what was escaped for single ones."""
    return {"\\'": "'", '"': '\\"'}.get(match[0], match[0])
