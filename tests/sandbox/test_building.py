import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.errors import ExternalError
from compiler.sandbox.building import classify_failure
from compiler.sandbox.catalogue import Program, Source
from compiler.sandbox.installation import cached_path, install_programs
from compiler.sandbox.manifests import read_manifests

needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="there is no go on PATH")

HELLO = 'package main\n\nfunc main() { println("hello") }\n'


def make_program(directory: Path, source: str = HELLO, *, build_gb: float = 0) -> Program:
    """Write a Go module with one program."""
    directory.mkdir()
    (directory / "go.mod").write_text("module example.test/hello\n\ngo 1.26.0\n")
    (directory / "go.sum").touch()
    (directory / "main.go").write_text(source)
    return Program(
        name="hello",
        version="1.0",
        module=str(directory),
        package="example.test/hello",
        build_minutes=0.1,
        build_gb=build_gb,
    )


def rule_of(error: ExternalError) -> str:
    return error.findings[0].rule


@pytest.mark.parametrize(
    ("output", "rule"),
    [
        ("Get https://proxy.golang.org/x: dial tcp: lookup …: no such host", "sandbox-no-network"),
        ("module lookup disabled by GOPROXY=off", "sandbox-no-network"),
        ("write /tmp/go-build/b001: no space left on device", "sandbox-no-space"),
        ("main.go:3:1: syntax error", "sandbox-build-failed"),
    ],
)
def test_a_failure_is_told_by_what_go_prints(output: str, rule: str, tmp_path: Path) -> None:
    error = classify_failure("etcd", [output], tmp_path / "etcd.log")
    assert rule_of(error) == rule
    assert output in error.findings[0].notes


@needs_go
def test_a_program_is_built_once(tmp_path: Path) -> None:
    program = make_program(tmp_path / "hello")
    progress: list[str] = []
    first = install_programs([program], tmp_path / "cache", progress.append)
    assert next(line.split(",")[0] for line in progress) == "building hello 1.0 (1 of 1)"
    assert progress[-1].startswith("built hello 1.0 (1 of 1) in ")

    progress.clear()
    assert install_programs([program], tmp_path / "cache", progress.append) == first
    assert progress == []


@needs_go
def test_manifests_of_the_module_are_kept_beside_the_program(tmp_path: Path) -> None:
    sources = (Source(files="config/*.yaml", kinds=("ConfigMap",)),)
    program = replace(make_program(tmp_path / "hello"), manifests=sources)
    (program.source / "config").mkdir()
    (program.source / "config" / "all.yaml").write_text("kind: ConfigMap\n---\nkind: Secret\n")
    found = install_programs([program], tmp_path / "cache", print)
    assert read_manifests(found["hello"].path) == [{"kind": "ConfigMap"}]


@needs_go
def test_a_changed_module_is_another_program(tmp_path: Path) -> None:
    program = make_program(tmp_path / "hello")
    before = cached_path(program, tmp_path)
    (program.source / "go.sum").write_text("changed")
    assert cached_path(program, tmp_path) != before


@needs_go
def test_a_failed_build_leaves_only_its_log(tmp_path: Path) -> None:
    program = make_program(tmp_path / "hello", "package main\n\nfunc main() { oops }\n")
    with pytest.raises(ExternalError) as raised:
        install_programs([program], tmp_path / "cache", print)
    assert rule_of(raised.value) == "sandbox-build-failed"
    log = tmp_path / "cache" / "programs" / "hello.log"
    assert list(log.parent.iterdir()) == [log]
    assert "undefined: oops" in log.read_text()


@needs_go
def test_a_build_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    program = make_program(tmp_path / "hello")
    target = cached_path(program, tmp_path / "cache")
    target.parent.mkdir(parents=True)
    target.with_name(f".{target.name}.12345").touch()
    install_programs([program], tmp_path / "cache", print)
    assert set(target.parent.iterdir()) == {target, target.parent / "hello.log"}


@needs_go
def test_an_unreachable_proxy_is_a_network_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = make_program(tmp_path / "hello", 'package main\n\nimport _ "example.test/far"\n')
    with (program.source / "go.mod").open("a") as go_mod:
        go_mod.write("\nrequire example.test/far v1.0.0\n")
    checksum = f"h1:{'A' * 43}="
    (program.source / "go.sum").write_text(
        f"example.test/far v1.0.0 {checksum}\nexample.test/far v1.0.0/go.mod {checksum}\n"
    )
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:1")
    with pytest.raises(ExternalError) as raised:
        install_programs([program], tmp_path / "cache", print)
    assert rule_of(raised.value) == "sandbox-no-network"


@needs_go
def test_a_build_that_cannot_fit_on_the_disk_does_not_begin(tmp_path: Path) -> None:
    program = make_program(tmp_path / "hello", build_gb=1e9)
    progress: list[str] = []
    with pytest.raises(ExternalError) as raised:
        install_programs([program], tmp_path / "cache", progress.append)
    assert rule_of(raised.value) == "sandbox-no-space"
    assert progress == []


@needs_go
def test_two_builders_wait_for_one_another(tmp_path: Path) -> None:
    program = make_program(tmp_path / "hello")
    has_begun = threading.Event()
    second_progress: list[str] = []

    def first(line: str) -> None:
        has_begun.set()

    builder = threading.Thread(target=install_programs, args=([program], tmp_path / "cache", first))
    builder.start()
    assert has_begun.wait(timeout=20)
    install_programs([program], tmp_path / "cache", second_progress.append)
    builder.join(timeout=20)
    assert second_progress == ["waiting for another kuplet that builds programs"]
