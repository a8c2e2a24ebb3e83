"""Reads an app as it is in a commit or in the index: from git's objects, never by a checkout.

The user's files, index and branches are only read.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from compiler.errors import ExternalError, UsageError
from compiler.git.command import INDEX_FILE, git_at, run_git
from compiler.model.finding import Finding

# Where a change is meant to go, when the clone does not say which branch is the default.
_DEFAULT_BRANCHES = ("main", "master", "origin/main", "origin/master")
_LINK, _SUBMODULE = "120000", "160000"
_MERGED = "0"  # the stage of a file in the index that has no conflict
_BATCH = 500  # files that are in memory at the same time
_HEAD = 24  # bytes in which the size of an object surely ends


class _Entry(NamedTuple):
    oid: str
    path: str
    is_link: bool


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
        UsageError: There is none, or git does not trust it.
        ExternalError: There is no git.
    """
    done = _run(root, "rev-parse", "--show-toplevel")
    top = os.fsdecode(done.stdout).rstrip("\n")
    if not top:
        raise UsageError(_no_checkout(root, done.stderr.decode(errors="replace")))
    directory = root.resolve().relative_to(Path(top).resolve()).as_posix()
    return Checkout(top=Path(top), directory="" if directory == "." else directory)


def _no_checkout(root: Path, said: str) -> Finding:
    if "safe.directory" in said:  # usual in containers: the files are another user's
        message = f'git does not trust the repository around "{root}", which another user owns'
        hint = "trust it: git config --global --add safe.directory DIRECTORY"
    else:
        message = f'"{root}" is not in a git repository'
        hint = "compare with another directory instead: kuplet review --against DIRECTORY"
    return Finding(rule="git-repository", message=message, hint=hint)


def last_commit(checkout: Checkout) -> str:
    """Return the commit that the next one will follow; empty when it will be the first."""
    return _commit(checkout, "HEAD")


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
    _write(checkout, _entries(checkout, commit), target)


def write_index(checkout: Checkout, target: Path) -> None:
    """Write the app's directory as the next commit would hold it into ``target``, likewise.

    Within a hook that is the index which git names: ``git commit FILE`` makes one of its own.

    Raises:
        UsageError: A merge left conflicts in it.
    """
    _write(checkout, _staged(checkout), target)


def _write(checkout: Checkout, found: Iterable[_Entry], target: Path) -> None:
    """Write files and then links, so that nothing can be written through one of a repository."""
    entries = [item for item in found if _is_inside(item.path)]
    for start in range(0, len(entries), _BATCH):
        for entry, content in _contents(checkout, entries[start : start + _BATCH]):
            place = target / entry.path
            if not entry.is_link:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
    links = [item for item in entries if item.is_link]
    for entry, content in _contents(checkout, links):
        _link(target, entry.path, content.decode(errors="surrogateescape"))


def _link(target: Path, path: str, destination: str) -> None:
    place = target / path
    leads_to = (place.parent / destination).resolve()
    if all(each.is_relative_to(target.resolve()) for each in (leads_to, place.parent.resolve())):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(destination)


def _entries(checkout: Checkout, commit: str) -> Iterator[_Entry]:
    """Yield every file of the app in a commit, with its path below the app."""
    for line in _listed(checkout, "ls-tree", "-r", "-z", commit):
        meta, _, path = line.partition("\t")
        mode, _, oid = meta.split(" ")
        if mode != _SUBMODULE:
            yield _Entry(oid, _below(checkout, path), is_link=mode == _LINK)


def _staged(checkout: Checkout) -> Iterator[_Entry]:
    """Yield every file of the app in the index, but those that are only announced (``add -N``)."""
    added = ("diff-files", "--diff-filter=A", "--name-only", "-z")
    announced = set(_listed(checkout, *added, own_index=True))
    for line in _listed(checkout, "ls-files", "--stage", "-z", own_index=True):
        meta, _, path = line.partition("\t")
        mode, oid, stage = meta.split(" ")
        if stage != _MERGED:
            raise _unmerged(path)
        if mode != _SUBMODULE and path not in announced:
            yield _Entry(oid, _below(checkout, path), is_link=mode == _LINK)


def _unmerged(path: str) -> UsageError:
    message = f'"{path}" has a merge conflict: what the next commit will hold is not decided'
    hint = "resolve it, then: git add FILE"
    return UsageError(Finding(rule="git-unmerged", message=message, hint=hint))


def _listed(checkout: Checkout, *arguments: str, own_index: bool = False) -> Iterator[str]:
    """Yield what git says of each file of the app, paths being those in the repository."""
    where = ("--", f"{checkout.directory}/") if checkout.directory else ()
    command = ("--literal-pathspecs", *arguments, *where)
    listing = _git(checkout.top, *command, own_index=own_index)
    yield from filter(None, listing.decode(errors="surrogateescape").split("\0"))


def _below(checkout: Checkout, path: str) -> str:
    return str(PurePosixPath(path).relative_to(checkout.directory))


def _is_inside(path: str) -> bool:
    """Return whether a path stays below where it is written; git lets a crafted tree say more."""
    return not path.startswith("/") and ".." not in PurePosixPath(path).parts


def _contents(checkout: Checkout, entries: Sequence[_Entry]) -> Iterator[tuple[_Entry, bytes]]:
    oids = "".join(f"{entry.oid}\n" for entry in entries).encode()
    stream = memoryview(_git(checkout.top, "cat-file", "--batch=%(objectsize)", stdin=oids))
    for entry in entries:
        head = bytes(stream[:_HEAD]).partition(b"\n")[0]
        start, end = len(head) + 1, len(head) + 1 + int(head)
        yield entry, bytes(stream[start:end])
        stream = stream[end + 1 :]


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


def _git(
    directory: Path,
    *arguments: str,
    stdin: bytes = b"",
    may_fail: bool = False,
    own_index: bool = False,
) -> bytes:
    done = _run(directory, *arguments, stdin=stdin, own_index=own_index)
    if done.returncode == 0:
        return done.stdout
    if may_fail:
        return b""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    message = f"git {arguments[0]} failed: {said[-1] if said else 'no message'}"
    raise ExternalError(Finding(rule="git-failed", message=message, notes=tuple(said[:-1])))


def _run(
    directory: Path, *arguments: str, stdin: bytes = b"", own_index: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run git on the repository around a directory, also from within one of git's hooks.

    Only with ``own_index`` the index is the one that the hook's environment names.
    """
    purpose = "the sides of a review are read from its objects"
    command = (*git_at(directory), *arguments)
    return run_git(command, purpose=purpose, stdin=stdin, kept=[INDEX_FILE] if own_index else ())
