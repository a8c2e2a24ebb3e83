"""An apply that is killed at some of its writes; at each of them: ``benchmarks/soak.py``."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from compiler.sandbox import Sandbox
from tests.soak.killed import killed_at

pytestmark = pytest.mark.cluster


def test_the_next_apply_makes_it_good(sandbox: Sandbox) -> None:
    sandbox.start(print)
    numbers = [1, 2, 3, 4, 5, 9, 17, 29, 36, 38, 39, 40]  # all that comes before and after objects
    with ThreadPoolExecutor(4) as pool:
        was_killed = list(pool.map(lambda number: killed_at(sandbox.kubeconfig, number), numbers))
    assert all(was_killed[:-2])
