"""Runs what others run: hooks, steps of pipelines; with the kuplet that is tested in ``PATH``."""

import os
import shlex
import sys
from pathlib import Path


def with_kuplet(directory: Path) -> dict[str, str]:
    """Return an environment in which ``kuplet`` is this one, without what a pipeline sets."""
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "kuplet"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m compiler "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CI_", "GIT_"))
    }
    return {**mine, "PATH": f"{directory}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
