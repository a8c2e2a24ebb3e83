"""Another state of an app beside it, in which a change is tried out before it is written."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from compiler.text.files import write_texts
from compiler.text.reading import shown_at


@contextmanager
def empty_app(root: Path) -> Iterator[Path]:
    """Give an empty directory of the same name as the app's: it may be the app's name."""
    with tempfile.TemporaryDirectory(prefix="kuplet-") as temporary:
        directory = Path(temporary) / root.name
        directory.mkdir()
        yield directory


@contextmanager
def overlay(
    root: Path,
    texts: Mapping[str, str],
    removed: Iterable[str] = (),
    copied: Iterable[str] = (),
) -> Iterator[Path]:
    """Give a directory that shows the app in ``root`` with some files changed.

    What does not change is linked, however much lies beside the app.

    Args:
        texts: The new text of each file, by its path in the app.
        removed: Files that are not there.
        copied: Files that must not lead out of the directory, and directories in which whoever
            uses it will write.
    """
    own, gone = frozenset(copied), {*removed, *texts}
    opened = {parent for file in own | gone for parent in PurePosixPath(file).parents}
    with empty_app(root) as shown:
        for place in sorted(opened):
            _show(root.resolve() / place, shown / place)
        for name in sorted(own):
            _copy(root.resolve() / name, shown / name)
        for file in sorted(gone):
            (shown / file).unlink(missing_ok=True)
        write_texts({shown / file: text for file, text in texts.items()})
        with shown_at(shown, root):
            yield shown


def _show(source: Path, target: Path) -> None:
    """Make a directory, in the place of a link to it, in which all of it is linked."""
    if not source.is_dir():
        return
    if target.is_symlink():
        target.unlink()
        target.mkdir()
    for entry in source.iterdir():
        (target / entry.name).symlink_to(entry)


def _copy(source: Path, target: Path) -> None:
    """Put a copy in the place of links; what is a link itself leads where it led."""
    if source.is_dir():
        if target.is_symlink():
            target.unlink()
        else:
            shutil.rmtree(target)
        shutil.copytree(source, target, symlinks=True)
    elif target.is_symlink() and not source.is_symlink():
        target.unlink()
        shutil.copyfile(source, target)
