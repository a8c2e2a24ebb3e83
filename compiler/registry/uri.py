"""Reads what people write as the place of a registry: a directory, a git repository, a bucket."""

import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.registry.index import INDEX

_GITHUB = re.compile(
    r"(?:https?://)?(?:www\.)?github\.com/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?"
    r"(?:/(?:tree|blob)/(?P<ref>[^/]+)(?P<path>/.*)?)?"
)
_SCP_LIKE = re.compile(r"[A-Za-z0-9_.][\w.-]*@[A-Za-z0-9][\w.-]*:[^-:][^:]*")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_GIT_SCHEMES = ("https", "http", "ssh", "file")
_CREDENTIALS = re.compile(r"(?:(?<=://)[^/@\s]+|(?<![^\s'\"])[^/@\s:]+:[^/@\s]+)@")
_FORMS = (
    "a directory, github.com/OWNER/NAME/tree/REF/DIRECTORY, URL.git//DIRECTORY?ref=REF,"
    " or s3://BUCKET/PREFIX"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitUri:
    """A directory of a git repository.

    Attributes:
        ref: A branch, tag or commit; empty for the repository's default branch.
        directory: Where the packages are; empty for the top.
    """

    url: str
    ref: str = ""
    directory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryUri:
    """A directory of this machine; a relative one is meant from the app's root."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Uri:
    """Objects of a bucket whose keys begin alike."""

    bucket: str
    prefix: str = ""


RegistryUri: TypeAlias = GitUri | DirectoryUri | S3Uri


def parse_uri(text: str) -> RegistryUri:
    """Return what a URI means.

    Raises:
        UsageError: It is none that kuplet can read, or it holds a password.
    """
    if not text or text.startswith("-") or not text.isprintable():
        _refuse(text, "this is no registry", f"write {_FORMS}")
    if match := _GITHUB.fullmatch(text):
        return _github(text, match)
    location, _, query = text.partition("?")
    scheme = location.partition("://")[0] if "://" in location else ""
    if scheme == "s3":
        return _s3(text)
    bare, directory = _split_directory(location.removeprefix("git+"))
    if scheme.startswith("git+") or bare.endswith(".git"):
        return _git(text, bare, directory, query)
    if scheme == "file":
        return DirectoryUri(path=urlsplit(text).path)
    if scheme in ("http", "https"):
        hint = "a git repository ends in .git or begins with git+; Helm charts are not supported"
        _refuse(text, "this is no git repository", hint)
    if scheme or "@" in text.partition("/")[0] or re.match(r"[\w+-]+::", text):
        _refuse(text, "registries of this kind are not supported", f"write {_FORMS}")
    return DirectoryUri(path=text)


def protocol_of(uri: RegistryUri) -> str:
    """Return the kind of a registry in one word."""
    match uri:
        case GitUri():
            return "git"
        case DirectoryUri():
            return "directory"
        case S3Uri():
            return "s3"


def shown_uri(text: str) -> str:
    """Return a URI, or a text with URIs in it, without what may be a password."""
    return _CREDENTIALS.sub(lambda found: "git@" if found[0] == "git@" else "***@", text)


def checked_ref(ref: str) -> str:
    """Return the name of a branch, tag or commit that is safe to hand to git.

    Raises:
        UsageError: It is none.
    """
    if _REF.fullmatch(ref) and ".." not in ref and "//" not in ref and not ref.endswith("/"):
        return ref
    message = f'"{ref}" cannot be a branch, tag or commit'
    raise UsageError(Finding(rule="package-version", message=message))


def _github(text: str, match: re.Match[str]) -> GitUri:
    path = (match["path"] or "").strip("/")
    if path.endswith(INDEX):
        path = path.removesuffix(INDEX).rstrip("/")
    return GitUri(
        url=f"https://github.com/{match['owner']}/{match['name']}",
        ref=checked_ref(match["ref"]) if match["ref"] else "",
        directory=_checked_directory(text, path),
    )


def _git(text: str, url: str, directory: str, query: str) -> GitUri:
    parts = urlsplit(url)
    is_scp_like = "://" not in url
    if is_scp_like and not _SCP_LIKE.fullmatch(url) and not url.startswith(("/", ".")):
        _refuse(text, "this is no git repository", f"write {_FORMS}")
    if not is_scp_like and (
        parts.scheme not in _GIT_SCHEMES or (parts.hostname or "x").startswith("-")
    ):
        _refuse(text, "this is no git repository", f"write {_FORMS}")
    has_user = parts.scheme in ("http", "https") and "@" in parts.netloc
    if has_user or parts.password:
        hint = "leave them out; git asks its credential helper, see `git help credentials`"
        _refuse(text, "credentials do not belong into an app's files", hint)
    given = dict(parse_qsl(query))
    if given.keys() - {"ref"}:
        _refuse(url, "only ?ref= may follow a git URL", f"write {_FORMS}")
    ref = given.get("ref", "")
    return GitUri(
        url=url,
        ref=checked_ref(ref) if ref else "",
        directory=_checked_directory(text, directory),
    )


def _s3(text: str) -> S3Uri:
    parts = urlsplit(text)
    if "@" in parts.netloc:
        hint = "leave them out; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        _refuse(text, "credentials do not belong into an app's files", hint)
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc) or parts.query:
        _refuse(text, "this is no bucket", "write s3://BUCKET/PREFIX")
    return S3Uri(bucket=parts.netloc, prefix=_checked_directory(text, parts.path.strip("/")))


def _split_directory(location: str) -> tuple[str, str]:
    """Split ``https://host/repo.git//directory`` at the second ``//``."""
    start = location.find("://") + 3 if "://" in location else 0
    url, _, directory = location[start:].partition("//")
    return location[:start] + url, directory.strip("/")


def _checked_directory(text: str, directory: str) -> str:
    if directory and any(part in ("", ".", "..") for part in directory.split("/")):
        _refuse(text, "a directory of a registry cannot hold . or ..", "")
    return directory


def _refuse(text: str, message: str, hint: str) -> NoReturn:
    finding = Finding(rule="registry-uri", message=f'{message}: "{shown_uri(text)}"', hint=hint)
    raise UsageError(finding)
