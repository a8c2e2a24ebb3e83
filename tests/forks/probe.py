"""Says what its process is like, or ends in the way that its first argument names."""

import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path


def describe() -> dict[str, object]:
    """Return what a process gets from whoever starts it."""
    return {
        "arguments": sys.argv,
        "directory": str(Path.cwd()),
        "environment": sorted(os.environ.items()),
        "imports from": sys.path[0],
        "main": (__name__, sys.modules["__main__"].__dict__ is globals()),
        "flags": repr(sys.flags),
        "streams": [
            (each.fileno(), each.encoding, each.errors, each.line_buffering, each.isatty())
            for each in (sys.stdin, sys.stdout, sys.stderr)
        ],
        "open": [each for each in range(64) if _is_open(each)],
        "signals": [
            (each, repr(signal.getsignal(each))) for each in sorted(signal.valid_signals())
        ],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "mask": os.umask(0o22),
        "threads": threading.active_count(),
        "temporary": tempfile.gettempdir(),
    }


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def end(how: str) -> None:
    """End, or do not."""
    match how:
        case "echo":
            sys.stdout.write(sys.stdin.read())
        case "exit":
            sys.exit(3)
        case "complain":
            sys.exit("the reason")
        case "raise":
            raise LookupError("nothing of that name")
        case "interrupt":
            raise KeyboardInterrupt
        case "signal":
            os.kill(os.getpid(), signal.SIGTERM)
        case "hang":
            time.sleep(600)
        case _:
            pass


if __name__ == "__main__":
    if sys.argv[1] == "describe":
        sys.stdout.write(json.dumps(describe(), indent=1))
    else:
        end(sys.argv[1])
