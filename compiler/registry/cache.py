"""Keeps the content of packages by its digest, so that what was installed once needs no network."""

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.registry.content import digest_of, read_content, write_content


def keep_content(cache: Path, content: Mapping[str, bytes]) -> None:
    """Keep the content of a package; a cache that cannot be written costs only time later."""
    digest = digest_of(content)
    if cached_content(cache, digest) is None:
        with contextlib.suppress(ExternalError):
            place_content(cache / "content" / digest, content)


def cached_content(cache: Path, digest: str) -> dict[str, bytes] | None:
    """Return the content with a digest, unless it is not there or was changed since."""
    directory = cache / "content" / digest
    try:
        content = read_content(directory, digest) if directory.is_dir() else None
    except ExternalError:
        return None
    return content if content is not None and digest_of(content) == digest else None


def place_content(goal: Path, content: Mapping[str, bytes]) -> None:
    """Write a directory whole or not at all; one that is there is replaced.

    Raises:
        ExternalError: It cannot be written.
    """
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=goal.parent, prefix=".kuplet-") as stage:
            write_content(Path(stage) / "new", content)
            _swap(Path(stage), goal)
    except OSError as error:
        message = f'cannot write "{goal}": {error.strerror}'
        raise ExternalError(Finding(rule="package-unwritable", message=message)) from error


def _swap(stage: Path, goal: Path) -> None:
    """Put the new directory in the place of the old one, which goes where the new one was."""
    if not goal.is_dir():
        (stage / "new").rename(goal)
        return
    goal.rename(stage / "old")
    try:
        (stage / "new").rename(goal)
    except OSError:
        (stage / "old").rename(goal)
        raise
