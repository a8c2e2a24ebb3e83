from pathlib import Path

import pytest

from compiler.sandbox.layout import (
    Layout,
    default_cache,
    default_directory,
    make_private_directory,
    write_private_file,
)


def test_directories_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUPLET_SANDBOX_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("KUPLET_CACHE_DIR", str(tmp_path / "cache"))
    assert (default_directory(), default_cache()) == (tmp_path / "state", tmp_path / "cache")


def test_a_private_file_is_private_even_if_it_was_not(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    write_private_file(file, "new")
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_private_directory_is_private_even_if_it_was_not(tmp_path: Path) -> None:
    directory = tmp_path / "private"
    directory.mkdir(mode=0o755)
    make_private_directory(directory)
    assert directory.stat().st_mode & 0o777 == 0o700


def test_all_that_a_layout_creates_is_what_a_reset_deletes(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "sandbox")
    layout.create()
    assert set(layout.root.iterdir()) == set(layout.state_directories)
