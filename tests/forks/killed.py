"""kuplet, killed before its N-th change of a file: ``python -m tests.forks.killed N COMMAND``."""

import os
import runpy
import signal
import sys

_CHANGES = ("os.rename", "os.remove", "os.rmdir")
_left = int(sys.argv.pop(1))


def _count(event: str, _: tuple[object, ...]) -> None:
    global _left  # noqa: PLW0603  an audit hook cannot hold anything
    if event in _CHANGES:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.addaudithook(_count)
    sys.argv[0] = "kuplet"
    runpy.run_module("compiler", run_name="__main__")
