"""``kuplet affected``: what a change of files may reach."""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import output_option
from compiler.cli.output import show
from compiler.cli.report.languages import json_text, one_line
from compiler.verbs.affected import affected_by

_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPED = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@output_option("text", "json")
@click.pass_obj
def affected(directory: Path, /, files: tuple[str, ...], output: str) -> None:
    """List the environments, and their components, that may read any of FILEs.

    Nothing is compiled: it follows imports and says too much rather than too little. A file that is
    there no more counts, one outside the app does not. `-` reads names from standard input, one a
    line, as git writes them at the top of the app:
    git diff --name-only --no-renames --relative main | kuplet affected -
    """
    app = load_any_app(directory)
    found = affected_by(app, set(_inside(app.root, _named(files))))
    if output == "json":
        show(json_text({"environments": {name: list(names) for name, names in found.items()}}))
        return
    for name, components in found.items():
        show(one_line(f"{name}: {', '.join(components)}"))


def _named(files: Iterable[str]) -> Iterable[str]:
    for file in files:
        if file == "-":
            for name in _lines(sys.stdin.buffer.read()):
                yield os.fsdecode(name)
        else:
            yield file


def _lines(text: bytes) -> Iterable[bytes]:
    if b"\0" in text:
        return filter(None, text.split(b"\0"))
    return (_unquoted(line) for line in text.splitlines() if line)


def _unquoted(line: bytes) -> bytes:
    """Return a name that git has put into quotes, as it does with all that is not ASCII."""
    if len(line) > 1 and line.startswith(b'"') and line.endswith(b'"'):
        return _ESCAPE.sub(_escaped, line[1:-1])
    return line


def _escaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 0xFF]) if code.isdigit() else _ESCAPED.get(code, code)


def _inside(root: Path, files: Iterable[str]) -> Iterable[str]:
    """Yield the paths of files from the top of the app; those outside are none of it.

    Each counts as it is written and with links resolved: a link may itself be what has changed.
    """
    homes = {root, root.resolve()}
    for file in files:
        path = Path.cwd() / file
        for place in {Path(os.path.normpath(path)), path.parent.resolve() / path.name, _real(path)}:
            for home in homes:
                if place.is_relative_to(home):
                    yield place.relative_to(home).as_posix()


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        return path
