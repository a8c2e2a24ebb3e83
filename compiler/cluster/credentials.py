"""The headers that say who asks: what a user of a kubeconfig logs in with, and on whose behalf.

The official client's reader is not used for that: it reads a token once, puts one that no header
can hold into its error, and renews that of an auth provider without checking the provider.
"""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from compiler.cluster.credential_plugin import Credential, CredentialPlugin
from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import list_at, mapping_at, text_at

Token: TypeAlias = Callable[[], str]  # asked before each request, because tokens expire

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_BYTES = 1024 * 1024


def token_of(
    user: JsonObject, place: str, plugin: CredentialPlugin | None, first: Credential
) -> Token | None:
    """Return what gives a user's token, or ``None`` when it has none.

    Args:
        place: Where the user is written, in words.
        plugin: What the user logs in with, and ``first`` its answer.

    Raises:
        ExternalError: It cannot be used.
    """
    file, text = text_at(user, "tokenFile"), text_at(user, "token") or _provided(user, place)
    if file:
        token: Token = lambda: _read(Path(file), place)  # noqa: E731  one line each
    elif plugin and first.token:
        token = _renewing(plugin, first)
    elif text:
        token = lambda: text  # noqa: E731
    else:
        return None
    return lambda: f"Bearer {_header(token(), 'the token', place)}"


def headers_of(user: JsonObject, place: str) -> Iterator[tuple[str, str]]:
    """Yield the headers that say who a user without a token is, and on whose behalf it acts.

    Raises:
        ExternalError: One cannot be a header.
    """
    if text_at(user, "username") and not text_at(user, "token"):
        pair = f"{text_at(user, 'username')}:{text_at(user, 'password')}"
        yield "Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"
    for name, value in _impersonation(user):
        yield name, _header(value, name.lower(), place)


def _impersonation(user: JsonObject) -> Iterator[tuple[str, str]]:
    if text_at(user, "as"):
        yield "Impersonate-User", text_at(user, "as")
    if text_at(user, "as-uid"):
        yield "Impersonate-Uid", text_at(user, "as-uid")
    for group in list_at(user, "as-groups"):
        yield "Impersonate-Group", str(group)
    for key, values in mapping_at(user, "as-user-extra").items():
        for value in values if isinstance(values, list) else [values]:
            yield f"Impersonate-Extra-{quote(key.lower(), safe='')}", str(value)


def _renewing(plugin: CredentialPlugin, first: Credential) -> Token:
    known = first

    def token() -> str:
        nonlocal known
        if known.is_stale:
            known = plugin.run()
        return known.token

    return token


def _provided(user: JsonObject, place: str) -> str:
    """Return the token that an auth provider left; kubectl knows one provider only, as we do."""
    provider = mapping_at(user, "auth-provider")
    if not provider:
        return ""
    name = text_at(provider, "name")
    if name == "oidc":
        return text_at(provider, "config", "id-token")
    message = f'kubectl has dropped the auth provider "{name}", and kuplet has none: {place}'
    hint = "log in with a credential plugin, such as gke-gcloud-auth-plugin or kubelogin"
    raise ExternalError(Finding(rule="kubeconfig", message=message, hint=hint))


def _read(file: Path, place: str) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_MAX_BYTES).decode().strip()
    except OSError as error:
        problem = error.strerror or type(error).__name__
        message = f"cannot read the token file {file}: {problem}; {place}"
    except UnicodeDecodeError:
        message = f"the token file {file} is no UTF-8; {place}"
    raise ExternalError(Finding(rule="kubeconfig", message=message))


def _header(value: str, what: str, place: str) -> str:
    """Return a text as the value of a header: in UTF-8, as kubectl sends it."""
    if _CONTROL.search(value):
        message = f"{what} holds a line break or another control character: {place}"
        hint = "look at it with: kubectl config view"
        raise ExternalError(Finding(rule="kubeconfig", message=message, hint=hint))
    return value.encode(errors="replace").decode("latin-1")
