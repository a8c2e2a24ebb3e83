"""Writes the file of a promotion, and commits it alone."""

from collections.abc import Mapping
from pathlib import Path

from compiler.errors import AppError, KupletError, UsageError
from compiler.formats.kuplet.load import ENVIRONMENTS
from compiler.git.command import git_at, run_git, text_of
from compiler.model.finding import Finding
from compiler.model.source import SourceSpan
from compiler.text.files import change_files, read_exactly, write_texts


def check_committable(root: Path, target: str) -> None:
    """Check that a commit of the target's file would hold the promotion and nothing else.

    Raises:
        AppError: The file has edits that nobody committed; a file that git does not know has none.
        UsageError: Git refuses.
        ExternalError: There is no git.
    """
    file = f"{ENVIRONMENTS}/{target}.yaml"
    state = _git(root, "status", "--porcelain", "--", file)
    if not state.strip() or state.startswith("??"):
        return
    message = f"{file} has other edits, which the commit would take along"
    hint = "commit or stash them first, or promote without --commit and --branch"
    span = SourceSpan(file)
    raise AppError(Finding(rule="promotion-uncommitted", message=message, span=span, hint=hint))


def write_promotion(root: Path, texts: Mapping[str, str], branch: str, message: str) -> str:
    """Write the target's file; with a message, commit it alone.

    Args:
        branch: A new git branch for the commit; empty for the one that is checked out.

    Returns:
        What was done, for people.

    Raises:
        UsageError: Git refuses; file and branch stay as they were.
        ExternalError: There is no git; the same.
    """
    before = {root / file: read_exactly(root / file, root) for file in texts}
    if branch:
        _git(root, "switch", "--quiet", "--create", branch)
    change_files(root, texts)
    files = tuple(texts)
    if not message:
        return f"wrote {', '.join(files)}"
    is_new = not _git(root, "ls-files", "--", *files)
    try:
        if is_new:  # a new file is unknown to commit
            _git(root, "add", "--intent-to-add", "--", *files)
        _git(root, "commit", "--quiet", f"--message={message}", "--", *files)
    except KupletError:
        write_texts(before)
        if is_new:
            _git(root, "rm", "--quiet", "--cached", "--force", "--ignore-unmatch", "--", *files)
        if branch:
            _git(root, "checkout", "--quiet", "-")
            _git(root, "branch", "--quiet", "--delete", "--force", branch)
        raise
    return f"committed to {branch or _git(root, 'branch', '--show-current').strip() or 'HEAD'}"


def _git(root: Path, *arguments: str) -> str:
    """Run git and return what it prints.

    Raises:
        UsageError: Git refuses.
        ExternalError: There is no git.
    """
    done = run_git((*git_at(root), *arguments), purpose="a commit needs it")
    if done.returncode:
        said = text_of(done.stderr).strip() or text_of(done.stdout).strip()
        silence = f"git {arguments[0]} ends with exit code {done.returncode} and says nothing"
        hint = "" if said else "look at the hooks of git"
        message = f"git refuses: {said or silence}"
        raise UsageError(Finding(rule="git-refused", message=message, hint=hint))
    return text_of(done.stdout)
