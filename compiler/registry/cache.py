"""Keeps the content of packages by its digest, so that what was installed once needs no network."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from compiler.errors import ExternalError
from compiler.registry.content import digest_of, read_content, write_content


def keep_content(cache: Path, content: Mapping[str, bytes]) -> None:
    """Keep the content of a package."""
    digest = digest_of(content)
    if cached_content(cache, digest) is None:
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
    """Write a directory whole or not at all; one that is there is replaced."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(dir=goal.parent, prefix=".kuplet-"))
    try:
        write_content(stage / "new", content)
        if not goal.is_dir():
            (stage / "new").rename(goal)
            return
        goal.rename(stage / "old")
        try:
            (stage / "new").rename(goal)
        except OSError:
            (stage / "old").rename(goal)
            raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
