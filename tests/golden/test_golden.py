"""Runs `kuplet` on small apps and compares all that it prints with what was reviewed.

A case is a folder: the files of an app, ``command`` with the arguments of a run on each line,
``expected.txt``.
After an intended change: ``pytest tests/golden --update-golden``, then read the diff. The cases of
ksonnet apps say in ``why.md`` which section of ksonnet's specification they prove.
"""

import shlex
import shutil
from pathlib import Path

import pytest

from tests.kuplet import run_kuplet, start_kuplet

ROOTS = (Path(__file__).parent / "cases", Path(__file__).parents[1] / "ksonnet" / "cases")
CASES = sorted(path for root in ROOTS for path in root.iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_kuplet_prints_what_was_reviewed(
    case: Path, tmp_path: Path, *, update_golden: bool
) -> None:
    app = shutil.copytree(case, tmp_path / "app")
    commands = (app / "command").read_text(encoding="utf-8").splitlines()
    found = "".join(_printed(app, command, is_only=len(commands) == 1) for command in commands)
    expected = case / "expected.txt"
    if update_golden:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def _printed(app: Path, command: str, *, is_only: bool) -> str:
    done = run_kuplet(*shlex.split(command), cwd=app)
    head = "" if is_only else f"$ kuplet {command}\n"
    return f"{head}exit {done.code}\n--- stdout\n{done.stdout}--- stderr\n{done.stderr}"


def test_a_kuplet_that_is_started_prints_the_same(tmp_path: Path) -> None:
    app = shutil.copytree(ROOTS[1] / "natives", tmp_path / "app")
    for command in (app / "command").read_text(encoding="utf-8").splitlines():
        arguments = shlex.split(command)
        assert start_kuplet(*arguments, cwd=app) == run_kuplet(*arguments, cwd=app)
