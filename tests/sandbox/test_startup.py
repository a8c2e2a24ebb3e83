"""What is said when programs do not start; the programs are fakes, kuplet is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.sandbox.catalogue import CONTROL_PLANE, KWOK
from compiler.sandbox.installation import InstalledProgram
from compiler.sandbox.layout import Layout
from compiler.sandbox.settings import Settings
from compiler.sandbox.startup import bring_up


def start_with(etcd: Path, directory: Path, hear: Callable[[str], None]) -> Finding:
    """Start a sandbox whose etcd is ``etcd`` and return the error."""
    layout = Layout(directory)
    layout.create()
    programs = {
        program.name: InstalledProgram(program=program, path=etcd, version="1", origin="PATH")
        for program in (*CONTROL_PLANE, KWOK)
    }
    with pytest.raises(ExternalError) as raised:
        bring_up(layout, programs, Settings(), hear)
    (finding,) = raised.value.findings
    return finding


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_last_words_of_a_program_that_dies_are_shown(tmp_path: Path) -> None:
    etcd = script(tmp_path / "etcd", "echo cannot read my data; exit 1")
    finding = start_with(etcd, tmp_path / "sandbox", list[str]().append)
    assert finding.rule == "sandbox-start-failed"
    assert finding.message == '"etcd" ended while it was starting'
    assert finding.notes[0] == "cannot read my data"


def test_a_program_that_loses_its_port_gets_other_ports_before_it_is_an_error(
    tmp_path: Path,
) -> None:
    etcd = script(tmp_path / "etcd", 'echo "$@"; echo listen: address already in use; exit 1')
    progress: list[str] = []
    finding = start_with(etcd, tmp_path / "sandbox", progress.append)
    assert finding.rule == "sandbox-port-busy"
    assert progress == ["starting etcd 1"] * 3


def test_a_program_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    finding = start_with(tmp_path / "missing", tmp_path / "sandbox", list[str]().append)
    assert finding.rule == "sandbox-start-failed"
    assert "cannot be run" in finding.message


def test_a_program_that_takes_its_time_is_waited_for_in_words(tmp_path: Path) -> None:
    told = tmp_path / "told"
    etcd = script(tmp_path / "etcd", f"while ! [ -e {told} ]; do sleep 0.1; done; exit 1")
    progress: list[str] = []

    def hear(line: str) -> None:
        progress.append(line)
        if "not ready yet" in line:
            told.touch()

    finding = start_with(etcd, tmp_path / "sandbox", hear)
    assert "ended while it was starting" in finding.message
    assert progress == ["starting etcd 1", "etcd not ready yet; waiting"]
