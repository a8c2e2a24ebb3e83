"""The least that applying objects costs: a server-side apply each, over kept connections.

Nothing is compared, waited for or recorded. It is what `kuplet apply` is held against, in the same
language and on the same HTTP library.

    python benchmarks/bare_patches.py KUBECONFIG FILE [CONNECTIONS]
"""

import base64
import http.client
import json
import ssl
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from urllib.parse import urlsplit

import yaml

_CONNECTIONS = 8
_OK = (200, 201)


def main() -> None:
    """Apply all objects of a file."""
    kubeconfig, file, *rest = sys.argv[1:]
    host, tls = _server(Path(kubeconfig))
    kept = local()

    def apply(body: dict[str, object]) -> None:
        if not hasattr(kept, "connection"):
            kept.connection = http.client.HTTPSConnection(host, context=tls)
        headers = {"Content-Type": "application/apply-patch+yaml"}
        kept.connection.request("PATCH", _path(body), json.dumps(body), headers)
        answer = kept.connection.getresponse()
        text = answer.read()
        if answer.status not in _OK:
            raise SystemExit(text.decode())

    with Path(file).open(encoding="utf-8") as stream:
        bodies = list(yaml.load_all(stream, Loader=yaml.CSafeLoader))
    with ThreadPoolExecutor(int(rest[0]) if rest else _CONNECTIONS) as pool:
        list(pool.map(apply, bodies))


def _path(body: dict[str, object]) -> str:
    version, metadata = str(body["apiVersion"]), body["metadata"]
    if not isinstance(metadata, dict):
        raise TypeError(metadata)
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    place = f"{root}/namespaces/{metadata['namespace']}/{str(body['kind']).lower()}s"
    return f"{place}/{metadata['name']}?fieldManager=bare&force=true"


def _server(kubeconfig: Path) -> tuple[str, ssl.SSLContext]:
    """Return the host of a server, and how to talk with it as the user of the kubeconfig."""
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    tls = ssl.create_default_context(cadata=authority)
    with tempfile.TemporaryDirectory() as directory:
        files = {}
        for name in ("client-certificate-data", "client-key-data"):
            files[name] = Path(directory) / name
            files[name].write_bytes(base64.b64decode(user[name]))
        tls.load_cert_chain(files["client-certificate-data"], files["client-key-data"])
    return urlsplit(cluster["server"]).netloc, tls


if __name__ == "__main__":
    main()
