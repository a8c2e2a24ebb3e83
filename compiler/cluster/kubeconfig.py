"""Reads kubeconfig files as kubectl does: several are merged, and each path belongs to its file.

The official client's reader is not used for that: it needs a current context, resolves paths
against the wrong file, and puts what it could not read into its errors, keys included.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at

_MAX_BYTES = 16 * 1024 * 1024
_LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}
_PATHS = {
    "clusters": ("certificate-authority",),
    "users": ("client-certificate", "client-key", "tokenFile"),
    "contexts": (),
}
# What the official client would take for something else, or fail on; kubectl refuses it.
_TEXTS = (
    *(path for paths in _PATHS.values() for path in paths),
    *("server", "tls-server-name", "proxy-url", "certificate-authority-data"),
    *("token", "client-certificate-data", "client-key-data", "username", "password", "as"),
    *("as-uid", "cluster", "user", "namespace"),
)
_TYPES: dict[str, tuple[type, str]] = {
    "insecure-skip-tls-verify": (bool, "true or false"),
    "exec": (dict, "a mapping"),
    "auth-provider": (dict, "a mapping"),
    **dict.fromkeys(_TEXTS, (str, "a text")),
}
_OF_TLS = ("certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify")
_NO_ADDRESS = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """What some kubeconfig files say together; the first one that names a thing wins.

    Attributes:
        files: Those that were read.
        clusters: By name; paths are absolute, here and in ``users``.
    """

    files: tuple[Path, ...] = ()
    clusters: Mapping[str, JsonObject] = field(default_factory=dict)
    users: Mapping[str, JsonObject] = field(default_factory=dict)
    contexts: Mapping[str, JsonObject] = field(default_factory=dict)
    current: str = ""

    def __str__(self) -> str:
        if not self.files:
            return (
                "there is no kubeconfig: KUBECONFIG is not set, and ~/.kube/config does not exist"
            )
        return f"the kubeconfig {os.pathsep.join(map(str, self.files))}"

    def cluster_of(self, context: str) -> JsonObject:
        """Return the cluster of a context; empty when it is not there."""
        return self.clusters.get(text_at(self.contexts.get(context), "cluster"), {})

    def user_of(self, context: str) -> JsonObject:
        """Return the user of a context; empty when it is not there."""
        return self.users.get(text_at(self.contexts.get(context), "user"), {})

    def server_of(self, context: str) -> str:
        """Return the URL of a context's API server; empty when it has none that can be used."""
        return _address(self.cluster_of(context))

    def check(self, context: str) -> None:
        """Check that a context leads somewhere.

        Raises:
            ExternalError: It names a cluster or a user that is not there.
        """
        named = self.contexts[context]
        for kind, entries in (("cluster", self.clusters), ("user", self.users)):
            name = text_at(named, kind)
            if name not in entries and (name or kind == "cluster"):
                raise _broken(str(self), f'its context "{context}" names no {kind} that is there')
        if not self.server_of(context):
            is_odd = text_at(self.cluster_of(context), "server")
            problem = "a server that is no address of http or https" if is_odd else "no server"
            raise _broken(str(self), f'the cluster of its context "{context}" has {problem}')


def _address(cluster: JsonObject) -> str:
    """Return a cluster's server as client-go has it; empty when it is none.

    What is wrong with it is not told: a password with an odd character may be.
    """
    server = text_at(cluster, "server")
    if "://" not in server:
        is_encrypted = any(cluster.get(key) for key in _OF_TLS)
        server = f"{'https' if is_encrypted else 'http'}://{server}"
    try:
        parts = urlsplit(server)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return ""
    if not is_usable or _NO_ADDRESS.search(server):
        return ""
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def read_kubeconfig(file: Path | None = None) -> Kubeconfig:
    """Return what a kubeconfig file says, or those of ``KUBECONFIG``, or ``~/.kube/config``.

    Raises:
        ExternalError: A file cannot be used, or none of those that ``KUBECONFIG`` names exists.
    """
    files = [path for path in _candidates(file) if path.exists()]
    named = os.environ.get("KUBECONFIG", "")
    if not files and (file or named):
        message = f"{file} does not exist" if file else f"KUBECONFIG names {named}: no such file"
        hint = "correct the variable KUBECONFIG, or log in first"
        raise ExternalError(Finding(rule="kubeconfig", message=message, hint=hint))
    merged: dict[str, dict[str, JsonObject]] = {name: {} for name in _LISTS}
    current = ""
    for path in files:
        document = _document(path)
        current = current or text_at(document, "current-context")
        for name in _LISTS:
            for key, entry in _entries(path, document, name):
                merged[name].setdefault(key, entry)
    return Kubeconfig(
        files=tuple(files),
        clusters=merged["clusters"],
        users=merged["users"],
        contexts=merged["contexts"],
        current=current,
    )


def _candidates(file: Path | None) -> list[Path]:
    if file:
        return [file]
    named = os.environ.get("KUBECONFIG", "")
    if named:
        return [Path(part).expanduser() for part in named.split(os.pathsep) if part]
    return [Path("~/.kube/config").expanduser()]


def _document(path: Path) -> JsonObject:
    """Return the content of a file; nothing of it is ever put into an error."""
    import yaml

    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise _broken(str(path), "it is larger than 16 MiB")
        document = yaml.load(content.decode(), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise _broken(str(path), error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise _broken(str(path), f"its byte {error.start} is no UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise _broken(f"{path}{where}", _own_words(error.problem)) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _broken(str(path), "it is no YAML") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise _broken(str(path), "it is no mapping")
    return document


def _own_words(problem: str | None) -> str:
    """Return what a YAML reader complains about, without the token that it quotes."""
    return (problem or "it is no YAML").partition("'")[0].strip() or "it is no YAML"


def _entries(path: Path, document: JsonObject, name: str) -> Iterator[tuple[str, JsonObject]]:
    """Yield the named entries of a list, with absolute paths."""
    listed = document.get(name) or []
    if not isinstance(listed, list):
        raise _broken(str(path), f'"{name}" is no list')
    for item in objects_at(document, name):
        entry = {**mapping_at(item, _LISTS[name])}
        _check_types(path, f'{_LISTS[name]} "{item.get("name")}"', entry)
        for key in _PATHS[name]:
            if text_at(entry, key):
                entry[key] = str(path.absolute().parent / text_at(entry, key))
        plugin = mapping_at(entry, "exec")
        command = text_at(plugin, "command")
        if os.sep in command:
            entry["exec"] = {**plugin, "command": str(path.absolute().parent / command)}
        yield str(item.get("name", "")), entry


def _check_types(path: Path, what: str, entry: JsonObject) -> None:
    for key, (kind, words) in _TYPES.items():
        if entry.get(key) is not None and not isinstance(entry[key], kind):
            raise _broken(str(path), f'"{key}" of its {what} is not {words}')


def _broken(place: str, problem: str) -> ExternalError:
    message = f"cannot use {place}: {problem}"
    hint = "look at it with: kubectl config view"
    return ExternalError(Finding(rule="kubeconfig", message=message, hint=hint))
