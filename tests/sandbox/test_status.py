from pathlib import Path

from compiler.sandbox import NodeShape, Sandbox


def test_a_sandbox_that_was_never_started_has_a_status(tmp_path: Path) -> None:
    status = Sandbox(tmp_path / "state", tmp_path / "cache").status()
    assert not status.is_running
    assert status.server == ""
    assert status.nodes == NodeShape()
    assert [process.name for process in status.processes if process.is_alive] == []
    assert not (tmp_path / "state").exists()


def test_stopping_and_resetting_a_sandbox_that_was_never_started_does_nothing(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(tmp_path / "state", tmp_path / "cache")
    sandbox.stop()
    sandbox.reset()
    assert list(tmp_path.iterdir()) == []


def test_a_reset_leaves_files_that_are_not_the_sandboxs(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, tmp_path / "cache")
    precious = tmp_path / "thesis.tex"
    precious.write_text("…")
    sandbox.reset()
    assert precious.exists()
