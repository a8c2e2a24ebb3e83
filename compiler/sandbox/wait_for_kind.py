"""Waits until a Kubernetes API server serves a kind, then becomes another program.

Run as a script, with nothing but Python's standard library, in the place of a controller that
cannot start before the custom resource it watches exists:

    python wait_for_kind.py URL CA CERTIFICATE KEY GROUP/VERSION PLURAL -- PROGRAM [ARGUMENT…]

The process keeps its id when it becomes the program.
"""

import http.client
import json
import os
import ssl
import sys
import time
import urllib.request

POLL_INTERVAL_S = 0.5
TIMEOUT_S = 5.0


def serves_kind(url: str, context: ssl.SSLContext, group_version: str, plural: str) -> bool:
    """Whether the server has published a kind's schema, the last thing it does for a new kind."""
    address = f"{url}/openapi/v3/apis/{group_version}"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S, context=context) as response:  # noqa: S310  the sandbox's own https address
            paths = json.load(response)["paths"]
    except (OSError, http.client.HTTPException):
        return False
    return any(f"/{plural}/" in path for path in paths)


def main(arguments: list[str]) -> None:
    """Wait for the kind, then become the program."""
    separator = arguments.index("--")
    url, authority, certificate, key, group_version, plural = arguments[:separator]
    program = arguments[separator + 1 :]
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(certificate, key)
    while not serves_kind(url, context, group_version, plural):
        time.sleep(POLL_INTERVAL_S)
    os.execv(program[0], program)  # noqa: S606  the command line this script was given


if __name__ == "__main__":
    main(sys.argv[1:])
