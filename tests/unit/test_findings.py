"""Every finding that kuplet can raise is explained in docs/findings.md, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"""(?:rule=|_refuse\(\s*|_give_up\(item, |return )"([a-z]+(?:-[a-z]+)+)"[,)]""")


def test_every_rule_has_a_line_in_the_documentation() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "compiler").rglob("*.py"))
    raised = {rule for text in sources for rule in RULE.findall(text)}
    lines = (ROOT / "docs/findings.md").read_text(encoding="utf-8").splitlines()
    explained = {line.split("`")[1] for line in lines if line.startswith("| `")}
    assert raised - explained == set()
