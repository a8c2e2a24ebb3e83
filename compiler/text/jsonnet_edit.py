"""Edits objects in Jsonnet as a person would: what is not touched stays byte for byte.

Nothing is evaluated here, so whoever edits must check afterwards that the file means what it
should.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.source import SourceSpan
from compiler.text.jsonnet_objects import (
    Expression,
    JsonnetText,
    Member,
    ObjectLiteral,
    read_jsonnet,
)
from compiler.text.jsonnet_tokens import TokenKind

HINT = "edit the file by hand, or see: kuplet upgrade"
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_KEYWORDS = frozenset(
    [
        "assert",
        "else",
        "error",
        "false",
        "for",
        "function",
        "if",
        "import",
        "importbin",
        "importstr",
        "in",
        "local",
        "null",
        "self",
        "super",
        "tailstrict",
        "then",
        "true",
    ]
)
# What may follow on the line of a member and belongs to it.
_REST_OF_LINE = re.compile(r"[ \t]*(?:(?://|#)[^\n]*|/\*[^\n]*?\*/[ \t]*)?\r?(?=\n)")

_Splice = tuple[int, int, str]
_Chain = list[tuple[ObjectLiteral, Member]]


def set_value(
    text: str, path: Sequence[str], value: JsonValue, file: str, *, merged: int = 0
) -> str:
    """Return the text with ``value`` at ``path``; missing objects on the way are added.

    Args:
        merged: How many of the first keys are written with ``+:`` where they are missing.

    Raises:
        AppError: What stands there is no object literal.
    """
    source = _read(text, file)
    literal = _home(source, path, file)
    for depth, key in enumerate(path):
        member = literal.member(key)
        rest = path[depth + 1 :]
        if member is None:
            return _inserted(source, literal, path[depth:], value, merged - depth)
        if member.value is None:
            _refuse(source, member.first, path, file, f'"{key}" is a function')
        below = source.object_of(member.value) if rest else None
        if not rest or (below is None and _is_scalar(source, member.value)):
            return _replaced(source, member, member.value, _nested(rest, value))
        literal = _plain_object(source, below, member.value, path, file)
    raise AssertionError("the loop returns at the last key")


def delete_value(text: str, path: Sequence[str], file: str) -> str:
    """Return the text without what stands at ``path``; objects that only add nothing go too.

    Raises:
        AppError: Nothing stands there, or it is no field of an object literal.
    """
    source = _read(text, file)
    chain = _chain(source, path)
    if not chain:
        message = f'"{".".join(path)}" is not set in {file}'
        raise AppError(Finding(rule="edit-not-set", message=message, span=SourceSpan(file)))
    while len(chain) > 2 and _is_merged(source, chain[-2][1]) and _is_alone(source, *chain[-1]):  # noqa: PLR2004  the outermost object stays
        chain.pop()
    return _without(source, *chain[-1])


def has_value(text: str, path: Sequence[str], file: str) -> bool:
    """Return whether a field stands at ``path`` in an object literal."""
    return bool(_chain(_read(text, file), path))


def span_of(text: str, path: Sequence[str], file: str) -> SourceSpan:
    """Return the place of ``path``, or of the closest field around it."""
    source = _read(text, file)
    for length in range(len(path), 0, -1):
        if chain := _chain(source, path[:length]):
            return _span(source, chain[-1][1].first, file)
    return _span(source, 0, file)


def jsonnet_text(value: JsonValue, quote: str = '"') -> str:
    """Return a value as one line of Jsonnet."""
    match value:
        case str():
            return _quoted(value, quote)
        case list():
            return f"[{', '.join(jsonnet_text(item, quote) for item in value)}]"
        case dict() if value:
            pairs = (
                f"{field_name(key, quote)}: {jsonnet_text(item, quote)}"
                for key, item in value.items()
            )
            return f"{{ {', '.join(pairs)} }}"
        case _:
            return json.dumps(value)


def field_name(name: str, quote: str = '"') -> str:
    """Return a field's name as it may stand before the colon; quoted only where it must be."""
    is_plain = _IDENTIFIER.fullmatch(name) and name not in _KEYWORDS
    return name if is_plain else _quoted(name, quote)


def _quoted(text: str, quote: str) -> str:
    body = json.dumps(text, ensure_ascii=False)[1:-1]
    return f'"{body}"' if quote == '"' else "'" + body.replace('\\"', '"').replace("'", "\\'") + "'"


def _read(text: str, file: str) -> JsonnetText:
    try:
        return read_jsonnet(text)
    except ValueError as error:
        index = error.args[0]
        message = "this is not Jsonnet that can be edited"
        span = _span_at(text, index, index + 1, file)
        raise AppError(Finding(rule="edit-refused", message=message, span=span)) from error


def _homes(source: JsonnetText) -> Iterator[ObjectLiteral]:
    """Yield the objects that a file's fields may be written in, the likeliest first."""
    for expression in (source.whole, *reversed(source.locals_of(source.whole))):
        literal = source.object_of(expression)
        if literal:
            yield literal


