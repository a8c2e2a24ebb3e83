"""Reads and writes the files that people edit: whole or not at all, line ends kept.

A change of several files is noted beside no app but in the user's own state directory before it
begins, because whoever wrote the app could write a note there, too. If kuplet or the machine is
stopped half-way, the next command completes the change, unless somebody edited the files since.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.source import SourceSpan
from compiler.text.locking import edit_lock
from compiler.text.reading import UnreadableFileError, is_inside, read_inside, read_named

_NEW_MODE, _PRIVATE = 0o644, 0o600  # of new files; of a note, which holds what files hold
_DRAFT, _DRAFT_END = ".kuplet-", ".draft"  # .kuplet-PID-…: who writes it tells whether it is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of files of an app, by their paths in it.

    Attributes:
        texts: New content.
        moved: New places.
        before: Digests of what was there; of files that did not exist, nothing.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_small(self) -> bool:
        """Whether it is done at once."""
        return len(self.texts) + len(self.removed) + len(self.moved) <= 1


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


def read_text(path: Path, shown: str, root: Path | None = None) -> str:
    """Read a UTF-8 file that people wrote; a byte-order mark is dropped, line ends are made alike.

    Args:
        root: The app that it must lie in; ``None`` for a file that a person names.

    Raises:
        AppError: It cannot be read, or may not.
    """
    try:
        content = read_named(path) if root is None else read_inside(path, root)
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        reason = error.strerror or str(error)
        message = f'cannot read "{shown}": {reason[:1].lower()}{reason[1:]}'
        raise AppError(Finding(rule="file-unreadable", message=message)) from error
    except UnicodeDecodeError as error:
        message = f'"{shown}" is not UTF-8 text'
        finding = Finding(rule="file-encoding", message=message, span=SourceSpan(shown))
        raise AppError(finding) from error


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, keeping its mode."""
    write_texts({path: text})


def write_texts(texts: Mapping[Path, str], mode: int = _NEW_MODE) -> None:
    """Write several files; none is replaced before all new ones are on the disk.

    Args:
        mode: That of files that do not exist yet.
    """
    written: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with _blaming(path):
                _remove_drafts(path.parent)
                written[path] = _draft(path, text, mode)
        for path, draft in written.items():
            with _blaming(path):
                draft.replace(path)
        for directory in {path.parent for path in texts}:
            _sync(directory)
    finally:
        for draft in written.values():
            draft.unlink(missing_ok=True)


def change_files(
    root: Path,
    texts: Mapping[str, str],
    removed: Iterable[str] = (),
    moved: Mapping[str, str] | None = None,
) -> None:
    """Change files of the app in ``root``: all of them, or after the next command all of them."""
    change = Change(texts=texts, removed=tuple(removed), moved=moved or {})
    note = note_of(root)
    if change.is_small or note is None:
        _carry_out(root, change)
        return
    names = (*change.texts, *change.removed, *change.moved)
    before = {name: digest for name in names if (digest := _digest(root / name))}
    content = json.dumps({**asdict(change), "before": before}, sort_keys=True)
    try:
        write_texts({note: content}, _PRIVATE)
    except OSError:  # no home, or no room in it: the change itself may still go
        _carry_out(root, change)
        return
    try:
        _carry_out(root, change)
    finally:  # what failed was said, so nobody expects it to be completed
        note.unlink(missing_ok=True)


def complete_change(root: Path) -> None:
    """Complete a change that was stopped half-way; leave alone what somebody edited since."""
    note = note_of(root)
    if note is None or not note.is_file():
        return
    with edit_lock(root):
        with contextlib.suppress(FileNotFoundError):  # whoever had the lock has completed it
            noted = Change(**json.loads(note.read_text(encoding="utf-8")))
            if all(_is_expected(root, name, noted) for name in (*noted.texts, *noted.removed)):
                _carry_out(root, noted)
        note.unlink(missing_ok=True)


def _carry_out(root: Path, change: Change) -> None:
    for name in (*change.texts, *change.removed, *change.moved, *change.moved.values()):
        if not is_inside((root / name).parent, root):
            raise UnreadableFileError(root / name, f"it leads out of {root.name}/")
    write_texts({root / name: text for name, text in change.texts.items()})
    for old, new in change.moved.items():
        if (root / old).is_symlink() or (root / old).exists():
            (root / new).parent.mkdir(parents=True, exist_ok=True)
            (root / old).rename(root / new)
    for name in change.removed:
        (root / name).unlink(missing_ok=True)


def _is_expected(root: Path, name: str, change: Change) -> bool:
    """Return whether a file is as it was before a change, or as it is after it."""
    if not is_inside(root / name, root):
        return False
    found = _digest(root / name)
    text = change.texts.get(name)
    after = "" if text is None else hashlib.sha256(text.encode()).hexdigest()
    return found in {change.before.get(name, ""), after}


def _digest(path: Path) -> str:
    """Return the digest of a file; empty when there is none."""
    try:
        return hashlib.sha256(read_named(path)).hexdigest()
    except OSError:
        return ""


def note_of(root: Path) -> Path | None:
    """Return where a change of an app is noted while it is made; ``None`` without a home."""
    place = os.environ.get("XDG_STATE_HOME") or os.environ.get("HOME")
    if not place or not Path(place).is_absolute():
        return None
    state = Path(place) if os.environ.get("XDG_STATE_HOME") else Path(place) / ".local/state"
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()
    return state / "kuplet" / "edits" / f"{name}.json"


@contextlib.contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Let an error name the file that is written, not its draft."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _draft(path: Path, text: str, new_mode: int) -> Path:
    mode = path.stat().st_mode if path.exists() else new_mode
    prefix = f"{_DRAFT}{os.getpid()}-"
    import tempfile

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=_DRAFT_END)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as draft:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
        Path(name).chmod(mode & 0o777)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def _remove_drafts(directory: Path) -> None:
    """Remove what writers left that were killed."""
    for path in _drafts(directory):
        number = path.name.removeprefix(_DRAFT).partition("-")[0]
        if number.isdecimal() and not _is_running(int(number)):
            path.unlink(missing_ok=True)


def _drafts(directory: Path) -> Iterator[Path]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith(_DRAFT) and entry.name.endswith(_DRAFT_END):
                yield Path(entry.path)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's, or no number of a process
        return True
    return True


def _sync(directory: Path) -> None:
    """Bring the names in a directory to the disk, where its file system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
