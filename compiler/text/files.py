"""Reads and writes the files that people edit: whole or not at all, line ends kept."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.text.reading import read_inside, read_named


def read_exactly(path: Path, root: Path | None = None) -> str:
    """Read a file that will be edited: its line ends stay.

    Args:
        root: The app that it must lie in; ``None`` for a file that a person names.

    Raises:
        AppError: It is not UTF-8.
    """
    try:
        return (read_named(path) if root is None else read_inside(path, root)).decode()
    except UnicodeDecodeError as error:
        message = f'"{path.name}" is not UTF-8 text'
        raise AppError(Finding(rule="file-encoding", message=message)) from error


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, keeping its mode."""
    write_texts({path: text})


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write several files; none is replaced before all new ones are on the disk."""
    written: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            written[path] = _temporary(path, text)
        for path, temporary in written.items():
            temporary.replace(path)
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)


def _temporary(path: Path, text: str) -> Path:
    mode = path.stat().st_mode if path.exists() else 0o644
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as temporary:
            temporary.write(text)
        Path(name).chmod(mode & 0o777)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)
