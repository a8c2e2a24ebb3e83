"""Which version of the app's files this is: git says."""

import subprocess
from pathlib import Path

from compiler.model.release import SourceState


def source_state(root: Path) -> SourceState:
    """Return commit and branch of the checkout around an app; empty where there is none."""
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return SourceState()
    return SourceState(
        commit=commit,
        branch=_git(root, "symbolic-ref", "--quiet", "--short", "HEAD"),
        is_dirty=bool(_git(root, "status", "--porcelain", "--", ".")),
    )


def git_identity(root: Path) -> str:
    """Return ``NAME <EMAIL>`` as git would write it into a commit; empty if nobody set it."""
    # The option keeps git from making one up of the login and the machine's name.
    found = _git(root, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    return found.rpartition(">")[0] + ">" if found else ""


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints; nothing when it fails or is not there."""
    command = ("git", "-C", str(root), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  fixed words
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
