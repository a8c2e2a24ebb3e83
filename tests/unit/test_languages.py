"""In no language that kuplet writes can the words of others be more than words."""

import html
import json
import re
import xml.etree.ElementTree as ET

import pytest
import yaml

from compiler.cli.report.findings import finding_text
from compiler.cli.report.languages import (
    dot_quoted,
    github_message,
    github_property,
    json_text,
    markdown_code,
    markdown_text,
    markup,
    mermaid_label,
    one_line,
    styled,
    terminal,
    visible,
    without_styles,
)
from compiler.cli.report.object_yaml import object_yaml
from compiler.cli.report.table import table
from compiler.cli.report.yaml_language import yaml_text
from compiler.model.finding import Finding
from compiler.model.source import SourceSpan

HOSTILE = [
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x1b[2J\x1b[8mhidden",
    "\x1b[31mred",
    "\x9b2J\x9d0;title\x9c",
    "a\x08\x08\x08b\x7f",
    "user\u202egnp.exe\u2066x\u2069",
    "zero\u200bwidth\ufeff\u2028line\u2029",
    "tag\U000e0041",
    "\x00nul",
    "lone\udc80surrogate",
    "a\n::error::b",
    "::error file=x::b",
    "  ::set-output name=x::y",
    "##[error]x",
    "a`\n# title\n`b",
    "``` ` `` |x| <script>alert(1)</script>",
    '"]; click n0 "javascript:x" %%{init}%%',
    "<img src=x onerror=y> & &lt;",
    '\\"; } evil [label="x',
    "@everyone https://evil.example [x](y) #12",
    "a,b:c%0A::error::d",
    "key: value # no comment\n- item",
    "\r\n\rreturn",
    "ordinary text, é and 漢字",
]
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
EACH = pytest.mark.parametrize("text", HOSTILE)
COMMAND = re.compile(r"^\s*::[^\n]*::|##\[", re.MULTILINE)


@EACH
def test_a_terminal_and_a_log_are_not_commanded(text: str) -> None:
    for shown in (terminal(text), terminal(f"x\n{text}"), without_styles(styled(text, fg="red"))):
        assert not HIDDEN.search(shown)
        assert not COMMAND.search(shown)
        shown.encode()
    colored = terminal(styled(text, fg="red", bold=True))
    assert colored.count("\x1b[") == 3
    assert not HIDDEN.search(re.sub(r"\x1b\[(31|1|0)m", "", colored))


@EACH
def test_findings_and_tables_stay_what_they_are(text: str) -> None:
    span = SourceSpan(text, 1, 1, 2, text)
    finding = Finding(rule="a", message=text, span=span, notes=(text,), hint=text, environment=text)
    shown = without_styles(finding_text(finding))
    assert not HIDDEN.search(shown)
    assert not COMMAND.search(shown)
    assert sum(line.startswith("error[") for line in shown.split("\n")) == 1
    assert len(table(["a"], [[text]]).split("\n")) == 2


@EACH
def test_markdown_formats_nothing_and_ends_nowhere(text: str) -> None:
    for shown in (markdown_code(text), markdown_text(text)):
        assert "\n" not in shown
        assert "##[" not in shown
        assert not HIDDEN.search(shown)
    code = markdown_code(text)
    fence = re.match("`+", code)
    assert fence
    assert code.count(fence[0]) == 2 or fence[0] not in code[len(fence[0]) : -len(fence[0])]
    assert not re.search(r"(?<!\\)\|", code)
    assert not re.search(r"(?<!\\)[\[\]*_|~]|<", markdown_text(text))


@EACH
def test_markup_is_text(text: str) -> None:
    shown = markup(text)
    assert not set(shown) & set("<>\"'")
    assert not COMMAND.search(shown)
    assert html.unescape(shown) == visible(text)
    assert ET.fromstring(f'<a b="{shown}">{shown}</a>').text == visible(text)  # noqa: S314  ours


@EACH
def test_an_annotation_is_one_line(text: str) -> None:
    assert "\n" not in github_message(text)
    assert not set(github_property(text)) & set(",:\n\r")


@EACH
def test_pictures_keep_their_labels(text: str) -> None:
    assert not set(mermaid_label(text)) & set('"<>`\n')
    assert "##[" not in mermaid_label(text) + dot_quoted(text)
    assert json.loads(re.sub(r"\t", " ", dot_quoted(text))) == one_line(text)


@EACH
def test_json_and_yaml_hold_the_same_and_show_all(text: str) -> None:
    for value in (text, {text: [text]}):
        shown = json_text(value)
        assert not HIDDEN.search(shown)
        assert json.loads(shown) == value
        sound = json.loads(re.sub(r"\\udc80", r"\\ufffd", json_text(value)))
        documents = (
            yaml_text(value),
            object_yaml({text: [text]}) if isinstance(value, dict) else "",
        )
        for document in filter(None, documents):
            assert not HIDDEN.search(document)
            assert not COMMAND.search(document)
            assert yaml.safe_load(document) == sound
