"""Runs one command and prints, as JSON, what it cost: wall and CPU seconds, peak memory, exit code.

It is a program of its own, because it must be small: Linux counts the memory of the process that
starts a command as memory of the command. It counts all processes that the command leaves, too:
it adopts them and waits for them, so that work in a process that nobody waited for is seen.

    python -I -S benchmarks/measured.py OUTPUT ERRORS COMMAND...
"""

import ctypes
import json
import os
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36
_KIBIBYTES_PER_MEGABYTE = 1000 * 1000 / 1024


def main() -> None:
    """Measure and print."""
    output, errors, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.perf_counter()
    child = _start(output, errors, command)
    wall, code, cpu, memory = 0.0, 0, 0.0, 0
    while True:
        try:
            process, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        if process == child:
            wall = time.perf_counter() - start
            code = os.waitstatus_to_exitcode(status)
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss)
    print(
        json.dumps(
            {"wall": wall, "cpu": cpu, "memory": memory / _KIBIBYTES_PER_MEGABYTE, "code": code}
        )
    )


def _start(output: str, errors: str, command: list[str]) -> int:
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, write, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, errors, write, 0o600),
    ]
    return os.posix_spawnp(command[0], command, os.environ, file_actions=files)


if __name__ == "__main__":
    main()
