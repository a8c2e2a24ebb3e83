"""``kuplet cache``: what is kept between runs."""

import sys

import click

from compiler.cache.store import cache_directory
from compiler.cache.upkeep import MOST_BYTES, clear, kept
from compiler.cli.options import output_option
from compiler.cli.output import say, show
from compiler.cli.report.languages import json_text
from compiler.stages.words import counted

_MEGABYTE = 1_000_000


@click.group()
def cache() -> None:
    """Look after what kuplet keeps so that nothing is worked out twice.

    It keeps whole answers of compile and validate, and in which environments validate found nothing
    wrong, as long as nothing changes that this depends on. Nothing with the values of a Secret is
    kept. Without any of it kuplet says the same, later.
    """


@cache.command()
@output_option("text", "json")
def info(output: str) -> None:
    """Say where that is, and how much."""
    directory, found = cache_directory(), kept()
    size = sum(item.size for item in found)
    if output == "json":
        document = {
            "directory": directory,
            "answers": len(found),
            "bytes": size,
            "most": MOST_BYTES,
        }
        show(json_text(document))
    elif not directory:
        show("nothing is kept: KUPLET_NO_CACHE is set, or there is no place for it")
    else:
        of = f"{size / _MEGABYTE:.1f} MB of {MOST_BYTES / _MEGABYTE:.0f} MB"
        show(f"{counted(len(found), 'answer')}, {of}, in {directory}")


@cache.command()
def verify() -> None:
    """Read everything, and remove what is damaged.

    A damaged answer is never given, so nothing is wrong with what was said. Exits with 1 when there
    was one.
    """
    found = kept()
    damaged = [item for item in found if not item.is_whole]
    for item in damaged:
        item.remove()
        show(f"removed {item.path}: it is damaged")
    say(f"{counted(len(found) - len(damaged), 'answer')} whole, {len(damaged)} damaged")
    if damaged:
        sys.exit(1)


@cache.command("clear")
def clear_() -> None:
    """Remove everything that is kept."""
    found = clear()
    size = sum(item.size for item in found)
    say(f"removed {counted(len(found), 'answer')}, {size / _MEGABYTE:.1f} MB")
