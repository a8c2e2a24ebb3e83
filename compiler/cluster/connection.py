"""How one API server is reached: where it is, whom we trust, who we are, what stands between.

A test holds it to what the official client makes of the same kubeconfig. That one is not used: to
import it takes longer than most commands run.
"""

import base64
import hashlib
import ssl
import tempfile
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.cluster.credentials import Token
from compiler.cluster.proxies import Proxy
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at

if TYPE_CHECKING:
    from urllib3 import PoolManager

_POOL_SIZE = 32  # connections that are kept: for what is asked at once, and for watches


class Pem:
    """What a kubeconfig has in PEM: as ``NAME-data``, or in the file that is called ``NAME``.

    OpenSSL reads certificates and keys from files only; data is kept in one as long as this lives.
    """

    def __init__(self, source: JsonObject, name: str) -> None:
        """Find it in a cluster or a user.

        Raises:
            OSError: The file cannot be read.
            ValueError: The data is no Base64.
        """
        self.file: str | None = text_at(source, name) or None
        if data := text_at(source, f"{name}-data"):
            content = base64.b64decode(data)
            handle, self.file = tempfile.mkstemp(prefix="kuplet-")
            weakref.finalize(self, Path(self.file).unlink, missing_ok=True)
            with open(handle, "wb") as stream:  # noqa: PTH123  it is open already
                stream.write(content)
        elif self.file:
            Path(self.file).open("rb").close()  # one that cannot be read is named before it is used

    @property
    def digest(self) -> str:
        """``sha256:…`` of it; empty where there is none."""
        if not self.file:
            return ""
        return f"sha256:{hashlib.sha256(Path(self.file).read_bytes()).hexdigest()}"


_NONE = Pem({}, "")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """The way to one API server.

    Attributes:
        ca: Who vouches for the server; without, those whom the system trusts.
        certificate: What we show to the server, and ``key`` proves.
        is_checked: Whether anybody has to vouch for the server.
        server_name: The name that it proves, if that is not the one of its address.
        token: What we log in with; it is asked for before each request.
        headers: More headers for all requests; a name may come twice.
    """

    server: str
    ca: Pem = _NONE
    certificate: Pem = _NONE
    key: Pem = _NONE
    is_checked: bool = True
    server_name: str = ""
    proxy: Proxy | None = None
    token: Token | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @cached_property
    def pool(self) -> "PoolManager":
        """The connections that are kept; a new one reads the files anew, for they are renewed."""
        import urllib3

        settings: dict[str, object] = {
            "cert_reqs": ssl.CERT_REQUIRED if self.is_checked else ssl.CERT_NONE,
            "ca_certs": self.ca.file,
            "cert_file": self.certificate.file,
            "key_file": self.key.file,
            "maxsize": _POOL_SIZE,
        }
        if self.server_name:
            settings["server_hostname"] = self.server_name
        if self.proxy:
            headers = self.proxy.headers
            return urllib3.ProxyManager(self.proxy.address, proxy_headers=headers, **settings)  # type: ignore[arg-type]
        return urllib3.PoolManager(**settings)  # type: ignore[arg-type]

    def check_certificates(self) -> None:
        """Check that the certificates can be used; at a request that looks like a lost connection.

        Raises:
            ValueError: One cannot.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if self.ca.file:
                context.load_verify_locations(self.ca.file)
        except ssl.SSLError:
            raise ValueError("its certificate-authority is no certificate in PEM") from None
        try:
            if self.certificate.file:
                # A key that asks for a password would have it asked for at each connection.
                context.load_cert_chain(self.certificate.file, self.key.file, lambda: "")
        except ssl.SSLError:
            raise ValueError("its client-certificate and client-key are no pair in PEM") from None
