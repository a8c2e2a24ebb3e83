"""Reads an app as it was in a commit: from git's objects, never by a checkout.

The user's files, index and branches are only read.
"""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from compiler.errors import ExternalError, UsageError
from compiler.model.finding import Finding

# Where a change is meant to go, when the clone does not say which branch is the default.
_DEFAULT_BRANCHES = ("main", "master", "origin/main", "origin/master")
_LINK, _SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A git checkout around an app.

    Attributes:
        directory: The app's place in it, with ``/``; empty when it is all of it.
    """

    top: Path
    directory: str


def find_checkout(root: Path) -> Checkout:
    """Return the checkout around the app in ``root``.

    Raises:
        UsageError: There is none.
        ExternalError: There is no git.
    """
    top = _git(root, "rev-parse", "--show-toplevel", may_fail=True).decode().strip()
    if not top:
        message = f'"{root}" is not in a git repository'
        hint = "compare with another directory instead: kuplet review --against DIRECTORY"
        raise UsageError(Finding(rule="git-repository", message=message, hint=hint))
    directory = root.resolve().relative_to(Path(top).resolve()).as_posix()
    return Checkout(top=Path(top), directory="" if directory == "." else directory)


def commit_of(checkout: Checkout, revision: str) -> str:
    """Return the commit that a branch, tag or other revision names.

    Raises:
        UsageError: There is none of that name here.
    """
    found = _commit(checkout, revision)
    if found:
        return found
    if _is_shallow(checkout):
        raise _shallow(f'this clone is shallow and has no revision "{revision}"')
    message = f'git knows no revision "{revision}"'
    hint = "see git branch --all; a branch of others needs git fetch first"
    raise UsageError(Finding(rule="git-revision", message=message, hint=hint))


def default_branch(checkout: Checkout) -> str:
    """Return the branch that changes are meant to go to.

    Raises:
        UsageError: The clone does not say, and no branch has one of the usual names.
    """
    told = _git(
        checkout.top, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD",
        may_fail=True,
    )  # fmt: skip
    names = [name for name in (told.decode().strip(), *_DEFAULT_BRANCHES) if name]
    found = next((name for name in names if _commit(checkout, name)), "")
    if found:
        return found
    if _is_shallow(checkout):
        raise _shallow("this clone is shallow and has no default branch")
    message = "the default branch is unknown: there is no origin/HEAD, main or master"
    hint = "name what to compare with: kuplet review BASE"
    raise UsageError(Finding(rule="git-revision", message=message, hint=hint))


def merge_base(checkout: Checkout, first: str, second: str) -> str:
    """Return the commit at which two revisions parted.

    Raises:
        UsageError: They have none in common, or a shallow clone does not reach back to it.
    """
    commits = [commit_of(checkout, revision) for revision in (first, second)]
    found = _git(checkout.top, "merge-base", *commits, may_fail=True).decode().strip()
    if found:
        return found
    if _is_shallow(checkout):
        raise _shallow(f'this clone is shallow: it does not reach back to where "{first}" parted')
    message = f'"{first}" and "{second}" have no commit in common'
    hint = "name what to compare with: kuplet review BASE"
    raise UsageError(Finding(rule="git-revision", message=message, hint=hint))


def write_tree(checkout: Checkout, commit: str, target: Path) -> None:
    """Write the app's directory as it was in a commit into ``target``; it may be empty.

    Submodules are left out, and so are links that lead out of the app.
    """
    entries = list(_entries(checkout, commit))
    oids = "".join(f"{oid}\n" for _, oid, _ in entries).encode()
    stream = memoryview(_git(checkout.top, "cat-file", "--batch=%(objectsize)", stdin=oids))
    for mode, _, path in entries:
        head = bytes(stream[:32]).partition(b"\n")[0]
        start, end = len(head) + 1, len(head) + 1 + int(head)
        content, stream = bytes(stream[start:end]), stream[end + 1 :]
        _write(target, path, content, is_link=mode == _LINK)


def _entries(checkout: Checkout, commit: str) -> Iterator[tuple[str, str, str]]:
    """Yield mode, object and path below the app of every file in a commit."""
    where = ("--", f"{checkout.directory}/") if checkout.directory else ()
    listing = _git(checkout.top, "--literal-pathspecs", "ls-tree", "-r", "-z", commit, *where)
    for line in listing.split(b"\0"):
        if not line:
            continue
        meta, _, path = line.decode(errors="surrogateescape").partition("\t")
        mode, _, oid = meta.split(" ")
        if mode != _SUBMODULE:
            yield mode, oid, str(PurePosixPath(path).relative_to(checkout.directory))


def _write(target: Path, path: str, content: bytes, *, is_link: bool) -> None:
    place = target / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if not is_link:
        place.write_bytes(content)
        return
    destination = content.decode(errors="surrogateescape")
    if (place.parent / destination).resolve().is_relative_to(target.resolve()):
        place.symlink_to(destination)


def _commit(checkout: Checkout, revision: str) -> str:
    if revision.startswith("-"):  # git would read it as an option
        return ""
    name = f"{revision}^{{commit}}"
    found = _git(checkout.top, "rev-parse", "--quiet", "--verify", name, may_fail=True)
    return found.decode().strip()


def _is_shallow(checkout: Checkout) -> bool:
    return _git(checkout.top, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _shallow(message: str) -> UsageError:
    hint = "git fetch --unshallow origin; with actions/checkout, set fetch-depth: 0"
    return UsageError(Finding(rule="git-shallow", message=message, hint=hint))


def _git(directory: Path, *arguments: str, stdin: bytes = b"", may_fail: bool = False) -> bytes:
    """Run git without what a user's set-up may add to its answers."""
    command: Sequence[str] = ("git", "-C", str(directory), "-c", "core.quotePath=false", *arguments)
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)  # noqa: S603  no shell, no options from outside
    except FileNotFoundError as error:
        message = "git is not installed: the sides of a review are read from its objects"
        raise ExternalError(Finding(rule="git-missing", message=message)) from error
    if done.returncode == 0:
        return done.stdout
    if may_fail:
        return b""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    message = f"git {arguments[0]} failed: {said[-1] if said else 'no message'}"
    raise ExternalError(Finding(rule="git-failed", message=message, notes=tuple(said[:-1])))
