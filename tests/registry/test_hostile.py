"""Registries that mean harm."""

import subprocess
from pathlib import Path

import pytest

from tests.registry.places import AppDirectory, Repository, new_app, write_package

URI = "github.com/kubeflow/kubeflow/tree/master/kubeflow"
BLOB, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"


@pytest.fixture
def app(tmp_path: Path, kubeflow: Repository) -> AppDirectory:
    app = new_app(tmp_path)
    app.run("registry", "add", "kubeflow", URI)
    return app


def add_entries(kubeflow: Repository, entries: list[tuple[str, str, str]]) -> None:
    """Commit a package "evil" of entries (mode, object, name), whatever a work tree would allow."""

    def made(kind: str, lines: str, *more: str) -> str:
        command = ["git", "-C", str(kubeflow.directory), kind, *more]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def tree(items: list[tuple[str, str, str]]) -> str:
        lines = "".join(
            f"{mode} {'tree' if mode == '040000' else 'commit' if mode == SUBMODULE else 'blob'}"
            f" {oid}\t{name}\n"
            for mode, oid, name in items
        )
        return made("mktree", lines, "--missing")

    parts = made("hash-object", "{}", "-w", "--stdin")
    evil = tree([(BLOB, parts, "parts.yaml"), *entries])
    top = tree([("040000", tree([("040000", evil, "evil")]), "kubeflow")])
    commit = kubeflow.git("commit-tree", top, "-m", "evil")
    kubeflow.git("update-ref", "refs/heads/master", commit)


def refuse(app: AppDirectory, words: str) -> None:
    before = app.read("app.yaml")
    done = app.fails("pkg", "install", "kubeflow/evil")
    assert (done.code, "error[package-refused]" in done.stderr) == (3, True), done.stderr
    assert words in done.stderr
    assert app.read("app.yaml") == before
    assert not (app.root / "vendor").exists()
    assert not (app.root / "kuplet.lock").exists()


@pytest.mark.parametrize(("mode", "name"), [(LINK, "link"), (SUBMODULE, "module")])
def test_links_and_submodules_are_refused(
    app: AppDirectory, kubeflow: Repository, mode: str, name: str
) -> None:
    oid = kubeflow.git("rev-parse", "HEAD:kubeflow/registry.yaml" if mode == LINK else "HEAD")
    add_entries(kubeflow, [(mode, oid, name)])
    refuse(app, "no plain file")


@pytest.mark.parametrize("name", [".git", ".GIT", "a\\b", "C:x"])
def test_dangerous_names_are_refused(app: AppDirectory, kubeflow: Repository, name: str) -> None:
    oid = kubeflow.git("rev-parse", "HEAD:kubeflow/registry.yaml")
    add_entries(kubeflow, [(BLOB, oid, name)])
    refuse(app, "has a file with the path")


def test_a_hundred_thousand_files_are_refused(app: AppDirectory, kubeflow: Repository) -> None:
    oid = kubeflow.git("rev-parse", "HEAD:kubeflow/registry.yaml")
    add_entries(kubeflow, [(BLOB, oid, f"f{number:06}") for number in range(100_000)])
    refuse(app, "more than 5,000 files")


def test_a_huge_file_is_refused(app: AppDirectory, kubeflow: Repository) -> None:
    huge = kubeflow.directory / "kubeflow/evil/huge"
    huge.parent.mkdir()
    (huge.parent / "parts.yaml").write_text("{}")
    huge.write_bytes(bytes(10_000_001))
    kubeflow.commit("huge")
    (kubeflow.directory / "kubeflow/registry.yaml").unlink()
    refuse(app, "more than 10,000,000 bytes")


def test_nothing_of_a_package_is_executable_and_no_filter_runs(
    app: AppDirectory, kubeflow: Repository, tmp_path: Path
) -> None:
    package = kubeflow.directory / "kubeflow/core"
    (package / "run.sh").write_text("#!/bin/sh\n")
    (package / "run.sh").chmod(0o755)
    (package / ".gitattributes").write_text("* filter=evil eol=crlf\n")
    kubeflow.commit("attributes")
    config = tmp_path / "gitconfig"
    config.write_text(
        config.read_text() + f'[filter "evil"]\n\tsmudge = touch {tmp_path}/ran; cat\n'
    )
    app.run("pkg", "install", "kubeflow/core")
    (script,) = app.root.glob("vendor/kubeflow/core@*/run.sh")
    assert script.stat().st_mode & 0o111 == 0
    assert script.read_bytes() == b"#!/bin/sh\n"
    assert not (tmp_path / "ran").exists()


def test_an_index_full_of_brackets_says_nothing(app: AppDirectory, kubeflow: Repository) -> None:
    (kubeflow.directory / "kubeflow/registry.yaml").write_text("[" * 200_000)
    (kubeflow.directory / "kubeflow/core/parts.yaml").write_text("{" * 200_000)
    kubeflow.commit("brackets")
    assert "tf-job" in app.run("registry", "describe", "kubeflow").stdout


def test_an_app_cannot_name_a_package_outside_of_vendor(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    app = AppDirectory(tmp_path / "app")
    app.root.mkdir()
    (app.root / "app.yaml").write_text(
        "apiVersion: 0.3.0\nkind: ksonnet.io/app\nname: x\nenvironments: {}\n"
        "libraries: {r/precious: {name: precious, registry: ../.., version: ''}}\n"
    )
    for command in (("install",), ("verify",), ("remove", "r/precious")):
        done = app.fails("pkg", *command)
        assert (done.code, "error[package-id]" in done.stderr) == (1, True)
    assert (tmp_path / "precious").is_dir()


def test_a_lock_cannot_name_a_package_outside_of_vendor(app: AppDirectory) -> None:
    (app.root / "kuplet.lock").write_text(
        "apiVersion: kuplet.dev/v1\nkind: Lock\npackages:\n"
        f"  ../environments: {{registry: x, sha256: {'0' * 64}}}\n"
    )
    done = app.fails("pkg", "install", "kubeflow/core")
    assert (done.code, "error[file-schema]" in done.stderr) == (1, True)


def test_a_link_in_vendor_that_leads_outside_is_not_followed(
    app: AppDirectory, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (app.root / "vendor").mkdir()
    (app.root / "vendor/kubeflow").symlink_to(tmp_path / "outside")
    done = app.fails("pkg", "install", "kubeflow/core")
    assert (done.code, "leads out of the app" in done.stderr) == (1, True)
    assert list((tmp_path / "outside").iterdir()) == []
    assert "packages" not in app.read("app.yaml")


def test_a_directory_with_links_gives_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/parts.yaml").write_text("description: secret")
    write_package(tmp_path / "parts/core", "own", "core", "own-core")
    (tmp_path / "parts/evil").symlink_to(tmp_path / "secret")
    (tmp_path / "parts/core/link").symlink_to(tmp_path / "secret/parts.yaml")
    app = new_app(tmp_path)
    app.run("registry", "add", "own", "../parts")
    assert "secret" not in app.run("registry", "describe", "own").stdout.partition("packages:")[2]
    assert app.fails("pkg", "install", "own/evil").code == 2
    assert "no plain file" in app.fails("pkg", "install", "own/core").stderr
