"""Names that the shell completes: read from the app's files, nothing is compiled.

A broken app must not disturb the shell: then nothing is offered. Neither is a name that would be
more than a word to it: what it completes it takes for typed.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

if TYPE_CHECKING:
    from compiler.formats.format import AnyApp

_WORD = re.compile(r"[\w./@:+%=-]+")

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]


def _completer(names: Callable[["AnyApp", click.Context], Iterable[str]]) -> Completer:
    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        from compiler.cli.app import load_any_app
        from compiler.errors import KupletError

        try:
            app = load_any_app(ctx.find_root().params.get("directory") or Path())
            found = sorted(set(names(app, ctx)))
        except KupletError:
            return []
        return [name for name in found if name.startswith(incomplete) and _WORD.fullmatch(name)]

    return complete


def _environments(app: "AnyApp", _: click.Context) -> Iterable[str]:
    return app.environment_names


def _environment_files(app: "AnyApp", _: click.Context) -> Iterable[str]:
    return app.environments


def _components(app: "AnyApp", _: click.Context) -> Iterable[str]:
    from compiler.formats.choice import format_of

    return (row[0] for row in format_of(app).views.components(module=None).rows)


def _words(app: "AnyApp", ctx: click.Context) -> Iterable[str]:
    """Offer a component, and then its parameters."""
    from compiler.formats.choice import format_of

    words = ctx.params.get("words") or ()
    if not words:
        return _components(app, ctx)
    return format_of(app).views.parameter_names(words[0]) if len(words) == 1 else ()


def _parameters(app: "AnyApp", ctx: click.Context) -> Iterable[str]:
    from compiler.formats.choice import format_of

    views = format_of(app).views
    return (
        f"{component}.{name}"
        for component in _components(app, ctx)
        for name in views.parameter_names(component)
    )


def _settings(app: "AnyApp", ctx: click.Context) -> Iterable[str]:
    return (f"{name}=" for name in _parameters(app, ctx))


def complete_prototype(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the names of prototypes: the built-in ones, and those of the app's packages."""
    from compiler.cli.app import known_prototypes
    from compiler.errors import KupletError

    try:
        known = known_prototypes(ctx.find_root().params.get("directory") or Path())
    except KupletError:
        return []
    short = {item.package or name for name, item in known.items()}
    return sorted(name for name in short if name.startswith(incomplete) and _WORD.fullmatch(name))


def _packages(app: "AnyApp", _: click.Context) -> Iterable[str]:
    from compiler.formats.choice import format_of

    return map(str, format_of(app).used_packages())


def _registries(app: "AnyApp", _: click.Context) -> Iterable[str]:
    return app.registries


complete_environment = _completer(_environments)
complete_environment_file = _completer(_environment_files)
complete_component = _completer(_components)
complete_words = _completer(_words)
complete_parameter = _completer(_parameters)
complete_setting = _completer(_settings)
complete_package = _completer(_packages)
complete_registry = _completer(_registries)
