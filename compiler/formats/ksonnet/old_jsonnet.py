"""Reads sources as ksonnet did: printed anew where they are components, with Jsonnet of 2018.

Its printer dropped all parentheses, so ``import("x")`` passed, which Jsonnet forbids, and it added
a newline to every text block. Nobody can want what else the first did, ``(1 + 2) * 3`` was 7; the
rest is in apps that work. Lines stay where they are, so errors name them.

Four things were different in all files, and each was seen with go-jsonnet 0.11.2: a ``+`` before a
value did nothing, ``std.objectHas`` was true for a hidden field that ``:`` overrides,
``std.base64`` took each letter up to U+00FF for a byte, and ``std.setUnion`` sorted what it got.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from compiler.model.json import JsonObject
from compiler.text.jsonnet_objects import string_value
from compiler.text.jsonnet_tokens import Token, TokenKind, tokens_of

_IMPORTS = {"import", "importstr"}
_BEFORE_A_VALUE = {
    *(":", "::", ":::", "+:", "+::", "+:::", "=", "(", "[", ",", ";"),
    *("*", "/", "%", "+", "-", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "^", "|"),
    *("&&", "||", "!", "then", "else", "in", "error", "assert", "if"),
}
_AT_A_VALUE = {*"([{+$!"}
# A sign of a + before a value, so that few files are taken apart.
_SIGN = re.compile(
    r"""(^|[:=(\[,;*/%+\-<>&^|!]|\b(then|else|in|error|assert|if)|\bfunction\s*\([^)]*\))\s*"""
    r"""\+(\s|/\*.*?\*/|//.*|\#.*)*["'{(\[\w+@|$!]"""
)
_AS_TEXT = re.compile(r"""\bimportstr\s*@?(["'])(?:[^"'\n]*/)?([^"'/\n]+)\1""")
_HAS = re.compile(r"\bobjectHas(Ex)?\b")
_SHOWS = {":": "true", ":::": "true", "+:": "true", "+:::": "true"} | {
    "::": "false",
    "+::": "false",
}
# Beside a field stands what std.objectHas said of it in 2018, under a name that nobody has.
_MARK = "kuplet has "
_OLD_HAS = (
    " objectHas(o, f):: now.objectHas(o, f)"
    f' || (now.objectHasAll(o, "{_MARK}" + f) && o["{_MARK}" + f]),'
    " objectHasEx(o, f, hidden)::"
    " if hidden then now.objectHasAll(o, f) else self.objectHas(o, f),"
    " objectFieldsAll(o)::"
    f' [f for f in now.objectFieldsAll(o) if !now.startsWith(f, "{_MARK}")],'
)
_OLD_FUNCTIONS = {
    "base64": " base64(input):: now.base64(if now.isString(input)"
    " then now.map(now.codepoint, now.stringChars(input)) else input),",
    "base64Decode": " base64Decode(str)::"
    ' now.join("", now.map(now.char, now.base64DecodeBytes(str))),',
    "setUnion": " setUnion(a, b, keyF=function(x) x):: now.set(a + b, keyF),",
}
_OLD_STD = "local kuplet_std = std; local std = local now = kuplet_std; now + {%s }; "
_Splice = tuple[int, int, str]


def as_ksonnet_read(source: str) -> str:
    """Return the source that gives today what ksonnet made of it, parentheses aside."""
    return _rewritten(source, lambda block: f'({block} + "\\n")')


def written_as_read(source: str) -> str:
    """Return the same as a person would write it: with the newline in the text block."""
    return _rewritten(source, lambda block: "\n\n".join(block.rsplit("\n", 1)))


def _rewritten(source: str, rewritten_block: Callable[[str], str]) -> str:
    return _spliced(source, _splices(_tokens(source), rewritten_block))


def _splices(tokens: Sequence[Token], rewritten_block: Callable[[str], str]) -> Iterator[_Splice]:
    """Yield what to put in the place of what, in order."""
    for index, token in enumerate(tokens):
        before = tokens[index - 1].text if index else ""
        after = [item.text for item in tokens[index + 1 : index + 3]]
        if token.text.startswith("|||"):
            yield token.start, token.end, rewritten_block(token.text)
        elif token.text == "(" and before in _IMPORTS and after[1:] == [")"]:
            yield token.start, token.end, " "
            yield tokens[index + 2].start, tokens[index + 2].end, " "
        elif _is_idle_plus(tokens, index):
            yield token.start, token.end, " "


def _is_idle_plus(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a token is a ``+`` before a value; numbers have one today, too."""
    if tokens[index].text != "+" or index + 1 == len(tokens):
        return False
    before = tokens[index - 1].text if index else ";"
    if before not in _BEFORE_A_VALUE and not _ends_parameters(tokens, index - 1):
        return False
    after = tokens[index + 1]
    return after.kind in {TokenKind.NAME, TokenKind.STRING} or after.text in _AT_A_VALUE


def _ends_parameters(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a token is the ``)`` behind which the body of a function begins."""
    if tokens[index].text != ")":
        return False
    depth = 0
    for start in range(index, 0, -1):
        depth += {")": 1, "(": -1}.get(tokens[start].text, 0)
        if depth == 0:
            return tokens[start - 1].text == "function"
    return False


class OldSources(NamedTuple):
    """The sources of an app that give something else today, as they must be.

    Attributes:
        files: Their text, by path.
        overridden: Fields that are hidden in one place and shown in another: see `shown_marks`.
    """

    files: dict[str, str]
    overridden: frozenset[str]


def as_jsonnet_of_2018(sources: Mapping[str, str]) -> OldSources:
    """Return what stands in for the sources of an app, which are given by path.

    A source whose text is wanted, by ``importstr``, stays as it is: it goes into an object.
    """
    wanted = {name for text in sources.values() for _, name in _AS_TEXT.findall(text)}
    sources = {
        path: text for path, text in sources.items() if path.rpartition("/")[2] not in wanted
    }
    found = {
        path: _without_idle_plus(text) if _SIGN.search(text) else text
        for path, text in sources.items()
    }
    tokens: dict[str, list[Token]] = {}
    mixed: frozenset[str] = frozenset()
    if any(map(_HAS.search, found.values())):
        tokens = {path: _tokens(text) for path, text in found.items()}
        mixed = _mixed(tokens)
    read = {
        path: _old_std(text, has=bool(mixed)) + _marked(text, tokens.get(path, ()), mixed)
        for path, text in found.items()
    }
    files = {path: text for path, text in read.items() if text != sources[path]}
    return OldSources(files, mixed)


def shown_marks(params: JsonObject, names: Collection[str]) -> str:
    """Return a Jsonnet object that adds to parameters that those of some names are shown."""
    marks = [f'"{_MARK}{name}":: true' for name in sorted(params.keys() & set(names))]
    inner = (
        f"{json.dumps(name)}+: {deep}"
        for name, value in params.items()
        if isinstance(value, dict) and (deep := shown_marks(value, names)) != "{}"
    )
    return f"{{{', '.join([*marks, *inner])}}}"


def _without_idle_plus(source: str) -> str:
    tokens = _tokens(source)
    return _spliced(
        source,
        (
            (token.start, token.end, " ")
            for index, token in enumerate(tokens)
            if _is_idle_plus(tokens, index)
        ),
    )


def _mixed(tokens: Mapping[str, Sequence[Token]]) -> frozenset[str]:
    """Return the fields that are hidden in one place and not in another.

    Only names count that something may ask for.
    """
    fields = [item for each in tokens.values() for item in _fields(each)]
    hidden = {_name_of(token) for token, operator in fields if _SHOWS[operator] == "false"}
    shown = {_name_of(token) for token, operator in fields if _SHOWS[operator] == "true"}
    return frozenset(hidden & shown & _asked_for(tokens.values()))


def _asked_for(files: Iterable[Sequence[Token]]) -> set[str]:
    """Return all strings and names: a name that is asked for stands somewhere as text."""
    kinds = {TokenKind.STRING}
    return {_name_of(token) for tokens in files for token in tokens if token.kind in kinds}


def _old_std(source: str, *, has: bool) -> str:
    """Return the beginning of a file that gives it the functions of 2018 that it names."""
    functions = [text for name, text in _OLD_FUNCTIONS.items() if re.search(rf"\b{name}\b", source)]
    if has and (_HAS.search(source) or "objectFieldsAll" in source):
        functions.append(_OLD_HAS)
    return _OLD_STD % "".join(functions) if functions else ""


def _marked(source: str, tokens: Sequence[Token], names: Collection[str]) -> str:
    splices = (
        (token.start, token.start, f'"{_MARK}{_name_of(token)}":: {_SHOWS[operator]}, ')
        for token, operator in _fields(tokens)
        if _name_of(token) in names
    )
    return _spliced(source, splices)


def _fields(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Yield the name of each field of an object literal, and what stands behind it."""
    kinds = {TokenKind.NAME, TokenKind.STRING}
    for index in range(1, len(tokens) - 1):
        token, before, after = tokens[index], tokens[index - 1].text, tokens[index + 1].text
        if token.kind in kinds and before in {"{", ","} and after in _SHOWS:
            yield token, after


def _name_of(token: Token) -> str:
    if token.kind is not TokenKind.STRING:
        return token.text
    try:
        return string_value(token.text)
    except ValueError:  # an escape that only engines know
        return token.text


def _tokens(source: str) -> list[Token]:
    try:
        return list(tokens_of(source))
    except ValueError:  # the engine says better what is wrong with it
        return []


def _spliced(source: str, splices: Iterable[_Splice]) -> str:
    parts, position = [], 0
    for start, end, text in splices:
        parts += [source[position:start], text]
        position = end
    return "".join([*parts, source[position:]])
