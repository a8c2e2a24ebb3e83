"""Reads a component's source as ksonnet did, which printed it anew before it was evaluated.

Its printer dropped all parentheses, so ``import("x")`` passed, which Jsonnet forbids, and it added
a newline to every text block. Nobody can want what else the first did, ``(1 + 2) * 3`` was 7; the
rest is in apps that work. Lines stay where they are, so errors name them.
"""

from collections.abc import Callable, Iterator, Sequence

from compiler.text.jsonnet_tokens import Token, TokenKind, tokens_of

_IMPORTS = {"import", "importstr"}
_BEFORE_A_VALUE = {":", "::", "=", "(", "[", ","}
_Splice = tuple[int, int, str]


def as_ksonnet_read(source: str) -> str:
    """Return the source that gives today what ksonnet made of it, parentheses aside."""
    return _rewritten(source, lambda block: f'({block} + "\\n")')


def written_as_read(source: str) -> str:
    """Return the same as a person would write it: with the newline in the text block."""
    return _rewritten(source, lambda block: "\n\n".join(block.rsplit("\n", 1)))


def _rewritten(source: str, rewritten_block: Callable[[str], str]) -> str:
    try:
        tokens = list(tokens_of(source))
    except ValueError:  # the engine says better what is wrong with it
        return source
    parts, position = [], 0
    for start, end, text in _splices(tokens, rewritten_block):
        parts += [source[position:start], text]
        position = end
    return "".join([*parts, source[position:]])


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
        elif token.text == "+" and before in _BEFORE_A_VALUE and _is_value(tokens, index + 1):
            yield token.start, token.end, " "  # an error before text today; it did nothing


def _is_value(tokens: Sequence[Token], index: int) -> bool:
    kinds = {TokenKind.NAME, TokenKind.STRING}
    return index < len(tokens) and (tokens[index].kind in kinds or tokens[index].text == "(")
