"""The only place that asks which format an app has."""

from pathlib import Path

from compiler.formats.format import AnyApp
from compiler.formats.ksonnet.load import is_ksonnet_app, load_ksonnet_app
from compiler.formats.kuplet.load import load_app, load_files


def load_any(root: Path) -> AnyApp:
    """Read the app in ``root``.

    Raises:
        AppError: With everything that is wrong with its files.
    """
    return load_ksonnet_app(root) if is_ksonnet_app(root) else load_app(root)


def load_any_files(root: Path) -> AnyApp:
    """Read the app's own files only: its packages may be missing.

    Raises:
        AppError: With everything that is wrong with its files.
    """
    return load_ksonnet_app(root) if is_ksonnet_app(root) else load_files(root)
