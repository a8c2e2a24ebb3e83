"""Runs the real command line in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
    """Run ``kuplet`` without a terminal and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "compiler", *arguments],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100", **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    return Done(done.returncode, done.stdout, done.stderr)
