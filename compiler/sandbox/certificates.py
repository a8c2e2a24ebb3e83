"""The sandbox's own certificate authority and the certificates it signs.

trustme lets certificates expire in 2038, so a sandbox never has to renew them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.sandbox.layout import write_private_file
from compiler.sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    import trustme

_SERVER_HOSTS = (LOOPBACK, "localhost", "kubernetes.default.svc")
ADMINISTRATORS = "system:masters"  # the group that Kubernetes lets do everything


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate and its private key, as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of one sandbox; whoever can read them is the cluster's administrator.

    Attributes:
        directory: Where the files are.
    """

    directory: Path

    @property
    def authority(self) -> Path:
        """The certificate that all others are verified with; its key is not kept."""
        return self.directory / "ca.crt"

    @property
    def server(self) -> KeyPair:
        """What the servers on the loopback interface identify themselves with."""
        return self._pair("server")

    @property
    def administrator(self) -> KeyPair:
        """What kuplet, its user and the controllers identify themselves with."""
        return self._pair("administrator")

    @property
    def service_accounts(self) -> KeyPair:
        """What tokens of service accounts are signed with."""
        return self._pair("service-accounts")

    @property
    def webhooks(self) -> Path:
        """The folder with what the webhook servers of controllers identify themselves with."""
        return self.directory / "webhooks"

    def create(self) -> None:
        """Create the files unless they exist."""
        if not self.authority.exists():
            self._sign_all()

    def _pair(self, name: str) -> KeyPair:
        return KeyPair(
            certificate=self.directory / f"{name}.crt", key=self.directory / f"{name}.key"
        )

    def _sign_all(self) -> None:
        import trustme

        authority = trustme.CA(organization_name="kuplet sandbox")
        _write(authority.issue_cert(*_SERVER_HOSTS), self.server)
        _write(
            authority.issue_cert(
                # Go refuses trustme's certificates without any host, also those of clients.
                "administrator.sandbox.kuplet.dev",
                common_name="kuplet-sandbox-administrator",
                organization_name=ADMINISTRATORS,
            ),
            self.administrator,
        )
        _write(authority.issue_cert("service-accounts.sandbox.kuplet.dev"), self.service_accounts)
        # Written last: an interrupted first start begins again.
        write_private_file(self.authority, authority.cert_pem.bytes())


def _write(certificate: "trustme.LeafCert", pair: KeyPair) -> None:
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    write_private_file(pair.certificate, chain)
    write_private_file(pair.key, certificate.private_key_pem.bytes())
