"""Free ports on the loopback interface."""

import contextlib
import socket
from collections.abc import Iterable, Mapping

LOOPBACK = "127.0.0.1"


def choose_ports(names: Iterable[str], remembered: Mapping[str, int]) -> dict[str, int]:
    """Return one free port per name, all different: the remembered one where it is still free."""
    chosen: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        # Each port stays bound until all are chosen, so that no two names get the same one.
        for name in names:
            listener = held.enter_context(_bound_socket(remembered.get(name, 0)))
            chosen[name] = int(listener.getsockname()[1])
    return chosen


def _bound_socket(preferred: int) -> socket.socket:
    if preferred:
        with contextlib.suppress(OSError):
            return _bind(preferred)
    return _bind(0)


def _bind(port: int) -> socket.socket:
    listener = socket.socket()
    # As Go's listeners do: a port whose last connections are still closing counts as free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener
