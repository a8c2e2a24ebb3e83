"""What the tests of the sandbox itself need."""

from collections.abc import Iterator

import pytest

from compiler.sandbox import Sandbox
from tests.sandbox.cluster import Cluster, no_progress


@pytest.fixture
def cluster(sandbox: Sandbox) -> Cluster:
    """The sandbox, healed if a test before this one has hurt it."""
    sandbox.start(no_progress)
    return Cluster(sandbox)


@pytest.fixture
def with_minio(cluster: Cluster) -> Iterator[Cluster]:
    """The sandbox with its MinIO server."""
    cluster.sandbox.start(no_progress, add=["minio"])
    yield cluster
    cluster.sandbox.start(no_progress, remove=["minio"])
