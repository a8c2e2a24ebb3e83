"""Finds the sandbox's programs, and builds those that are not there yet."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from compiler.sandbox.building import build
from compiler.sandbox.catalogue import Program
from compiler.sandbox.layout import make_private_directory
from compiler.sandbox.locking import exclusive
from compiler.sandbox.toolchain import find_go


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledProgram:
    """An executable that the sandbox can run.

    Attributes:
        program: What it is.
        path: The executable.
        version: Its own version, which may differ from the pinned one if kuplet did not build it.
        origin: Where it was found: ``KUBEBUILDER_ASSETS``, ``PATH`` or ``kuplet``.
    """

    program: Program
    path: Path
    version: str
    origin: str


def cached_path(program: Program, cache: Path) -> Path:
    """Return where kuplet keeps its own build of a program."""
    return cache / "programs" / f"{program.name}-{program.version}-{program.cache_key}"


def find_program(program: Program, cache: Path) -> InstalledProgram | None:
    """Look for a program that fits the others: the user's own ones first, then kuplet's build."""
    if program.usable is not None:
        for origin, path in _foreign_candidates(program.name):
            version = _fitting_version(program, path)
            if version:
                return InstalledProgram(program=program, path=path, version=version, origin=origin)
    built = cached_path(program, cache)
    if not built.exists():
        return None
    return InstalledProgram(program=program, path=built, version=program.version, origin="kuplet")


def install_programs(
    programs: Iterable[Program], cache: Path, on_progress: Callable[[str], None]
) -> dict[str, InstalledProgram]:
    """Find the programs and build the missing ones, one after another.

    Args:
        programs: What is needed.
        cache: kuplet's cache directory; an unfinished build goes on where it stopped.
        on_progress: Called with one line of text whenever there is news.

    Returns:
        The executables by name of their program.

    Raises:
        ExternalError: ``sandbox-no-go``, ``-no-network``, ``-no-space`` or ``-build-failed``.
    """
    wanted = tuple(programs)
    found = {program.name: find_program(program, cache) for program in wanted}
    if None in found.values():
        missing = [program for program in wanted if found[program.name] is None]
        _build_missing(missing, cache, on_progress)
        found |= {program.name: find_program(program, cache) for program in missing}
    return {name: program for name, program in found.items() if program is not None}


def _build_missing(
    programs: list[Program], cache: Path, on_progress: Callable[[str], None]
) -> None:
    make_private_directory(cache)
    toolchain = find_go()
    with exclusive(
        cache / "build.lock", lambda: on_progress("waiting for another kuplet that builds programs")
    ):
        # Another kuplet may have built some of them in the meantime.
        missing = [each for each in programs if not cached_path(each, cache).exists()]
        build(missing, toolchain, lambda program: cached_path(program, cache), on_progress)


def _foreign_candidates(name: str) -> Iterator[tuple[str, Path]]:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and os.access(Path(assets) / name, os.X_OK):
        yield "KUBEBUILDER_ASSETS", Path(assets) / name
    on_path = shutil.which(name)
    if on_path:
        yield "PATH", Path(on_path)


def _fitting_version(program: Program, path: Path) -> str:
    """Return the version of an executable; empty when it does not fit the other programs."""
    try:
        asked = subprocess.run(  # noqa: S603  an executable the user put on PATH by this name
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = program.usable.search(asked.stdout) if program.usable else None
    return match[1] if match else ""
