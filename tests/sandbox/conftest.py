"""One running sandbox for all tests that need a cluster."""

from collections.abc import Iterator

import pytest

from compiler.sandbox import Sandbox
from compiler.sandbox.catalogue import CONTROL_PLANE, KWOK, MINIO, TRAINING_OPERATOR
from compiler.sandbox.installation import find_program
from compiler.sandbox.layout import default_cache
from tests.sandbox.cluster import Cluster, no_progress


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A running sandbox of its own, made of the user's programs."""
    programs = (*CONTROL_PLANE, KWOK, TRAINING_OPERATOR, MINIO)
    missing = [each.name for each in programs if find_program(each, default_cache()) is None]
    if missing:
        pytest.fail(f"not built yet, run Sandbox().install(print, …): {', '.join(missing)}")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KUPLET_SANDBOX_DIR", str(tmp_path_factory.mktemp("sandbox") / "state"))
        environment.setenv("KUPLET_SANDBOX_UNSAFE_NO_FSYNC", "1")
        sandbox = Sandbox()
        try:
            sandbox.start(no_progress)
            yield sandbox
        finally:
            sandbox.reset()


@pytest.fixture
def cluster(sandbox: Sandbox) -> Cluster:
    """The sandbox, healed if a test before this one has hurt it."""
    sandbox.start(no_progress)
    return Cluster(sandbox)
