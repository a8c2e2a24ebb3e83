"""Objects are written by hand; libyaml, which is slow, says what must come out."""

import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.cli.report.languages import json_text
from compiler.cli.report.object_yaml import _Dumper, object_yaml, ordered
from compiler.cli.report.yaml_language import yaml_text
from compiler.model.json import JsonObject, JsonValue

# fmt: off
ODD = [
    "", " ", "a b", "a: b", "a:", "a #b", "#", "a#b", "- a", "-a", "---", "...", "? a", ":", "a\n",
    "yes", "No", "y", "~", "null", "NULL", "1", "1.0", "0x1f", "1e3", ".5", "+1", "0o7", "12:30",
    "2026-11-26", "=", "<<", "!x", "&a", "*a", "%a", "@a", "`a`", "'a'", '"a"', "it's", "[a]",
    "a,b", "a\nb", "a\nb\n\n", "\na", " a\nb", "a \nb", "\n", "a\tb", "\t", "é", "🚀", "{a}",
    "::set-output name=a::b", "##[command]", "a::b", "x" * 130, "a" * 200 + ": b", "/a/b", "$(x)",
    "http://a:80/b?c=d&e=f", "a:b", "quay.io/a/b:1.0", "--flag=a", "a\u2028b", "a\x85b", "_a",
]
# fmt: on
TEXTS = st.sampled_from(ODD) | st.text(max_size=12) | st.text("ab:#- \n'\"", max_size=8)
SCALARS = TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["kind", "apiVersion", "metadata", "a"]) | TEXTS, VALUES)


@given(OBJECTS)
@example({"a": [[["b"], {}], [], {"c": [{}]}]})
@example({"a": {"x" * 200: 1}, "b": "a\n\n\nb\n"})
def test_what_is_written_by_hand_is_what_libyaml_writes(body: JsonObject) -> None:
    written = yaml_text(ordered(body), _Dumper)
    assert object_yaml(body) == written.removesuffix("...\n")  # which ends a text, not an object


@given(st.dictionaries(st.text("ab", min_size=1), TEXTS | st.integers() | st.booleans()))
def test_what_is_written_is_read_back(body: JsonObject) -> None:
    read = yaml.safe_load(object_yaml(body))
    seen = {key: value for key, value in read.items() if value == body[key]}
    hidden = set(body) - set(seen)
    assert all(isinstance(body[key], str) for key in hidden)


@given(VALUES, st.sampled_from([1, 2, 4]))
def test_json_in_lines_is_what_the_standard_library_writes(value: JsonValue, indent: int) -> None:
    text = json_text(value, indent)
    assert json.loads(text) == value
    if text.isascii() and "\\u0" not in text:  # what nobody would see is escaped
        assert text == json.dumps(value, indent=indent)
