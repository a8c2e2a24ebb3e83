"""Runs alternatives by turns, so that a change of the machine's load hits all of them alike."""

import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

_MEASURED = Path(__file__).with_name("measured.py")
_SHOWN = 2000  # characters of what a command complains about
_TIMED_OUT = 124

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one run cost.

    Attributes:
        wall: Seconds until the command had ended.
        cpu: Seconds of all its processes, user and system.
        memory: Megabytes at the peak of its largest process.
    """

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command that is measured as a whole process, with all that it starts.

    Attributes:
        output: Where its output goes; that of the last run stays.
        before: Called before each run, outside of what is measured.
        codes: Exit codes that are no failure; `diff` has more than one.
    """

    name: str
    arguments: Sequence[str | Path]
    output: Path
    directory: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    codes: Sequence[int] = (0,)
    timeout: float = 900

    def run(self) -> Cost:
        """Run it once.

        Raises:
            FailedError: It ends with another exit code, or not in time.
        """
        self.before()
        errors = self.output.with_name(f"{self.output.name}.err")
        command = [sys.executable, "-I", "-S", _MEASURED, self.output, errors, *self.arguments]
        process = subprocess.Popen(
            command,
            cwd=self.directory,
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            said, complaint = process.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)  # with all that it has started
            process.communicate()
            raise FailedError(self, _TIMED_OUT, f"not done in {self.timeout:.0f} s") from error
        if process.returncode != 0:
            raise FailedError(self, process.returncode, complaint)
        found = json.loads(said)
        if (code := found.pop("code")) not in self.codes:
            raise FailedError(self, code, errors.read_text("utf-8", "replace"))
        return Cost(**found)


class FailedError(Exception):
    """A command failed, so there is nothing to measure."""

    def __init__(self, command: Command, code: int, text: str) -> None:
        line = " ".join(map(str, command.arguments))
        super().__init__(f"{command.name} exits with {code}: {line}\n{text.strip()[-_SHOWN:]}")


def by_turns(actions: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run every action once a round and return what each run gave.

    Every second round goes through the actions backwards.
    """
    found: dict[str, list[T]] = {name: [] for name in actions}
    for number in range(rounds):
        for name in list(actions)[:: -1 if number % 2 else 1]:
            found[name].append(actions[name]())
    return found


def seconds_of(action: Callable[[], object]) -> float:
    """Run an action in this process and return the seconds it took."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def timed(actions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Run actions of this process by turns and return the seconds each run took."""

    def timing(action: Callable[[], object]) -> Callable[[], float]:
        return lambda: seconds_of(action)

    return by_turns({name: timing(action) for name, action in actions.items()}, rounds)


def machine() -> dict[str, str | int | float]:
    """Return what the numbers depend on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 0,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1),
    }


def print_machine() -> None:
    """Print what the numbers depend on."""
    print("{cores} cores, {system}, {python}, load {load}".format(**machine()))


def print_table(seconds: Mapping[str, Sequence[float]], base: str) -> None:
    """Print median, fastest and slowest run, and the ratio of the medians to that of ``base``."""
    width = max(len(name) for name in seconds)
    of_base = statistics.median(seconds[base])
    print(f"{'':{width}}  {'median':>10}  {'min':>10}  {'max':>10}  ratio")
    for name, runs in seconds.items():
        middle = statistics.median(runs)
        times = "  ".join(f"{value * 1000:7.1f} ms" for value in (middle, min(runs), max(runs)))
        print(f"{name:{width}}  {times}  {middle / of_base:5.2f}")
