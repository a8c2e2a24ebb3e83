"""Fixtures that several kinds of tests share."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from compiler.sandbox import Sandbox
from compiler.sandbox.catalogue import ALL_PROGRAMS
from compiler.sandbox.installation import find_program
from compiler.sandbox.layout import default_cache

# Tests see what kuplet finds, not what it found before; those of the cache ask for it.
os.environ["KUPLET_NO_CACHE"] = "1"

# What a shell runs in the background ignores Ctrl-C, and so would every command that a test starts
# and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Every run tries other examples. --hypothesis-profile=thorough tries many.
settings.register_profile("ci", deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="Write what was found as what is expected."
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The one running sandbox of the test run; tests keep apart by namespace.

    Missing programs are a failure, never a skip: `make test` installs them before.
    """
    missing = [each.name for each in ALL_PROGRAMS if find_program(each, default_cache()) is None]
    if missing:
        pytest.fail(f"run kuplet sandbox install --all first: {', '.join(missing)} not found")
    with pytest.MonkeyPatch.context() as environment:
        directory = tmp_path_factory.mktemp("sandbox") / "state"
        environment.setenv("KUPLET_SANDBOX_DIR", str(directory))
        environment.setenv("KUPLET_SANDBOX_UNSAFE_NO_FSYNC", "1")
        box = Sandbox()
        try:
            box.start(print)
            yield box
        finally:
            box.reset()
