"""Every finding that kuplet can raise is explained in docs/findings.md, and no other."""

import re
from pathlib import Path

from compiler.cli.report.findings import finding_text
from compiler.cli.report.languages import without_styles
from compiler.model.finding import Finding
from compiler.model.source import SourceSpan

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
