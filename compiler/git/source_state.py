"""Which version of the app's files this is: git says."""

from pathlib import Path

from compiler.errors import ExternalError
from compiler.git.command import git_at, run_git, text_of
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


def is_recoverable(root: Path) -> bool | None:
    """Return whether git can bring back every file of an app; ``None`` where it knows none."""
    try:
        status = (*git_at(root), "status", "--porcelain", "--", ".")
        done = run_git(status, purpose="it brings old files back")
    except ExternalError:
        return None
    return None if done.returncode else not done.stdout.strip()


def git_identity(root: Path) -> str:
    """Return ``NAME <EMAIL>`` as git would write it into a commit; empty if nobody set it."""
    # The option keeps git from making one up of the login and the machine's name.
    found = _git(root, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    return found.rpartition(">")[0] + ">" if found else ""


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints; nothing when it fails or is not there."""
    try:
        done = run_git((*git_at(root), *arguments), purpose="a release names the commit")
    except ExternalError:
        return ""
    return text_of(done.stdout).strip() if done.returncode == 0 else ""
