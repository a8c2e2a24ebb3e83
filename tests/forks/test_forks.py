"""A forked command cannot tell that it was not started, and neither can who waits for it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.forks.client import run_fork

PROBE = "tests.forks.probe"
ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "ONLY": "here"}


def forked(cwd: Path, how: str, stdin: bytes = b"", timeout_s: float = 60) -> tuple[object, ...]:
    done = run_fork(PROBE, how, cwd=cwd, env=ENV, stdin=stdin, timeout_s=timeout_s)
    return done.returncode, done.stdout, done.stderr.splitlines()[-1:]


def started(cwd: Path, how: str, stdin: bytes = b"") -> tuple[object, ...]:
    command = [sys.executable, "-m", PROBE, how]
    done = subprocess.run(
        command, cwd=cwd, env=ENV, input=stdin, capture_output=True, check=False, timeout=60
    )
    return done.returncode, done.stdout, done.stderr.splitlines()[-1:]


@pytest.mark.parametrize(
    "how", ["describe", "nothing", "echo", "exit", "complain", "raise", "interrupt", "signal"]
)
def test_a_fork_is_and_ends_as_a_start_would(tmp_path: Path, how: str) -> None:
    given = "ä\r\n".encode() * 200_000  # more than any pipe holds
    assert forked(tmp_path, how, given) == started(tmp_path, how, given)


def test_what_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forked(tmp_path, "hang", timeout_s=0.5)
    here = [each for each in psutil.Process().children(recursive=True) if _is_in(each, tmp_path)]
    psutil.wait_procs(here, timeout=30)
    assert not [each for each in here if _is_in(each, tmp_path)]


def _is_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return process.cwd() == str(directory)
    except psutil.Error:  # it has ended
        return False


def test_threads_may_run_commands_at_once(tmp_path: Path) -> None:
    texts = [str(number).encode() * 50_000 for number in range(8)]
    with ThreadPoolExecutor(len(texts)) as pool:
        found = list(pool.map(lambda text: forked(tmp_path, "echo", text), texts))
    assert found == [(0, text, []) for text in texts]
