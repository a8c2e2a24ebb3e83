"""What most commands begin with: find the app, check the names that were typed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from compiler.bundled import bundled
from compiler.cache.recording import begin_recording
from compiler.errors import UsageError
from compiler.formats.choice import format_of, load_any, load_any_files
from compiler.formats.kuplet.load import find_app_root, unknown_environment
from compiler.model.finding import Severity
from compiler.model.jsonnet import JsonnetOptions
from compiler.model.prototype import Prototype
from compiler.registry.library import RESERVED, library
from compiler.registry.vendor import installed_prototypes
from compiler.text.files import note_of
from compiler.text.locking import edit_lock
from compiler.text.reading import read_inside

if TYPE_CHECKING:
    from compiler.formats.format import AnyApp

Command = TypeVar("Command", bound=Callable[..., Any])


def editing(command: Command) -> Command:
    """Let a command that changes an app's files be the only one that does, from reading on."""

    @wraps(command)
    def locked(directory: Path, /, *arguments: Any, **options: Any) -> Any:
        with edit_lock(find_app_root(directory)):
            return command(directory, *arguments, **options)

    return cast("Command", locked)


README = "README.md"


def load_any_app(directory: Path, *environments: str) -> "AnyApp":
    """Load the app around ``directory`` and check that the environments exist.

    Raises:
        UsageError: There is no app, or no such environment.
        AppError: The app's files are wrong.
    """
    root = find_app_root(directory)
    app = load_any(root)
    for name in environments:
        if name not in app.environment_names:
            raise unknown_environment(app, name)
    return app


def load_recorded_app(directory: Path, *environments: str, options: Mapping[str, Any]) -> "AnyApp":
    """Load the app, and keep in mind all that is read and said from now on: it may be kept.

    Args:
        options: The parsed ``compile_options``; what they read elsewhere nobody watches.
    """
    reads_elsewhere = any(options[name] for name in ("jpath", "ext_str_file", "tla_str_file"))
    if not (options["no_cache"] or reads_elsewhere):
        root = find_app_root(directory)
        begin_recording(str(directory), str(root), str(note_of(root) or ""))
    return load_any_app(directory, *environments)


def load_editable_app(directory: Path, environment: str | None) -> "AnyApp":
    """Load the app; an abstract environment may be named too, because its file can be edited.

    Raises:
        UsageError: There is no app, or no such environment.
    """
    app = load_any_app(directory)
    if environment and environment not in app.environments:
        raise unknown_environment(app, environment)
    return app


def known_prototypes(directory: Path) -> Mapping[str, Prototype]:
    """Return the built-in prototypes, and around an app those of its packages.

    One that cannot be read is a warning: it must not hide the others.
    """
    from compiler.cli.report.findings import print_findings

    app = _app_around(directory)
    if app is None:
        return library()
    installed = installed_prototypes(app.root, format_of(app).used_packages())
    print_findings([replace(item, severity=Severity.WARNING) for item in installed.broken])
    return {**installed.prototypes, **library()}


def readme_of(prototype: Prototype, directory: Path) -> str:
    """Return the README of a prototype's package; empty when it has none."""
    place = prototype.file.rpartition("/prototypes/")[0]
    registry, _, package = place.partition("/")
    if registry in RESERVED:
        root = bundled("prototypes")
        file = root / package / README
    else:
        app = _app_around(directory)
        root = app.root if app else directory
        file = root / place / README
    return read_inside(file, root).decode(errors="replace") if place and file.is_file() else ""


def preview_imports(directory: Path) -> tuple[Path, JsonnetOptions]:
    """Return the directory and the imports with which a prototype is tried out."""
    app = _app_around(directory)
    if app is None:
        return Path.cwd(), JsonnetOptions()
    return app.root, format_of(app).preview_imports()


def _app_around(directory: Path) -> "AnyApp | None":
    """Return the app's own files: prototypes are shown even where a package is missing."""
    try:
        root = find_app_root(directory)
    except UsageError:
        return None
    return load_any_files(root)