def _home(source: JsonnetText, path: Sequence[str], file: str) -> ObjectLiteral:
    """Return the object that holds, or may take, the first key of a path.

    What is the last word on ``components`` in an environment's file is a comprehension; the object
    that people edit is bound to a ``local`` before it.
    """
    homes = list(_homes(source))
    for literal in homes:
        if not literal.is_comprehension and _takes(
            source, literal, path, is_first=literal is homes[0]
        ):
            return literal
    member = homes[0].member(path[0]) if homes else None
    obstacle = member.first if member else homes[0].opening if homes else 0
    return _refuse(source, obstacle, path, file, "it is calculated, not written as an object")


def _takes(
    source: JsonnetText, literal: ObjectLiteral, path: Sequence[str], *, is_first: bool
) -> bool:
    """Return whether a path can lead through an object; only the file's own one takes new keys."""
    member = literal.member(path[0])
    if member is None or len(path) == 1:
        return is_first or member is not None
    below = source.object_of(member.value) if member.value else None
    return below is not None and not below.is_comprehension


def _chain(source: JsonnetText, path: Sequence[str]) -> _Chain:
    """Return the objects and fields along a path; nothing when it ends before its last key."""
    for home in _homes(source):
        literal: ObjectLiteral | None = home
        chain: _Chain = []
        for key in path:
            member = literal.member(key) if literal else None
            if literal is None or member is None:
                break
            chain.append((literal, member))
            literal = source.object_of(member.value) if member.value else None
        if len(chain) == len(path):
            return chain
    return []


def _plain_object(
    source: JsonnetText,
    literal: ObjectLiteral | None,
    value: Expression,
    path: Sequence[str],
    file: str,
) -> ObjectLiteral:
    if literal is None or literal.is_comprehension:
        _refuse(source, value.first, path, file, "it is calculated, not written as an object")
    return literal


def _is_scalar(source: JsonnetText, value: Expression) -> bool:
    """Return whether a value is written out and no object."""
    kinds = {TokenKind.STRING, TokenKind.NUMBER}
    first = source.tokens[value.first]
    is_word = first.kind in kinds or first.text in {"true", "false", "null"}
    return value.first == value.last and is_word


def _is_merged(source: JsonnetText, member: Member) -> bool:
    return member.operator is not None and source.word(member.operator).startswith("+")


def _is_alone(source: JsonnetText, literal: ObjectLiteral, member: Member) -> bool:
    """Return whether an object holds nothing but one member: no comment either."""
    end = member.last if member.comma is None else member.comma
    before = source.text[source.end(literal.opening) : source.start(member.first)]
    after = source.text[source.end(end) : source.start(literal.closing)]
    return len(literal.members) == 1 and not (before + after).strip()


def _nested(path: Sequence[str], value: JsonValue) -> JsonValue:
    for key in reversed(path):
        value = {key: value}
    return value


def _replaced(source: JsonnetText, member: Member, old: Expression, value: JsonValue) -> str:
    """Put a value in the place of the old one; ``+:`` would add to what it overrides."""
    shown = jsonnet_text(value, _Style.of(source, "", "").quote)
    splices = [(source.start(old.first), source.end(old.last), shown)]
    if _is_merged(source, member):
        operator = old.first - 1
        colons = source.word(operator).lstrip("+")
        splices.append((source.end(member.first), source.end(operator), colons))
    return _spliced(source.text, splices)


