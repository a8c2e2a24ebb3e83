"""Runs `kuplet` on small apps and compares all that it prints with what was reviewed.

A case is a folder: the files of an app, ``command`` with one line of arguments, ``expected.txt``.
After an intended change: ``pytest tests/golden --update-golden``, then read the diff.
"""

import shlex
import shutil
from pathlib import Path

import pytest

from tests.kuplet import run_kuplet

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_kuplet_prints_what_was_reviewed(case: str, tmp_path: Path, *, update_golden: bool) -> None:
    app = shutil.copytree(CASES / case, tmp_path / "app")
    done = run_kuplet(*shlex.split((app / "command").read_text()), cwd=app)
    found = f"exit {done.code}\n--- stdout\n{done.stdout}--- stderr\n{done.stderr}"
    expected = CASES / case / "expected.txt"
    if update_golden:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
