"""The only place that asks which format an app has; only what answers for that one is imported."""

from pathlib import Path

from compiler.formats.format import AnyApp, Format
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.ksonnet.load import is_ksonnet_app, load_ksonnet_app
from compiler.formats.kuplet.load import load_app, load_files


def format_of(app: AnyApp) -> Format:
    """Return what answers for an app."""
    if isinstance(app, KsonnetApp):
        from compiler.formats.ksonnet.format import KsonnetFormat

        return KsonnetFormat(app)
    from compiler.formats.kuplet.format import KupletFormat

    return KupletFormat(app)


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