def _inserted(
    source: JsonnetText,
    literal: ObjectLiteral,
    path: Sequence[str],
    value: JsonValue,
    merged: int,
) -> str:
    """Add a field at the end of an object, in the style of that object."""
    text = source.text
    opening, closing = source.end(literal.opening), source.start(literal.closing)
    outer = _indent(text, opening)
    if not literal.members:
        style = _Style.of(source, outer, f"{outer}  ")
        return _filled(text, opening, closing, style.lines(path, value, merged), style)
    last = literal.members[-1]
    end = source.end(last.last if last.comma is None else last.comma)
    first = source.start(literal.members[0].first)
    style = _Style.of(source, outer, _indent(text, first))
    if "\n" not in text[opening:first]:
        entry = style.entry(path, value, merged)
        addition = f", {entry}" if last.comma is None else f" {entry},"
        return _spliced(text, [(end, end, addition)])
    rest = _REST_OF_LINE.match(text, end)
    place = end + len(rest[0].rstrip("\r")) if rest else end
    lines = style.lines(path, value, merged)
    splices = [(place, place, style.newline + style.newline.join(lines))]
    if last.comma is None:
        lines[-1] = lines[-1].removesuffix(",")
        splices = [(end, end, ","), (place, place, style.newline + style.newline.join(lines))]
    return _spliced(text, splices)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How the object that takes a field is written.

    Attributes:
        outer: The indent of the object itself.
        indent: The indent of its fields.
    """

    outer: str
    indent: str
    quote: str
    plus: str
    newline: str

    @classmethod
    def of(cls, source: JsonnetText, outer: str, indent: str) -> "_Style":
        """Read the style of an object from the file around it."""
        strings = [token.text[0] for token in source.tokens if token.kind is TokenKind.STRING]
        return cls(
            outer=outer,
            indent=indent,
            quote="'" if strings.count("'") > strings.count('"') else '"',
            plus=" +:" if " +:" in source.text else "+:",
            newline="\r\n" if "\r\n" in source.text else "\n",
        )

    def lines(
        self, path: Sequence[str], value: JsonValue, merged: int, depth: int = 0
    ) -> list[str]:
        """Return a field as lines of its own, a comma after each."""
        indent = self.indent + (self.indent.removeprefix(self.outer) or "  ") * depth
        head = indent + field_name(path[0], self.quote) + (self.plus if merged > 0 else ":")
        inner: Iterable[str]
        if len(path) > 1:
            inner = self.lines(path[1:], value, merged - 1, depth + 1)
        elif isinstance(value, dict) and value:
            inner = (
                line
                for key, item in value.items()
                for line in self.lines((key,), item, 0, depth + 1)
            )
        else:
            return [f"{head} {jsonnet_text(value, self.quote)},"]
        return [f"{head} {{", *inner, f"{indent}}},"]

    def entry(self, path: Sequence[str], value: JsonValue, merged: int) -> str:
        """Return a field on one line."""
        colon = self.plus if merged > 0 else ":"
        inner = (
            f"{{ {self.entry(path[1:], value, merged - 1)} }}"
            if len(path) > 1
            else jsonnet_text(value, self.quote)
        )
        return f"{field_name(path[0], self.quote)}{colon} {inner}"


def _filled(text: str, opening: int, closing: int, lines: Sequence[str], style: _Style) -> str:
    """Put the first field into an object that holds comments at most."""
    line_start = text.rfind("\n", opening, closing) + 1
    if line_start and not text[line_start:closing].strip():
        added = "".join(line + style.newline for line in lines)
        return _spliced(text, [(line_start, line_start, added)])
    kept = text[opening:closing].rstrip()
    added = "".join(style.newline + line for line in lines) + style.newline + style.outer
    return _spliced(text, [(opening, closing, kept + added)])


def _without(source: JsonnetText, literal: ObjectLiteral, member: Member) -> str:
    """Take a member out of its object, with its lines where they are its own."""
    text = source.text
    index = literal.members.index(member)
    start = source.start(member.first)
    end = source.end(member.last if member.comma is None else member.comma)
    previous = literal.members[index - 1] if index else None
    splices: list[_Splice] = []
    if member.comma is None and previous and previous.comma is not None:
        splices.append((source.start(previous.comma), source.end(previous.comma), ""))
    line_start = text.rfind("\n", 0, start) + 1
    rest = _REST_OF_LINE.match(text, end)
    if rest and not text[line_start:start].strip():
        return _spliced(text, [*splices, (line_start, rest.end() + 1, "")])
    if previous and not text[source.end(previous.last) : start].replace(",", "").strip():
        start = source.end(previous.last if previous.comma is None else previous.comma)
    elif not previous:
        after = source.start(_token_after(member))
        end = after if not text[end:after].strip() else end
        if len(literal.members) == 1 and not text[source.end(literal.opening) : start].strip():
            start = source.end(literal.opening)
    return _spliced(text, [*splices, (start, end, "")])


def _token_after(member: Member) -> int:
    """Return the token after a member and its comma."""
    return (member.last if member.comma is None else member.comma) + 1


def _spliced(text: str, splices: Iterable[_Splice]) -> str:
    """Replace stretches of a text; they do not overlap."""
    parts, position = [], 0
    for start, end, replacement in sorted(splices, key=lambda item: item[:2]):
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])


def _indent(text: str, position: int) -> str:
    """Return the white space that the line of a position begins with."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip())]


def _refuse(
    source: JsonnetText, token: int, path: Sequence[str], file: str, reason: str
) -> NoReturn:
    message = f'"{".".join(path)}" cannot be edited: {reason}'
    span = _span(source, token, file)
    raise AppError(Finding(rule="edit-refused", message=message, span=span, hint=HINT))


def _span(source: JsonnetText, token: int, file: str) -> SourceSpan:
    if not source.tokens:
        return SourceSpan(file)
    return _span_at(source.text, source.start(token), source.end(token), file)


def _span_at(text: str, start: int, end: int, file: str) -> SourceSpan:
    line_start = text.rfind("\n", 0, start) + 1
    line = text[line_start:].partition("\n")[0].rstrip("\r")
    column = start - line_start + 1
    end_column = min(column + end - start, len(line) + 1)
    return SourceSpan(file, text.count("\n", 0, start) + 1, column, end_column, line)
