"""The file that kubectl, kuplet and the controllers find the sandbox with."""

import base64
from pathlib import Path

import yaml

from compiler.sandbox.certificates import Certificates
from compiler.sandbox.layout import write_private_file

CONTEXT = "kuplet-sandbox"


def write_kubeconfig(path: Path, *, server: str, certificates: Certificates) -> None:
    """Write a kubeconfig that needs no other file: the certificates are inside.

    An unchanged file is left alone, so that what watches it does not see it change.
    """
    administrator = certificates.administrator
    content = yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": CONTEXT,
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "clusters": [
                {
                    "name": CONTEXT,
                    "cluster": {
                        "server": server,
                        "certificate-authority-data": _base64(certificates.authority),
                    },
                }
            ],
            "users": [
                {
                    "name": CONTEXT,
                    "user": {
                        "client-certificate-data": _base64(administrator.certificate),
                        "client-key-data": _base64(administrator.key),
                    },
                }
            ],
        },
        sort_keys=False,
    )
    if not path.exists() or path.read_text() != content:
        write_private_file(path, content)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
