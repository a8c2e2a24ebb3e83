"""A registry in a git repository, kept as a shallow bare copy in the cache.

The ``git`` program does the work, with the user's own credentials and URL rewrites. Nothing is ever
checked out: contents are read as objects, so no hook, filter, submodule or link of a repository can
do anything. Trees come with the commit; the contents of a package come when it is wanted.
"""

import hashlib
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import ExternalError, UsageError
from compiler.git.command import run_git
from compiler.model.finding import Finding
from compiler.model.package import FetchedPackage, PackageEntry
from compiler.registry.content import Budget, refused_link
from compiler.registry.index import INDEX, PARTS, entries_of, unknown_package
from compiler.registry.uri import GitUri, checked_ref, shown_uri

_TIMEOUT_S = 600.0
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ABBREVIATED = re.compile(r"[0-9a-f]{7,39}")
_FOLDER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_ONE_FOLDERS_PARTS = re.compile(rf"[^/]+/{re.escape(PARTS)}")
_DEFAULT_BRANCH = "HEAD"
_PLAIN_FILES = ("100644", "100755")
_SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "protocol.ext.allow=never",
    "-c", "fetch.recurseSubmodules=no",
    "-c", "gc.auto=0",
)  # fmt: skip
_SETTINGS = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commit:
    """What a name in a repository means; ``branch`` is empty unless it may move."""

    sha: str
    ref: str
    branch: str = ""

    @property
    def version(self) -> str:
        """What an app pins: a tag as it is written, if a folder may be called so."""
        is_pinned = not self.branch and _FOLDER_NAME.fullmatch(self.ref)
        return self.ref if is_pinned else self.sha


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blob:
    path: str
    mode: str
    oid: str


