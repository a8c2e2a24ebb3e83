"""Runs alternatives by turns, so that a change of the machine's load hits all of them alike."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def by_turns(actions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Run every action once a round and return the seconds each run took.

    Every second round goes through the actions backwards.
    """
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds):
        for name in list(actions)[:: -1 if number % 2 else 1]:
            seconds[name].append(seconds_of(actions[name]))
    return seconds


def seconds_of(action: Callable[[], object]) -> float:
    """Run an action and return the seconds it took."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def print_machine() -> None:
    """Print what the numbers depend on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}")


def print_table(seconds: Mapping[str, Sequence[float]], base: str) -> None:
    """Print median, fastest and slowest run, and the ratio of the medians to that of ``base``."""
    width = max(len(name) for name in seconds)
    of_base = statistics.median(seconds[base])
    print(f"{'':{width}}  {'median':>10}  {'min':>10}  {'max':>10}  ratio")
    for name, runs in seconds.items():
        middle = statistics.median(runs)
        times = "  ".join(f"{value * 1000:7.1f} ms" for value in (middle, min(runs), max(runs)))
        print(f"{name:{width}}  {times}  {middle / of_base:5.2f}")
