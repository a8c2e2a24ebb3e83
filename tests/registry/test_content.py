"""What a package may hold, and its digest."""

import hashlib
import os
from pathlib import Path

import pytest

from compiler.errors import ExternalError
from compiler.registry.cache import cached_content, keep_content, place_content
from compiler.registry.content import (
    MAX_BYTES,
    MAX_FILE_BYTES,
    MAX_FILES,
    Budget,
    check_folders,
    checked_path,
    digest_of,
    read_content,
)


def test_the_digest_is_that_of_sha256sum() -> None:
    content = {"b.txt": b"2", "a/x.txt": b"1"}
    lines = (
        f"{hashlib.sha256(b'1').hexdigest()}  a/x.txt\n{hashlib.sha256(b'2').hexdigest()}  b.txt\n"
    )
    assert digest_of(content) == hashlib.sha256(lines.encode()).hexdigest()


def test_the_digest_depends_on_names_and_content_not_on_order() -> None:
    assert digest_of({"a": b"1", "b": b"2"}) == digest_of({"b": b"2", "a": b"1"})
    assert len({digest_of(each) for each in ({"a": b"1"}, {"b": b"1"}, {"a": b"2"}, {})}) == 4


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a\\b", "a\nb", "C:x", ".git/hooks/x",
     "a/.GIT/config", "x" * 301, "a\udc80"],
)  # fmt: skip
def test_a_path_that_leaves_its_package_is_refused(path: str) -> None:
    with pytest.raises(ExternalError):
        checked_path(path, "p")


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / str(number)).touch()
    with pytest.raises(ExternalError, match="more than 5,000 files"):
        read_content(tmp_path, "p")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)  # sparse: a terabyte that takes no space
    with pytest.raises(ExternalError, match="more than 10,000,000 bytes"):
        read_content(tmp_path, "p")


def test_many_large_files_are_refused() -> None:
    budget = Budget("p")
    for number in range(MAX_BYTES // MAX_FILE_BYTES):
        budget.measure(str(number), MAX_FILE_BYTES)
    with pytest.raises(ExternalError, match="more than 50,000,000 bytes"):
        budget.measure("last", 1)


@pytest.mark.parametrize("target", ["/etc/passwd", "inside.txt", "..", "nothing"])
def test_links_are_refused_wherever_they_lead(tmp_path: Path, target: str) -> None:
    (tmp_path / "inside.txt").touch()
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(ExternalError, match="no plain file"):
        read_content(tmp_path, "p")


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ExternalError, match="no plain file"):
        read_content(tmp_path, "p")


def test_a_file_cannot_be_a_folder_too() -> None:
    with pytest.raises(ExternalError):
        check_folders(["a", "a/b"], "p")


def test_content_that_was_changed_in_the_cache_is_not_used(tmp_path: Path) -> None:
    content = {"a/b": b"1"}
    keep_content(tmp_path, content)
    digest = digest_of(content)
    assert cached_content(tmp_path, digest) == content
    (tmp_path / "content" / digest / "a/b").write_bytes(b"2")
    assert cached_content(tmp_path, digest) is None
    keep_content(tmp_path, content)
    assert cached_content(tmp_path, digest) == content


def test_a_directory_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    goal = tmp_path / "goal"
    place_content(goal, {"old": b"1"})
    with pytest.raises(ExternalError, match="File name too long"):
        place_content(goal, {"new": b"2", "x" * 300: b"3"})
    assert [path.name for path in tmp_path.rglob("*")] == ["goal", "old"]
    place_content(goal, {"new": b"2"})
    assert [path.name for path in tmp_path.rglob("*")] == ["goal", "new"]
