"""What the tests of the sandbox itself need."""

import pytest

from compiler.sandbox import Sandbox
from tests.sandbox.cluster import Cluster, no_progress


@pytest.fixture
def cluster(sandbox: Sandbox) -> Cluster:
    """The sandbox, healed if a test before this one has hurt it."""
    sandbox.start(no_progress)
    return Cluster(sandbox)
