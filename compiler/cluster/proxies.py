"""What stands between this machine and an API server, as a kubeconfig or the environment says."""

import ipaddress
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from compiler.errors import ExternalError
from compiler.model.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy of HTTP.

    Attributes:
        headers: What logs in to it.
    """

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)


def proxy_for(server: str, named: str | None, place: str) -> Proxy | None:
    """Return the proxy to a server, or ``None``.

    Args:
        named: What the kubeconfig says of it; ``None`` leaves it to the environment.
        place: The kubeconfig, in words.

    Raises:
        ExternalError: It is no proxy that can be used.
    """
    address = _of_environment(server) if named is None else named
    if not address or _is_excepted(server):
        return None
    address = address if "://" in address else f"http://{address}"
    user, port = "", None
    with suppress(ValueError):
        parts = urlsplit(address)
        user, port = parts.netloc.rpartition("@")[0], parts.port or -1
    if not port or parts.scheme not in ("http", "https") or not parts.hostname:
        message = "the proxy of the API server is no address of http or https"
        hint = f"correct HTTPS_PROXY, or proxy-url in {place}"
        raise ExternalError(Finding(rule="kubeconfig", message=message, hint=hint))
    return Proxy(address=address, headers=_login(user) if user else {})


def _login(user: str) -> Mapping[str, str]:
    import urllib3

    return urllib3.make_headers(proxy_basic_auth=unquote(user))


def _of_environment(server: str) -> str:
    """Return the proxy that the environment names for a server; this machine is never behind it."""
    if _is_loopback(server):
        return ""
    proxies = getproxies()
    return proxies.get(urlsplit(server).scheme) or proxies.get("all") or ""


def _is_excepted(server: str) -> bool:
    """Return whether ``NO_PROXY`` has a server: by its name, a domain, or a network."""
    parts = urlsplit(server)
    host, host_and_port = (parts.hostname or "").lower(), parts.netloc.lower()
    for entry in getproxies().get("no", "").lower().split(","):
        excepted = entry.strip()
        if excepted == "*" or _is_in_network(host, excepted):
            return True
        domain = excepted.lstrip(".")
        if domain and any(
            name == domain or name.endswith(f".{domain}") for name in (host, host_and_port)
        ):
            return True
    return False


def _is_in_network(host: str, network: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    return False


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
