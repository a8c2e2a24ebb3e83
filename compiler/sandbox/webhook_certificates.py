"""The certificate of all admission webhooks, and the authority that signed it.

Some controllers make certificates of their own, for a Service that the API server cannot reach
here, unless they find a pair that they take for theirs: the authority must carry the name that
they would have given it, and its key must be at hand. trustme cannot make that.
"""

import datetime as dt
import ipaddress
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.sandbox.layout import write_private_file
from compiler.sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

# The names of the files in the Secret of a controller that makes its own certificates.
AUTHORITY = "ca.crt"
AUTHORITY_KEY = "ca.key"
CERTIFICATE = "tls.crt"
KEY = "tls.key"
FILES = (AUTHORITY, AUTHORITY_KEY, CERTIFICATE, KEY)

_NAME = "kuplet sandbox webhooks"
_FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_UNTIL = dt.datetime(2038, 1, 1, tzinfo=dt.UTC)  # as trustme's


def create_webhook_certificates(
    directory: Path, *, authorities: Collection[str], servers: Collection[str]
) -> None:
    """Create the four files unless they exist.

    Args:
        directory: Where they are written.
        authorities: The names that controllers expect of their certificate authority.
        servers: The names of the Services that they believe to be called by.
    """
    if (directory / AUTHORITY).exists():
        return
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    # RSA, in the old format: all that the controllers read.
    keys = {name: rsa.generate_private_key(65537, 2048) for name in (AUTHORITY_KEY, KEY)}
    signer = keys[AUTHORITY_KEY]
    names = [x509.DNSName(name) for name in authorities]
    authority = _unsigned(signer, signer, names, is_authority=True)
    hosts = [x509.DNSName(name) for name in servers]
    address = x509.IPAddress(ipaddress.ip_address(LOOPBACK))
    server = _unsigned(keys[KEY], signer, [address, *hosts], is_authority=False)
    for name, key in keys.items():
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        write_private_file(directory / name, pem)
    # The authority last: an interrupted first start begins again.
    for name, unsigned in ((CERTIFICATE, server), (AUTHORITY, authority)):
        signed = unsigned.sign(signer, hashes.SHA256())
        write_private_file(directory / name, signed.public_bytes(serialization.Encoding.PEM))


def _unsigned(
    key: "rsa.RSAPrivateKey",
    signer: "rsa.RSAPrivateKey",
    names: "Sequence[x509.GeneralName]",
    *,
    is_authority: bool,
) -> "x509.CertificateBuilder":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "webhooks")])
    signer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(issuer if is_authority else server)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(signer_id, critical=False)
    )


def _usage(*, is_authority: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
