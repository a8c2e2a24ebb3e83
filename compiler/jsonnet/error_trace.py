"""Turns an engine's error text into a finding that shows the user's own frames first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.model.finding import Finding
from compiler.model.jsonnet import COMPONENT_MARK, ENTRY, WANTED, JsonnetProgram
from compiler.model.source import SourceSpan
from compiler.text.reading import read_inside

MAX_FRAMES = 8
_PLACE = re.compile(
    r"^(?P<file>[^\s:][^:]*?):\(?(?P<line>\d+):(?P<column>\d+)\)?(?:-\(?(?:(?P<end_line>\d+):)?(?P<end>\d+)\)?)?:?\s*(?P<text>.*)$"
)

_STEP = re.compile(r'^(?:Field "(.*)"|Array element (\d+))$')


@dataclass(frozen=True, slots=True)
class _Frame:
    file: str
    line: int
    column: int
    end_column: int
    text: str


def explain(error: str, program: JsonnetProgram) -> Finding:
    """Return the finding for an engine's error text."""
    lines = [line for line in error.splitlines() if line.strip()]
    head = lines[0] if lines else "Jsonnet failed without a message"
    message = head
    for prefix in ("RUNTIME ERROR: ", "STATIC ERROR: ", "importer error: "):
        message = message.removeprefix(prefix)
    frames = list(_frames(lines[1:]))
    place = _PLACE.match(message)
    if place:  # a syntax error names its place in the message itself
        frames.insert(0, _frame(place))
        message = place["text"]
    own = [frame for frame in frames if _is_own(frame)]
    ordered = [frame for frame in own or frames if frame.file not in {ENTRY, WANTED}]
    span = _span(ordered[0], program) if ordered else None
    notes = tuple(f"in {_line(frame)}" for frame in ordered[1:MAX_FRAMES])
    if not own and (path := _manifested(lines)):
        notes += (f"while making {path}",)
    component = next((name for name in map(_component, frames) if name), "")
    message = message[:1].lower() + message[1:] if message else "the program is wrong"
    return Finding(
        rule="jsonnet-error", message=message, span=span, component=component, notes=notes
    )


def _frames(lines: Sequence[str]) -> Iterator[_Frame]:
    for line in lines:
        place = _PLACE.match(line.strip())
        if place:
            yield _frame(place)


def _manifested(lines: Sequence[str]) -> str:
    """Return the place in the result that was being made, as far as the engine tells it."""
    steps = filter(None, (_STEP.match(line.strip()) for line in reversed(lines)))
    return "".join(f"[{step[2]}]" if step[2] else f".{step[1]}" for step in steps).lstrip(".")


def _frame(place: re.Match[str]) -> _Frame:
    line, column = int(place["line"]), int(place["column"])
    same_line = place["end"] and not place["end_line"]
    end = int(place["end"]) + 1 if same_line else 0
    return _Frame(place["file"], line, column, end, place["text"])


def _is_own(frame: _Frame) -> bool:
    """Return whether a frame lies in a file of the app rather than in a package or the library."""
    return not frame.file.startswith(("<", "kuplet/", "vendor/"))


def _component(frame: _Frame) -> str:
    return frame.file.partition(COMPONENT_MARK)[2]


def _line(frame: _Frame) -> str:
    place = f"{frame.file.partition(COMPONENT_MARK)[0]}:{frame.line}:{frame.column}"
    return f"{place} {frame.text}".rstrip()


def _span(frame: _Frame, program: JsonnetProgram) -> SourceSpan:
    text = _text(frame.file, program).split("\n")
    excerpt = text[frame.line - 1] if frame.line <= len(text) else ""
    column, end = frame.column, frame.end_column
    shown = frame.file.partition(COMPONENT_MARK)[0]
    if frame.line == 1 and COMPONENT_MARK in frame.file:
        scope = excerpt.find("; ", excerpt.find("; ") + 1) + 2  # what render put in front
        excerpt, column, end = excerpt[scope:], max(column - scope, 1), max(end - scope, 0)
    return SourceSpan(shown, frame.line, column, end, excerpt)


def _text(file: str, program: JsonnetProgram) -> str:
    if file in program.files:
        return program.files[file]
    first, _, rest = file.partition("/")
    root = program.roots.get(first)
    path = Path(root, rest) if root else Path(program.roots.get("", ""), file)
    home = program.home or root or program.roots.get("", "")
    try:
        return read_inside(path, Path(home)).decode()
    except (OSError, UnicodeDecodeError):
        return ""
