"""Every finding that kuplet can raise is explained in docs/findings.md, and no other."""

import re
from pathlib import Path

import pytest

from compiler.cli.report.findings import finding_text
from compiler.cli.report.languages import without_styles
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.source import SourceSpan
from compiler.stages.validate.json_schema import check_schema

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"""(?:rule=|_refuse\(\s*|_give_up\(item, |return )"([a-z]+(?:-[a-z]+)+)"[,)]""")


def test_every_rule_has_a_line_in_the_documentation() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "compiler").rglob("*.py"))
    raised = {rule for text in sources for rule in RULE.findall(text)}
    lines = (ROOT / "docs/findings.md").read_text(encoding="utf-8").splitlines()
    explained = {line.split("`")[1] for line in lines if line.startswith("| `")}
    assert raised - explained == set()


def test_what_others_wrote_cannot_command_the_terminal() -> None:
    span = SourceSpan("web.jsonnet", 1, 1, 2, "\x1b[2J{\r")
    finding = Finding(rule="a", message="no\x1b]0;x\x07", span=span, notes=("remote: \x00",))
    text = without_styles(finding_text(finding))
    assert not set(text) & {"\x00", "\x07", "\x1b", "\r"}
    assert r"no\x1b]0;x\x07" in text


@pytest.mark.parametrize("words", ["must be a name", "must be {x} or {", "%s"])
def test_a_pattern_may_say_in_words_what_it_wants(words: str) -> None:
    schema: JsonObject = {"pattern": "^a$", "patternErrorMessage": words}
    (found,) = check_schema("b", schema)
    assert found.message == f'{words}, got "b"'


@pytest.mark.parametrize("column", [1, 5_000, 9_998])
def test_a_very_long_line_is_cut_around_the_place(column: int) -> None:
    line = f"{'a' * (column - 1)}HERE".ljust(10_001, "b")
    span = SourceSpan("x.yaml", 1, column, column + 4, line)
    finding = Finding(rule="yaml-syntax", message="no", span=span)
    _, _, shown, marks = without_styles(finding_text(finding)).splitlines()
    assert len(shown) < 180
    place = shown.index("HERE")
    assert (marks.index("^"), marks.count("^")) == (place, 4)
