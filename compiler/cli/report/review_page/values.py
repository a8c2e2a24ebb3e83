"""Shows a value before and after, so that the eye finds what differs; says what is left out."""

import difflib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from compiler.cli.report.review_page.markup import Html, breakable, element, lines
from compiler.model.change import FieldChange
from compiler.model.difference import Difference
from compiler.model.json import JsonValue
from compiler.stages.words import counted

_MAX_INLINE = 160  # characters; longer objects and lists are written on several lines
_MAX_PART = 300  # characters of what differs in a value of one line
_AROUND = 40  # characters beside it that help to recognise the place
_QUOTES = 2  # of two texts: no likeness
_MAX_LINES = 60  # of one comparison
_MAX_LINE = 2_000  # characters
_MAX_FIELDS = 40  # of one object
_MAX_COMPARED = 2_000  # lines of a side; comparing more takes seconds
_NOTHING: Mapping[str, str] = MappingProxyType({})
_HUNK = "@@"  # what difflib writes where it leaves lines out, and before the first one
_BEGINNING = ("@@ -0", "@@ -1 ", "@@ -1,")
_LINES = {"-": ("\N{MINUS SIGN}", "gone"), "+": ("+", "new")}
SIGNS = {Difference.ADDED: "+", Difference.REMOVED: "\N{MINUS SIGN}", Difference.CHANGED: "~"}


def readable(value: JsonValue) -> str:
    """Return a value as JSON, on several lines if it is long; a text of several lines as it is."""
    if isinstance(value, str) and "\n" in value:
        return value
    short = json.dumps(value, ensure_ascii=False)
    if len(short) <= _MAX_INLINE or not isinstance(value, list | dict):
        return short
    return json.dumps(value, ensure_ascii=False, indent=2)


def compared(before: str | None, after: str | None) -> Html:
    """Return two readable values; ``None`` is one that is not there."""
    if "\n" in f"{before or ''}{after or ''}":
        return _line_by_line(before, after)
    start, end = _alike(before or "", after or "")
    sides = (_side("del", before, start, end), _side("ins", after, start, end))
    return element("div", sides[0], element("span", " → ", class_="arrow"), sides[1], class_="pair")


def fields_compared(changes: Sequence[FieldChange], causes: Mapping[str, str] = _NOTHING) -> Html:
    """Return the fields that differ, each with its path; ``None`` is a value that is not there.

    Args:
        causes: The parameters behind a field, by its path.
    """
    more = left_out(len(changes) - _MAX_FIELDS, "field", "kuplet review -o json")
    shown = (_field(item, causes.get(item.path, "")) for item in changes[:_MAX_FIELDS])
    return lines([*shown, more])


def _field(change: FieldChange, cause: str) -> Html:
    sides = (None if side is None else readable(side) for side in (change.before, change.after))
    path = element("code", breakable(change.path), class_="path")
    by = element("span", f"by {cause}", class_="quiet by") if cause else ""
    return element("div", element("div", path, by), compared(*sides), class_="field")


def _side(name: str, value: str | None, start: int, end: int) -> Html:
    """Return one side of a line, what differs in it marked, shortened around that."""
    if value is None:
        return element("i", "not set")
    stop = len(value) - end
    head, part, tail = value[:start], value[start:stop], value[stop:]
    if len(part) > _MAX_PART:
        part = f"{part[:_MAX_PART]}…"
    head = head if len(head) <= _AROUND + 1 else f"…{head[-_AROUND:]}"
    tail = tail if len(tail) <= _AROUND + 1 else f"{tail[:_AROUND]}…"
    is_marked = part and start + end > _QUOTES
    return element(name, head, element("mark", part) if is_marked else part, tail)


def _alike(before: str, after: str) -> tuple[int, int]:
    """Return how many characters at both ends are the same, in whole words."""
    start = _same(before, after)
    end = _same(before[start:][::-1], after[start:][::-1])
    while start and before[start - 1].isalnum():
        start -= 1
    while end and before[-end].isalnum():
        end -= 1
    return start, end


def _same(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((index for index, pair in pairs if pair[0] != pair[1]), shorter)


def _line_by_line(before: str | None, after: str | None) -> Html:
    old, new = ([] if side is None else side.split("\n") for side in (before, after))
    unseen = max(len(old), len(new), _MAX_COMPARED) - _MAX_COMPARED
    changes = difflib.unified_diff(old[:_MAX_COMPARED], new[:_MAX_COMPARED], n=1, lineterm="")
    found = list(changes)[2:]
    shown = [_line(line) for line in _dedented(found[:_MAX_LINES])]
    more = left_out(len(found) - len(shown) + unseen, "line", "kuplet review -o json")
    return element("div", element("pre", *shown) if shown else "", more, class_="lines")


def _dedented(found: Sequence[str]) -> list[str]:
    """Return the lines of a comparison without the indentation that they share."""
    texts = [line[1:] for line in found if not line.startswith(_HUNK) and line[1:].strip()]
    shared = min((len(each) - len(each.lstrip(" ")) for each in texts), default=0)
    return [line if line.startswith(_HUNK) else line[0] + line[1 + shared :] for line in found]


def _line(line: str) -> Html:
    if line.startswith(_HUNK):
        return element("span", "⋯", class_="skip") if not line.startswith(_BEGINNING) else Html("")
    sign, name = _LINES.get(line[0], (" ", "same"))
    content = line[1:] if len(line) <= _MAX_LINE else f"{line[1:_MAX_LINE]}…"
    return element("span", f"{sign} {content}", class_=name)


def left_out(number: int, noun: str, command: str) -> Html:
    """Return how much is not on the page, and the command that prints it; nothing for none."""
    if number <= 0:
        return Html("")
    what = f"{counted(number, f'more {noun}')} not shown here. To see all: "
    return element("p", what, element("code", command), class_="more")
