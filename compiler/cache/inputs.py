"""Digests of what an answer depends on besides the files that were read for it."""

import hashlib
import os
import stat
import sys

from compiler.cache.recording import NAMELESS

MOST_NAMES = 20_000
# What may change what a command says, besides all that begins with one of the prefixes.
_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LINES", "LANG", "HOME", "CI")
_PREFIXES = ("KUPLET_", "LC_", "PYTHON", "XDG_")


def key_of(arguments: list[str]) -> str:
    """Return the digest of all that is known before the app is looked at.

    Besides the arguments: where they are given, to which streams the answer goes, the variables
    that count, and which kuplet, Python and libraries give it.
    """
    where = [os.getcwd(), *(_terminal(number) for number in (0, 1, 2))]
    variables = [
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name in _VARIABLES or name.startswith(_PREFIXES)
    ]
    parts = [arguments, where, variables, installation()]
    return hashlib.sha256(repr(parts).encode(errors="surrogateescape")).hexdigest()


def installation() -> list[str]:
    """Return what tells this kuplet, with its libraries and its Python, from every other one."""
    home = os.path.dirname(os.path.dirname(__file__))
    root = os.path.dirname(home)
    libraries = [
        f"{place}: {' '.join(sorted(name for name in os.listdir(place) if name.endswith('-info')))}"
        for place in sys.path
        if place.endswith("-packages") and os.path.isdir(place)
    ]
    return [sys.version, sys.executable, str(sys.flags), *libraries, home, _own_state(root)]


def names_below(root: str) -> str:
    """Return the digest of what is there below a directory, but not of what is in the files.

    Empty where there is too much of it, or a link to a directory that nobody looks through.
    """
    names: list[str] = []
    left = [root]
    home = os.path.realpath(root)
    while left:
        directory = left.pop()
        with os.scandir(directory) as found:
            for entry in sorted(found, key=lambda item: item.name):
                if entry.name in NAMELESS:
                    continue
                kind = "/" if entry.is_dir(follow_symlinks=False) else ""
                goal = os.path.realpath(entry.path) if entry.is_symlink() else ""
                if goal and entry.is_dir() and not _is_looked_through(goal, home):
                    return ""
                names.append(f"{entry.path}{kind} {goal} {not goal or os.path.exists(goal)}")
                if kind:
                    left.append(entry.path)
        if len(names) > MOST_NAMES:
            return ""
    return hashlib.sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest()


def _is_looked_through(directory: str, home: str) -> bool:
    is_below = os.path.commonpath((directory, home)) == home
    return is_below and NAMELESS.isdisjoint(directory.removeprefix(home).split(os.sep))


def file_digest(path: str) -> str:
    """Return the digest of what is in a plain file; empty where it cannot be read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # no pipe holds us up
            is_plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return hashlib.sha256(file.read()).hexdigest() if is_plain else ""
    except OSError:
        return ""


def _terminal(number: int) -> str:
    """Return what is to be known of a standard stream: a terminal's size, or that it is none."""
    try:
        return str(os.get_terminal_size(number)) if os.isatty(number) else ""
    except OSError:
        return "terminal"


def _own_state(root: str) -> str:
    """Return what tells one kuplet from another one of the same version.

    What was installed has a list of its files with their digests; a checkout is edited.
    """
    records = [
        name
        for name in os.listdir(root)
        if name.startswith("kuplet-") and name.endswith(".dist-info")
    ]
    if records:
        return " ".join(file_digest(os.path.join(root, name, "RECORD")) for name in records)
    parts = ("compiler", "prototypes", "schemas")
    return _states([place for name in parts if os.path.isdir(place := os.path.join(root, name))])


def _states(places: list[str]) -> str:
    """Return the digest of when the files below some directories were changed last."""
    states: list[str] = []
    left = list(places)
    while left:
        with os.scandir(left.pop()) as found:
            for entry in sorted(found, key=lambda item: item.name):
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        left.append(entry.path)
                    continue
                about = entry.stat()
                states.append(
                    f"{entry.path} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns}"
                )
    return hashlib.sha256("\0".join(states).encode(errors="surrogateescape")).hexdigest()
