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
    """Whether the server serves a kind, and has published its schema.

    Publishing is the last thing it does for a new kind, and withdrawing it the last for a deleted
    one: therefore it is asked for an object of the kind, too.
    """
    try:
        schemas = fetch(f"{url}/openapi/v3/apis/{group_version}", context)
        fetch(f"{url}/apis/{group_version}/{plural}?limit=1", context)
    except (OSError, http.client.HTTPException, ValueError):
        return False  # for a moment after a kind is deleted, its schema is no JSON
    paths = schemas.get("paths")
    return isinstance(paths, dict) and any(f"/{plural}/" in path for path in paths)


def fetch(address: str, context: ssl.SSLContext) -> dict[str, object]:
    """Return the JSON document at an address of the sandbox's own server."""
    with urllib.request.urlopen(address, timeout=TIMEOUT_S, context=context) as response:  # noqa: S310  always https
        document: dict[str, object] = json.load(response)
    return document


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
