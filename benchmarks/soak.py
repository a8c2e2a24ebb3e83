"""Looks for what goes wrong in the long run, on a real API server: it prints what it tried.

Lives of apps in random steps, applies through a network with faults, and an apply that is killed
at each of its writes. What goes wrong ends it with the step or the seed that shows it again. Starts
a sandbox of its own in a temporary directory and deletes it at the end; needs the development
dependencies (`make .venv/.installed`) and the sandbox's programs (`kuplet sandbox install`).

    python benchmarks/soak.py [--steps 200] [--seeds 200] [--first-seed 0]
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from measure import print_machine, seconds_of

from compiler.cluster.connect import connect
from compiler.model.app import Destination
from compiler.sandbox import Sandbox
from compiler.verbs.destination import Target

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.soak.fault_proxy import Fault
from tests.soak.killed import killed_at
from tests.soak.life import LifeOfAnApp
from tests.soak.second_day import opened, second_day

_AT_ONCE = 4
_STEPS_OF_A_LIFE = 25


def main() -> None:
    """Try, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200, help="random steps of apps")
    parser.add_argument("--seeds", type=int, default=200, help="of faults")
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kuplet-soak-") as directory:
        os.environ["KUPLET_SANDBOX_DIR"] = str(Path(directory) / "sandbox")
        box = Sandbox()
        if not box.status().is_installed:
            raise SystemExit("the sandbox's programs are missing: kuplet sandbox install")
        try:
            box.start(lambda _: None)
            print_machine()
            seconds = seconds_of(lambda: _live(box.kubeconfig, options.steps))
            print(f"{options.steps} random steps: {seconds:.0f} s")
            seeds = range(options.first_seed, options.first_seed + options.seeds)
            seconds = seconds_of(lambda: _meet_faults(box.kubeconfig, seeds))
            print(f"{len(seeds)} seeds of faults: {seconds:.0f} s")
            seconds = seconds_of(lambda: _be_killed(box.kubeconfig))
            print(f"killed at each write: {seconds:.0f} s")
        finally:
            box.reset()


def _live(kubeconfig: Path, steps: int) -> None:
    cluster = connect(Destination(), kubeconfig)

    class Life(LifeOfAnApp):
        """On the sandbox, in a namespace of its own."""

        def open_cluster(self, namespace: str) -> Target:
            return opened(cluster, namespace)

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=max(steps // _STEPS_OF_A_LIFE, 1),
            stateful_step_count=_STEPS_OF_A_LIFE,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _meet_faults(kubeconfig: Path, seeds: range) -> None:
    met: Counter[Fault] = Counter()

    def live_through(seed: int) -> Counter[Fault]:
        try:
            return second_day(kubeconfig, seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for counts in pool.map(live_through, seeds):
            met.update(counts)
    print(", ".join(f"{number} {fault.name.lower()}" for fault, number in met.most_common()))


def _be_killed(kubeconfig: Path) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for first in count(1, _AT_ONCE):
            numbers = range(first, first + _AT_ONCE)
            if not all(pool.map(lambda number: killed_at(kubeconfig, number), numbers)):
                return


if __name__ == "__main__":
    main()
