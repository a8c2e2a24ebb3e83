"""``kuplet affected``: what a change of files may reach."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import output_option
from compiler.cli.output import show
from compiler.cli.report.languages import json_text, one_line
from compiler.errors import UsageError
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.model.finding import Finding
from compiler.verbs.affected import affected_by


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@output_option("text", "json")
@click.pass_obj
def affected(directory: Path, /, files: tuple[str, ...], output: str) -> None:
    """List the environments, and their components, that may read any of FILEs.

    Nothing is compiled: it follows imports and says too much rather than too little. A file that is
    there no more counts, one outside the app does not. `-` reads names from standard input, one a
    line: git diff --name-only main | kuplet affected -
    """
    app = load_any_app(directory)
    if isinstance(app, KsonnetApp):
        message = "what a component of ksonnet reads is known only when it is evaluated"
        raise UsageError(Finding(rule="affected-ksonnet", message=message, hint="kuplet upgrade"))
    found = affected_by(app, set(_inside(app.root, _named(files))))
    if output == "json":
        show(json_text({"environments": {name: list(names) for name, names in found.items()}}))
        return
    for name, components in found.items():
        show(one_line(f"{name}: {', '.join(components)}"))


def _named(files: Iterable[str]) -> Iterable[str]:
    for file in files:
        if file == "-":
            yield from filter(None, sys.stdin.read().splitlines())
        else:
            yield file


def _inside(root: Path, files: Iterable[str]) -> Iterable[str]:
    """Yield the paths of files from the top of the app; those outside are none of it."""
    for file in files:
        path = Path(os.path.normpath(Path.cwd().resolve() / file))
        if path.is_relative_to(root):
            yield path.relative_to(root).as_posix()
