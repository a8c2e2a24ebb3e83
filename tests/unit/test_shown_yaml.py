"""Values as people read them in a diff: line by line, with odd characters marked."""

from collections.abc import Iterable

import click
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compiler.cli.report.diff import changed_lines, unified_yaml
from compiler.cli.report.languages import terminal
from compiler.cli.report.object_yaml import object_yaml, shown_yaml
from compiler.model.json import JsonObject


def plain(lines: Iterable[str]) -> list[str]:
    return [click.unstyle(terminal(line)) for line in lines]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a:\n\tb\n", "|\n  a:\n  ⇥b\n"),
        ("one  \ntwo\n", "|\n  one··\n  two\n"),
        ("one\r\ntwo\n", "|\n  one␍\n  two\n"),
        ("red \x1b[31m\nend", "|-\n  red ␛[31m\n  end\n"),
        ("zero\u200bwidth\nbidi\u202e\n", "|\n  zero\\u200bwidth\n  bidi\\u202e\n"),
        ("next\x85line\npara\u2029\n", "|\n  next\\x85line\n  para\\u2029\n"),
        ("no\xa0break\nend", "|-\n  no\\xa0break\n  end\n"),
        ("no\xa0break", "no\\xa0break\n"),
        ("😀\nend\n", "|\n  😀\n  end\n"),
        ("a\n::error::b\n", "|\n  a\n  \\x3a:error::b\n"),
    ],
)
def test_texts_are_shown_line_by_line_with_marks(text: str, shown: str) -> None:
    assert shown_yaml({"x": text}) == f"x: {shown}"


def test_a_change_of_one_line_is_one_line_of_a_diff() -> None:
    before: JsonObject = {"data": {"run": "a\n\tb\nc \n"}}
    after: JsonObject = {"data": {"run": "a\n\tB\nc \n"}}
    lines = [line for line in plain(unified_yaml(before, after, "x")) if line[:2] in {"- ", "+ "}]
    assert lines == ["-    ⇥b", "+    ⇥B"]


def test_what_the_marks_hide_is_shown_without_them() -> None:
    before: JsonObject = {"data": {"run": "a\n\tb\n"}}
    after: JsonObject = {"data": {"run": "a\n⇥b\n"}}
    assert [*unified_yaml(before, after, "x")]


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=20), max_size=3))
def test_different_objects_are_never_shown_as_one(data: dict[str, str]) -> None:
    body: JsonObject = {"data": {**data}}
    other: JsonObject = {"data": {**data, "more": "x"}}
    assert [*unified_yaml(body, other, "x")] or object_yaml(body) == object_yaml(other)
    assert yaml.safe_load(shown_yaml({"k": [*data]})) is not None


def test_lists_are_compared_item_by_item() -> None:
    assert plain(changed_lines(["a", "b"], ["a", "c"])) == ["- - b", "+ - c"]
    assert plain(changed_lines(None, "x")) == ["+ x"]
