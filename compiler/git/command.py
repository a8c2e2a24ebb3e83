"""The one door to the git program."""

import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from compiler.errors import ExternalError
from compiler.model.finding import Finding

INDEX_FILE = "GIT_INDEX_FILE"
# What git sets for hooks and aliases: it would lead away from the directory that is asked about.
_OF_A_HOOK = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    INDEX_FILE,
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
}


def git_at(directory: Path) -> tuple[str, ...]:
    """Return the words before a command about the repository around a directory."""
    return ("-C", str(directory))


def run_git(
    arguments: Sequence[str],
    *,
    purpose: str,
    stdin: bytes = b"",
    kept: Collection[str] = (),
    settings: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git, whatever its exit code, with the user's own configuration and credentials.

    Args:
        arguments: No option may come from outside unchecked.
        purpose: What needs it, for the error where there is no git: "a commit needs it".
        kept: Variables that a hook's environment has, and that git is to obey nevertheless.
        settings: Variables that it sees besides.

    Raises:
        ExternalError: There is no git.
        subprocess.TimeoutExpired: It took too long, and was killed.
    """
    unwanted = _OF_A_HOOK.difference(kept)
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    try:
        return subprocess.run(  # noqa: S603  no shell, no options from outside
            ["git", *arguments],  # noqa: S607  the user's own git
            input=stdin,
            capture_output=True,
            check=False,
            env={**environment, **(settings or {})},
            timeout=timeout_s,
        )
    except FileNotFoundError as error:
        message = f"the program git is not in PATH: {purpose}"
        raise ExternalError(Finding(rule="git-missing", message=message)) from error


def text_of(output: bytes) -> str:
    """Return what git printed as text, whatever bytes names of files have."""
    return output.decode(errors="surrogateescape")