class GitRegistry:
    """The packages in a directory of a git repository.

    Args:
        report: Called with a line of text when something could not be asked.
    """

    def __init__(self, uri: GitUri, cache: Path, report: Callable[[str], None]) -> None:
        self._uri = uri
        self._report = report
        key = hashlib.sha256(uri.url.encode()).hexdigest()[:16]
        self._repository = cache / "git" / key

    def packages(self) -> list[PackageEntry]:
        """Return what the registry offers at its own ref.

        Raises:
            ExternalError: The repository cannot be reached and is not in the cache.
        """
        commit = self._resolve(self._uri.ref)
        return self._entries(commit)

    def fetch(self, name: str, version: str = "", commit: str = "") -> FetchedPackage:
        """Return a package at a branch, tag or commit; by default at the registry's own ref.

        Args:
            commit: The commit that the version was seen at; it beats where that is now.

        Raises:
            UsageError: There is no such version, or no such package in it.
            ExternalError: The repository cannot be reached, or the package is refused.
        """
        asked = commit or version
        found = self._resolve(checked_ref(asked) if asked else self._uri.ref)
        folder = self._folder(name)
        blobs = self._tree(found.sha, folder)
        if not any(blob.path == PARTS for blob in blobs):
            raise unknown_package(name, "", self._entries(found))
        budget = Budget(name)
        for blob in blobs:
            if blob.mode not in _PLAIN_FILES:
                raise refused_link(name, blob.path)
            budget.count(blob.path)
        return FetchedPackage(
            version=found.version,
            commit=found.sha,
            branch=found.branch,
            content=self._contents(blobs, budget),
        )

    def _folder(self, name: str) -> str:
        return "/".join(part for part in (self._uri.directory, name) if part)

    def _entries(self, commit: _Commit) -> list[PackageEntry]:
        blobs = self._tree(commit.sha, self._uri.directory)
        if not blobs:
            place = f'no directory "{self._uri.directory}" at {commit.ref or commit.sha}'
            message = f"{shown_uri(self._uri.url)} has {place}"
            raise UsageError(Finding(rule="package-unknown", message=message))
        wanted = [
            blob
            for blob in blobs
            if blob.mode in _PLAIN_FILES
            and (blob.path == INDEX or _ONE_FOLDERS_PARTS.fullmatch(blob.path))
        ]
        texts = self._contents(wanted, Budget("registry"))
        index = texts.pop(INDEX, None)
        parts = {path.partition("/")[0]: text for path, text in texts.items()}
        return entries_of(parts, index, version=commit.version)

    def _resolve(self, ref: str) -> _Commit:
        """Return the commit of a ref; the network is asked only for what may have moved."""
        if _COMMIT.fullmatch(ref):
            if not self._has(ref):
                self._fetch_ref(ref, "commits", ref)
            return _Commit(sha=ref, ref=ref)
        if tag := self._cached("tags", ref):
            return _Commit(sha=tag, ref=ref)
        branch = ref or _DEFAULT_BRANCH
        try:
            return self._ask(branch)
        except ExternalError:
            head = self._cached("heads", branch)
            if not head:
                raise
            place = shown_uri(self._uri.url)
            seen = f'"{branch}" as it was seen last ({head[:12]})'
            self._report(f"cannot reach {place}: using {seen}")
            return _Commit(sha=head, ref=ref, branch=branch)

    def _ask(self, ref: str) -> _Commit:
        """Ask the repository what a name is, and fetch it; a tag hides a branch, as in git."""
        names = {f"refs/tags/{ref}": "tags", f"refs/heads/{ref}": "heads"}
        if ref == _DEFAULT_BRANCH:
            names = {_DEFAULT_BRANCH: "heads"}
        lines = self._git("ls-remote", "--quiet", "origin", *names).decode().splitlines()
        offered = {line.partition("\t")[2] for line in lines}
        for name, kind in names.items():
            if name in offered:
                self._fetch_ref(name, kind, ref)
                branch = ref if kind == "heads" else ""
                return _Commit(sha=self._cached(kind, ref), ref=ref, branch=branch)
        message = f'{shown_uri(self._uri.url)} has no branch or tag "{ref}"'
        hint = "a commit needs all of its 40 digits" if _ABBREVIATED.fullmatch(ref) else ""
        raise UsageError(Finding(rule="package-version", message=message, hint=hint))

    def _fetch_ref(self, name: str, kind: str, ref: str) -> None:
        """Fetch a commit and its trees, without contents where the server can leave them out."""
        local = _local_name(kind, ref)
        self._git(
            "fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags",
            "--no-write-fetch-head", "origin", f"+{name}:{local}",
        )  # fmt: skip

    def _cached(self, kind: str, ref: str) -> str:
        name = f"{_local_name(kind, ref)}^{{commit}}"
        return self._git("rev-parse", "--quiet", "--verify", name, may_fail=True).decode().strip()

    def _has(self, sha: str) -> bool:
        return sha in self._present()

    def _present(self) -> set[str]:
        """Return all objects of the cache; any other question would make git fetch what lacks."""
        text = self._git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
        return set(text.decode().split())

    def _tree(self, sha: str, directory: str) -> list[_Blob]:
        """Return everything below a directory of a commit; nothing when it does not exist."""
        tree = self._git(
            "rev-parse", "--quiet", "--verify", f"{sha}:{directory}", may_fail=True
        ).strip()
        listing = self._git("ls-tree", "-r", "-z", tree.decode()) if tree else b""
        return [_blob(line) for line in listing.split(b"\0") if line]

    def _contents(self, blobs: Sequence[_Blob], budget: Budget) -> dict[str, bytes]:
        """Return the content of blobs by path; what the cache lacks is fetched at once."""
        missing = {blob.oid for blob in blobs} - self._present()
        if missing:
            self._git(
                "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags",
                "--no-write-fetch-head", "--filter=blob:none", "--stdin", "origin",
                stdin=_lines(missing),
            )  # fmt: skip
        oids = _lines(blob.oid for blob in blobs)
        sizes = self._git("cat-file", "--batch-check=%(objectsize)", stdin=oids).split()
        for blob, size in zip(blobs, sizes, strict=True):
            budget.measure(blob.path, int(size))
        found: dict[str, bytes] = {}
        stream = self._git("cat-file", "--batch=%(objectsize)", stdin=oids)
        for blob in blobs:
            size, _, rest = stream.partition(b"\n")
            found[blob.path], stream = rest[: int(size)], rest[int(size) + 1 :]
        return found

    def _git(self, *arguments: str, stdin: bytes = b"", may_fail: bool = False) -> bytes:
        """Run git on the cached copy, which is made when it is missing."""
        if not (self._repository / "HEAD").exists():
            _run(("init", "--quiet", "--bare", "--template=", str(self._repository)), self._uri)
        place = (f"--git-dir={self._repository}", "-c", f"remote.origin.url={self._uri.url}")
        return _run((*_SAFE, *place, *arguments), self._uri, stdin, may_fail=may_fail)


def _local_name(kind: str, ref: str) -> str:
    """Return where the cache keeps a ref; slashes would let one name stand in another's way."""
    return f"refs/kuplet/{kind}/{ref.replace('/', '%2F')}"


def _blob(line: bytes) -> _Blob:
    head, _, path = line.partition(b"\t")
    mode, _, oid = head.decode().split(" ", 2)
    return _Blob(path=path.decode(errors="surrogateescape"), mode=mode, oid=oid)


def _lines(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode()


def _run(
    arguments: Sequence[str], uri: GitUri, stdin: bytes = b"", *, may_fail: bool = False
) -> bytes:
    try:
        done = run_git(
            arguments,
            purpose="registries in git repositories are read with it",
            stdin=stdin,
            settings=_SETTINGS,
            timeout_s=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{shown_uri(uri.url)} took longer than {_TIMEOUT_S:g} seconds"
        raise ExternalError(Finding(rule="registry-unreachable", message=message)) from error
    if done.returncode == 0:
        return done.stdout
    if may_fail:
        return b""
    said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    notes = tuple(shown_uri(line) for line in said[:5])
    message = f"git cannot read {shown_uri(uri.url)}"
    hint = "check the address, the network and your git credentials"
    raise ExternalError(
        Finding(rule="registry-unreachable", message=message, notes=notes, hint=hint)
    )
