"""docs/jobs.md says what the code does: each cell has an example, and each example a cell."""

import re
from pathlib import Path

import pytest

from tests.unit.test_verdicts import FAMILIES

TEXT = (Path(__file__).parents[2] / "docs" / "jobs.md").read_text("utf-8")
NEVER = "\N{EN DASH}"
COLUMNS = ("queued", "ready", "completed", "failed")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| kind")
]
FAMILY_OF = {
    f"{'Volcano ' if 'volcano' in api else 'Knative ' if 'knative' in api else ''}{kind}": family
    for family in FAMILIES
    for api, kinds in [family[0].split(maxsplit=1)]
    for kind in kinds.split()
}


def kinds_in(row: list[str]) -> list[str]:
    prefix = re.match(r"(Volcano |Knative )?", row[0])
    return [f"{prefix[1] or ''}{kind}" if prefix else kind for kind in words_in(row[0])]


def words_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_kind_with_an_example_has_a_row_and_no_other() -> None:
    named = [kind for row in ROWS for kind in kinds_in(row)]
    assert sorted(named) == sorted(FAMILY_OF)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_says_what_its_examples_say(row: list[str]) -> None:
    for kind in kinds_in(row):
        examples = FAMILY_OF[kind][1:]
        verdicts = {verdict for verdict, _, _ in examples}
        happens = {verdict: verdict in verdicts for verdict in COLUMNS}
        happens["ready"] = bool(verdicts & {"ready", "completed"})  # what is completed is ready
        assert {name: row[1 + index] != NEVER for index, name in enumerate(COLUMNS)} == happens
        said = {says for _, says, _ in examples}
        lines = words_in(row[5])
        assert not lines or said.issuperset(lines)
