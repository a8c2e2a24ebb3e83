"""Versions are read from the names of folders, and say what `importlib.metadata` says."""

import sys
from importlib import metadata
from pathlib import Path

import pytest

from compiler.versions import version_of


def distribution(directory: Path, name: str, version: str, folder: str) -> None:
    (directory / folder).mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (directory / folder / "METADATA").write_text(text)


@pytest.mark.parametrize("name", ["kuplet", "gojsonnet", "jsonnet", "kubernetes-validate", "pip"])
def test_it_says_what_the_standard_library_says(name: str) -> None:
    assert version_of(name) == metadata.version(name)


def test_of_two_folders_the_standard_library_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for version in ("1.0", "2.0"):
        distribution(tmp_path, "twice-there", version, f"twice_there-{version}.dist-info")
    assert version_of("twice-there") == metadata.version("twice-there")


def test_a_folder_with_another_name_is_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    distribution(tmp_path, "Oddly-Named", "3.0", "Oddly_Named-3.0.dist-info")
    assert version_of("oddly-named") == "3.0"


def test_what_is_not_installed_has_no_version() -> None:
    with pytest.raises(metadata.PackageNotFoundError):
        version_of("is-not-installed")
