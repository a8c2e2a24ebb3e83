"""Runs the real command line in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.forks.client import run_fork

# What the interpreter and the C library read only once, when a process starts.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "LD_")


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    stdout: str
    stderr: str


def run_kuplet(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = 240,
) -> Done:
    """Run ``kuplet`` without a terminal and return what it printed.

    The process is a fork of an interpreter that has imported the commands before. With
    ``KUPLET_TESTS_COLD=1`` it is started like any other program.
    """
    if os.environ.get("KUPLET_TESTS_COLD") == "1":
        return start_kuplet(*arguments, cwd=cwd, env=env, stdin=stdin, timeout_s=timeout_s)
    late = [name for name in env or {} if name.startswith(_READ_AT_START)]
    assert not late, f"a fork does not read {late}: use start_kuplet"
    done = run_fork(
        "compiler",
        *arguments,
        cwd=cwd,
        env=_environment(env),
        stdin=stdin.encode(),
        timeout_s=timeout_s,
    )
    return Done(done.returncode, _text(done.stdout), _text(done.stderr))


def start_kuplet(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = 240,
) -> Done:
    """Run ``kuplet`` like ``run_kuplet``, but start it from cold, as users do."""
    done = subprocess.run(
        [sys.executable, "-m", "compiler", *arguments],
        cwd=cwd,
        env=_environment(env),
        input=stdin.encode(),
        capture_output=True,
        check=False,
        timeout=timeout_s,
    )
    return Done(done.returncode, _text(done.stdout), _text(done.stderr))


def _environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", **(changes or {})}


def _text(written: bytes) -> str:
    return written.decode().replace("\r\n", "\n").replace("\r", "\n")
