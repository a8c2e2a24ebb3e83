"""A few seeds of faults between kuplet and a real server; hundreds: ``benchmarks/soak.py``."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from compiler.sandbox import Sandbox
from tests.soak.second_day import second_day

pytestmark = pytest.mark.cluster


def test_what_is_said_is_true_and_a_re_run_mends_the_rest(sandbox: Sandbox) -> None:
    sandbox.start(print)
    with ThreadPoolExecutor(4) as pool:
        met = list(pool.map(lambda seed: second_day(sandbox.kubeconfig, seed), range(8)))
    assert all(met)
