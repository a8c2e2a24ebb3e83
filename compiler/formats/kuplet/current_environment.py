"""Remembers which environment a command means that names none: ``.ks_environment``, as in ksonnet.

The file says something about a person, not about the app; it is not meant to be committed.
"""

from pathlib import Path

from compiler.text.files import write_text
from compiler.text.reading import read_inside

CURRENT_FILE = ".ks_environment"


def current_environment(root: Path) -> str:
    """Return the name of the current environment; empty when none was chosen."""
    path = root / CURRENT_FILE
    return read_inside(path, root).decode(errors="replace").strip() if path.is_file() else ""


def set_current_environment(root: Path, name: str) -> None:
    """Choose an environment; an empty name chooses none."""
    path = root / CURRENT_FILE
    if name:
        write_text(path, name)  # ksonnet wrote no line end
    else:
        path.unlink(missing_ok=True)


def replace_current_environment(root: Path, old: str, new: str) -> None:
    """Choose ``new`` if ``old`` was chosen."""
    if current_environment(root) == old:
        set_current_environment(root, new)
