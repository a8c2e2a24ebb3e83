"""The only place where something leaves kuplet for a terminal, a pipe or a log.

What kuplet does matters more than what it says: a reader that goes away or a disk that is full ends
a command that only shows something, but never one that changes a cluster.
"""

import contextlib
import errno
import io
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn, TextIO

import click
from click.globals import resolve_color_default

from compiler.cache.recording import recording
from compiler.cli.report.languages import Document, terminal, without_styles

READER_GONE = 128 + signal.SIGPIPE  # as shells say of other programs that lost their reader
# What writing to a pipe, a terminal or a file that cannot take it fails with.
_NOBODY_READS = {errno.EPIPE, errno.EIO, errno.EBADF, errno.ECONNRESET, errno.ENXIO}
_mutable = {"must go on": False}


class ReaderGoneError(Exception):
    """Nobody reads what a command was to show; it has nothing else to do."""


def open_streams() -> None:
    """Let standard streams be there, and take any text: UTF-8, whatever the locale.

    A stream that was closed must not be the next file that is opened.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            _mute(descriptor)
            stream = open(descriptor, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def must_go_on() -> None:
    """From now on, output that cannot be written is lost, and nothing stops because of it."""
    _mutable["must go on"] = True


def show(text: str, *, nl: bool = True) -> None:
    """Print what a command is asked for, to stdout.

    Raises:
        ReaderGoneError: Nobody reads it, and the command does nothing else.
        OSError: The disk is full.
    """
    shown = _for_stream(terminal(text), sys.stdout) + "\n" * nl
    try:
        click.echo(shown, nl=False)
    except OSError as error:
        _mute(1)
        if _mutable["must go on"]:
            return
        if error.errno in _NOBODY_READS:
            raise ReaderGoneError from error
        raise
    if answer := recording():
        answer.said(1, shown)


def write_or_show(text: str, file: Path | None) -> None:
    """Put a report into a file, without colours, or print it.

    Raises:
        OSError: The file cannot be written.
    """
    if file is None:
        show(text, nl=False)
        return
    content = text if isinstance(text, Document) else without_styles(text)
    file.write_text(content, encoding="utf-8", errors="backslashreplace")


def show_line(prefix: str, line: bytes) -> None:
    """Print a line of a program's log behind a prefix; the line as it is, as kubectl does.

    It is the user's own program that prints it, and it may be no text at all.

    Raises:
        ReaderGoneError: Nobody reads it.
    """
    ahead = _for_stream(terminal(prefix), sys.stdout)
    try:
        click.echo(ahead.encode() + line)
    except OSError as error:
        _mute(1)
        if error.errno in _NOBODY_READS:
            raise ReaderGoneError from error
        raise


def redraw(text: str) -> None:
    """Show a text in the place of all that a terminal shows, as far as it fits."""
    import shutil

    size = shutil.get_terminal_size()
    lines = text.split("\n")
    if len(lines) >= size.lines:
        lines = [*lines[: size.lines - 2], f"… {len(lines) - size.lines + 2} more lines"]
    click.clear()
    show("\n".join(lines))


def say(text: str, *, color: bool | None = None) -> None:
    """Print what a command has to say about what it does, to stderr."""
    said = _for_stream(terminal(text), sys.stderr, color=color) + "\n"
    try:
        click.echo(said, err=True, nl=False, color=color)
    except OSError:  # nobody could be told
        _mute(2)
    if answer := recording():
        answer.said(2, said)


def _for_stream(text: str, stream: TextIO, *, color: bool | None = None) -> str:
    """Return text without colours, where a stream is not to have them."""
    wants_color = resolve_color_default(color)
    has_color = stream.isatty() if wants_color is None else wants_color
    return text if has_color or "\x1b" not in text else click.unstyle(text)


def ask(question: str) -> bool:
    """Ask on the terminal."""
    return click.confirm(terminal(question), err=True)


def end(code: int) -> NoReturn:
    """Exit; what is left in a buffer that nobody takes is lost without a word."""
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            _mute(descriptor)
    sys.exit(code)


def _mute(descriptor: int) -> None:
    """Let a stream lead to nowhere, so that no later write fails, not even at the exit."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != descriptor:
            os.dup2(nowhere, descriptor)
            os.close(nowhere)
