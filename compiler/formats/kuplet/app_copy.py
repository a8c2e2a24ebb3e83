"""Copies of an app, in which a change is tried out before it is written."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from compiler.registry.vendor import VENDOR
from compiler.text.files import write_texts

_LEFT_OUT = (".git", VENDOR)


@contextmanager
def changed_copy(
    root: Path, texts: Mapping[str, str], removed: Iterable[str] = ()
) -> Iterator[Path]:
    """Give a copy of the app in ``root``, with some files written and some removed.

    Packages are not copied: the copy reads the app's own.
    """
    with tempfile.TemporaryDirectory(prefix="kuplet-") as temporary:
        copy = Path(temporary) / root.name
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        if (root / VENDOR).is_dir():
            (copy / VENDOR).symlink_to((root / VENDOR).resolve())
        write_texts({copy / file: text for file, text in texts.items()})
        for file in removed:
            (copy / file).unlink()
        yield copy
