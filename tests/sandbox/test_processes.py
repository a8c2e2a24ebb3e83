import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from compiler.sandbox.layout import Layout
from compiler.sandbox.processes import ProcessSpec, ProcessTable

FOREVER = "import time; print('up', flush=True); time.sleep(60)"


def spec(script: str = FOREVER, **environment: str) -> ProcessSpec:
    python = Path(sys.executable)
    return ProcessSpec(
        name="test",
        program=python,
        command=(str(python), "-c", script),
        environment=environment,
        version="1",
        origin="PATH",
    )


@pytest.fixture
def table(tmp_path: Path) -> Iterator[ProcessTable]:
    layout = Layout(tmp_path)
    layout.create()
    table = ProcessTable(layout)
    yield table
    table.stop(["test"])


def pid_of(table: ProcessTable) -> int:
    record = table.record("test")
    assert record is not None
    return record.pid


def assert_has_ended(pid: int) -> None:
    """Notice the end of a child, which is a zombie until then."""
    psutil.Process(pid).wait(timeout=0.1)
    assert not psutil.pid_exists(pid)


def wait_for_log(table: ProcessTable, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in table.log("test").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_has_a_session_and_a_private_log_of_its_own(table: ProcessTable) -> None:
    table.spawn(spec())
    wait_for_log(table, "up")
    assert os.getsid(pid_of(table)) == pid_of(table)
    assert table.log("test").stat().st_mode & 0o777 == 0o600


def test_a_process_gets_no_other_environment_than_its_own(table: ProcessTable) -> None:
    table.spawn(spec("import os; print('HOME' in os.environ, os.environ['GIVEN'])", GIVEN="yes"))
    wait_for_log(table, "False yes")


def test_a_running_process_is_current_until_something_else_is_wanted(table: ProcessTable) -> None:
    table.spawn(spec())
    assert table.is_current(spec())
    assert not table.is_current(spec(CHANGED="yes"))


def test_a_changed_file_makes_a_process_outdated(table: ProcessTable, tmp_path: Path) -> None:
    file = tmp_path / "read-at-start"
    file.write_text("before")
    reading = replace(spec(), reads=(file,))
    table.spawn(reading)
    file.write_text("after")
    assert not table.is_current(reading)


def test_a_killed_process_is_not_alive(table: ProcessTable) -> None:
    table.spawn(spec())
    os.kill(pid_of(table), signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid_of(table))], timeout=5)
    assert not table.is_current(spec())


def test_a_process_that_got_the_id_of_ours_is_never_stopped(table: ProcessTable) -> None:
    table.spawn(spec())
    ours = pid_of(table)
    record = table._layout.processes / "test.json"
    written = record.read_text()
    # As if ours had ended an hour ago and its id had been given away since.
    started_at = psutil.Process(ours).create_time()
    record.write_text(written.replace(str(started_at), str(started_at - 3600)))
    table.stop(["test"])
    assert psutil.pid_exists(ours)
    record.write_text(written)


def test_a_process_that_ignores_the_request_to_end_is_killed(
    table: ProcessTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compiler.sandbox.processes.STOP_GRACE_S", 0.2)
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    table.spawn(spec(ignore + FOREVER))
    wait_for_log(table, "up")
    pid = pid_of(table)
    table.stop(["test"])
    assert_has_ended(pid)


def test_a_record_of_another_version_is_still_enough_to_stop_its_process(
    table: ProcessTable,
) -> None:
    table.spawn(spec())
    pid = pid_of(table)
    started_at = psutil.Process(pid).create_time()
    record = table._layout.processes / "test.json"
    record.write_text(f'{{"pid": {pid}, "started_at": {started_at}, "unknown": 1}}')
    table.stop(["test"])
    assert_has_ended(pid)
