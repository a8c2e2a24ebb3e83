"""Reads a component's source as ksonnet did, which printed it anew before it was evaluated.

Its printer dropped all parentheses, so ``import("x")`` passed, which Jsonnet forbids, and it added
a newline to every text block. Nobody can want the first loss, ``(1 + 2) * 3`` was 7; the other two
are in apps that work. Lines stay where they are, so errors name them.
"""

import re

_TEXT = r"""@?"(?:\\.|[^"\\])*"|@?'(?:\\.|[^'\\])*'"""
_BLOCK = (
    r"\|\|\|[ \t\r]*\n(?:[ \t\r]*\n)*(?P<indent>[ \t]+)[^\n]*"
    r"(?:\n(?:(?P=indent)[^\n]*|[ \t\r]*(?=\n)))*\n[ \t]*\|\|\|"
)
# A plus sign before anything but a number is an error today; it did nothing.
_TOKEN = re.compile(
    rf"""//[^\n]*|\#[^\n]*|/\*.*?\*/|(?P<block>{_BLOCK})|{_TEXT}
    |\b(?P<word>import|importstr)\s*\(\s*(?P<file>{_TEXT})\s*\)
    |(?P<before>[:=(\[,]\s*)\+(?=\s*[A-Za-z_"'(])""",
    re.DOTALL | re.VERBOSE,
)


def as_ksonnet_read(source: str) -> str:
    """Return the source that gives today what ksonnet made of it, parentheses aside."""
    return _TOKEN.sub(_rewritten, source)


def written_as_read(source: str) -> str:
    """Return the same as a person would write it: with the newline in the text block."""

    def rewritten(token: re.Match[str]) -> str:
        if not token["block"]:
            return _rewritten(token)
        text, newline, end = token["block"].rpartition("\n")
        return f"{text}\n{newline}{end}"

    return _TOKEN.sub(rewritten, source)


def _rewritten(token: re.Match[str]) -> str:
    if token["block"]:
        return f'({token["block"]} + "\\n")'
    if token["word"]:
        return f"{token['word']} {token['file']} ".ljust(len(token[0]))
    return f"{token['before']} " if token["before"] else token[0]
