import copy
import json
import string
from typing import Any

import _gojsonnet
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.text.jsonnet_edit import delete_value, field_name, jsonnet_text, set_value
from compiler.text.jsonnet_objects import read_jsonnet
from compiler.text.jsonnet_tokens import tokens_of

MODULE = """\
{
  global: {
    // For all components
    // replicas: 4,
  },
  components: {
    // By name
    "a-b": {  // about a-b
      image: "x",
      n: 1   # no comma
    },
    web: { a: 1, b: 2 },
    'one.two': {
      // nothing yet
    },
    empty: {},
  },
}
"""
ENVIRONMENT = """\
local params = std.extVar("__ksonnet/params");
local globals = import "globals.libsonnet";
local envParams = params + {
  components +: {
    // guestbook +: {
    // },
  },
};

{
  components: {
    [x]: envParams.components[x] + globals, for x in std.objectFields(envParams.components)
  },
}
"""
OLD_ENVIRONMENT = """\
local params = import '../../components/params.libsonnet';
params {
  components+: {
    web+: {a+: [1], b: 'x'}
  }
}
"""


def evaluated(text: str) -> Any:
    return json.loads(_gojsonnet.evaluate_snippet("test", text))


def refusal(text: str, *path: str) -> tuple[str, int, str]:
    with pytest.raises(AppError) as caught:
        set_value(text, path, 1, "f.libsonnet")
    finding = caught.value.findings[0]
    assert finding.span
    return finding.rule, finding.span.line, finding.hint


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("components/a-b/image", 'say "hi"', 'image: "x"', 'image: "say \\"hi\\""'),
        (
            "components/a-b/more", True,
            "n: 1   # no comma\n", "n: 1,   # no comma\n      more: true\n",
        ),
        ("components/web/c", -1.5, "b: 2 }", "b: 2, c: -1.5 }"),
        ("components/web/a/x", 1, "a: 1", "a: { x: 1 }"),
        ("components/empty/list", [{}], "empty: {}", "empty: {\n      list: [{}],\n    }"),
        (
            "components/one.two/x", None,
            "// nothing yet\n", "// nothing yet\n      x: null,\n",
        ),
        ("global/replicas", 2, "// replicas: 4,\n", "// replicas: 4,\n    replicas: 2,\n"),
        (
            "components/local", {"b-c": "d"},
            "    empty: {},\n", '    empty: {},\n    "local": {\n      "b-c": "d",\n    },\n',
        ),
    ],
)  # fmt: skip
def test_only_what_is_set_changes(path: str, value: Any, old: str, new: str) -> None:
    assert set_value(MODULE, path.split("/"), value, "f") == MODULE.replace(old, new, 1)


def test_an_environments_parameters_are_set_where_people_write_them() -> None:
    edited = set_value(ENVIRONMENT, ("components", "web", "a"), 1, "f", merged=2)
    comment = "    // },\n"
    added = "    web +: {\n      a: 1,\n    },\n"
    assert edited == ENVIRONMENT.replace(comment, comment + added)
    assert delete_value(edited, ("components", "web", "a"), "f") == ENVIRONMENT


def test_the_old_shape_keeps_its_style() -> None:
    edited = set_value(OLD_ENVIRONMENT, ("components", "x-y", "a"), "1", "f", merged=2)
    assert "    web+: {a+: [1], b: 'x'},\n    'x-y'+: {\n      a: '1',\n    }\n" in edited
    assert delete_value(edited, ("components", "x-y", "a"), "f") == OLD_ENVIRONMENT


def test_what_was_added_to_a_value_replaces_it_when_set() -> None:
    edited = set_value(OLD_ENVIRONMENT, ("components", "web", "a"), [2], "f", merged=2)
    assert "web+: {a: [2], b: 'x'}" in edited


@pytest.mark.parametrize(
    ("path", "left"),
    [("components/web/a", "web: { b: 2 }"), ("components/web/b", "web: { a: 1 }")],
)
def test_deleting_on_a_line_keeps_the_rest_of_it(path: str, left: str) -> None:
    edited = delete_value(MODULE, path.split("/"), "f")
    assert edited == MODULE.replace("web: { a: 1, b: 2 }", left)


def test_deleting_a_line_keeps_the_comments_around_it() -> None:
    edited = delete_value(MODULE, ("components", "a-b", "image"), "f")
    assert edited == MODULE.replace('      image: "x",\n', "")


def test_deleting_what_is_not_there_is_an_error() -> None:
    with pytest.raises(AppError) as caught:
        delete_value(MODULE, ("components", "web", "zzz"), "f")
    assert caught.value.findings[0].rule == "edit-not-set"


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("{ components:\n  { [x]: 1 for x in ['a'] } }", "components/web/a", 1),
        ("local all = { a: {} };\n{\n  components: all,\n}", "components/web/a", 3),
        ("{ components: {\n web: f(1) } }", "components/web/a", 2),
        ("{ components: {\n\n web: if true then { a: 1 } else { a: 2 } } }", "components/web/a", 3),
        ("{ components: {\n web(x):: x } }", "components/web", 2),
        ("if true then { components: {} }", "components/web/a", 1),
        ("[1]", "components/web/a", 1),
    ],
)
def test_what_is_calculated_is_refused_with_its_line(text: str, path: str, line: int) -> None:
    assert refusal(text, *path.split("/")) == (
        "edit-refused", line, "edit the file by hand, or see: kuplet upgrade",
    )  # fmt: skip


# One object in many ways of writing; each is { components: { web: { a: 1, s: "x" } } }.
SHAPES = [
    'local x = "x", f(y) = y; { components: { web: { a: f(1), s: x } } }',
    "local a = local b = 1, c = 2; c - b; { components: { web: { a: a, s: 'x' } } }",
    "assert true : 'no, never'; ({ components: ({ web: { a: 1, s: 'x', }, }), })",
    "{ components: {} } + { components+: { web: { a: 1, s: @'x' } } }",
    "{ components: {} } { components+: { web: { a: 1, s: 'x' } } }",
    "{ local x = 'x', components: { local y = 1, web: { assert true, a: y, s: x } } }",
    "{ components: { web: { a: if true then 1 else 2, s: |||\n    x\n  |||[0] } } }",
    "{ components: { web: { /* a: 2, } */ a: 1, // }\n s: 'x' # ]\n } } }",
    "{ components: { web: { a: (function(x, y) x)(1, 2), s: ({ b:: 'x' }).b } } }",
    "{ components: { web: { a: [z for z in [1, 2] if z == 1][0], s: 'x' } } }",
    "{ components: { web: { a: 1, s: $.s }, }, s:: 'x' }",
    "{ components: { web+: { a:-(-1), s::: 'x' } } }",
    "\r\n{\r\n\tcomponents: {\r\n\t\tweb: {\r\n\t\t\ta: 1,\r\n\t\t\ts: 'x'\r\n\t\t}\r\n\t}\r\n}",
]


@pytest.mark.parametrize("text", SHAPES)
@pytest.mark.parametrize("path", ["components/web/a", "components/web/n", "components/other/b/c"])
def test_a_value_is_set_and_deleted_in_every_shape(text: str, path: str) -> None:
    keys = path.split("/")
    wanted: Any = {"components": {"web": {"a": 1, "s": "x"}}}
    assert evaluated(text) == wanted
    edited = set_value(text, keys, "v", "f")
    target = wanted
    for key in keys[:-1]:
        target = target.setdefault(key, {})
    target[keys[-1]] = "v"
    assert evaluated(edited) == wanted
    del target[keys[-1]]
    assert evaluated(delete_value(edited, keys, "f")) == wanted
    assert "\n" not in edited.replace("\r\n", "") or "\r\n" not in text


names = st.text(string.ascii_letters + "-_. '\"", min_size=1, max_size=4) | st.sampled_from(
    ["local", "a", "é"]
)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(names, children, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(names, st.dictionaries(names, values, max_size=3) | values, max_size=4)
COMMENTS = ["", " // one", " # two, }", " /* three: { */"]


@st.composite
def written(draw: st.DrawFn, value: Any, indent: str = "") -> str:
    """Write an object in one of the ways that people do."""
    if not isinstance(value, dict):
        return jsonnet_text(value, draw(st.sampled_from("'\"")))
    inner = indent + draw(st.sampled_from(["  ", "\t", "    "]))
    is_inline: bool = draw(st.booleans())
    fields: list[str] = []
    for key, item in value.items():
        quoted = field_name(key, draw(st.sampled_from("'\"")))
        colon = draw(st.sampled_from([":", ": ", " : ", ":\n" + inner]))
        fields.append(f"{quoted}{colon}{draw(written(item, inner))}")
    if is_inline:
        last = draw(st.sampled_from(["", ",", " , "])) if fields else ""
        return f"{{{draw(st.sampled_from(['', ' ']))}{', '.join(fields)}{last} }}"
    lines = [f"{inner}{item},{draw(st.sampled_from(COMMENTS))}" for item in fields]
    is_without_comma: bool = draw(st.booleans())
    if lines and is_without_comma:
        lines[-1] = f"{inner}{fields[-1]}"
    lines.insert(0, draw(st.sampled_from(["", f"{inner}// first, {{"])))
    return "{" + "\n".join([*lines, f"{indent}}}"])


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, Any]:
    value = draw(objects)
    head = draw(st.sampled_from(["", "local x = { a: 1 }, y = 2;\n", "// head\n", "{} + "]))
    tail = draw(st.sampled_from(["", "\n", " // end\n"]))
    return head + draw(written(value)) + tail, value


@given(texts(), st.lists(names, min_size=1, max_size=3), values)
def test_whatever_is_set_is_evaluated_and_nothing_else_changes(
    source: tuple[str, Any], path: list[str], value: Any
) -> None:
    text, wanted = source
    wanted = copy.deepcopy(wanted)
    target = wanted
    for key in path[:-1]:
        assume(isinstance(target.get(key, {}), dict))
        target = target.setdefault(key, {})
    is_new = path[-1] not in target
    target[path[-1]] = value
    edited = set_value(text, path, value, "f")
    assert evaluated(edited) == wanted
    for comment in ("// head", "// end"):
        assert (comment in text) == (comment in edited)
    if is_new:
        del target[path[-1]]
        assert evaluated(delete_value(edited, path, "f")) == wanted


@given(texts(), names, scalars)
def test_deleting_what_was_added_gives_the_old_bytes(
    source: tuple[str, Any], name: str, value: Any
) -> None:
    text, old = source
    assume(old and name not in old)
    assert delete_value(set_value(text, [name], value, "f"), [name], "f") == text


@given(texts())
def test_tokens_and_gaps_are_the_whole_text(source: tuple[str, Any]) -> None:
    text, _ = source
    position, parts = 0, []
    for token in tokens_of(text):
        parts += [text[position : token.start], token.text]
        position = token.end
    assert "".join(parts) + text[position:] == text
    assert read_jsonnet(text).object_of(read_jsonnet(text).whole)


@given(values)
def test_jsonnet_text_is_evaluated_to_the_value(value: Any) -> None:
    for quote in "'\"":
        assert evaluated(jsonnet_text(value, quote)) == value


@pytest.mark.parametrize(
    "text", ["{ a: 'x }", "{ a: ||| x }", "{ a: 1 ]", "{ a: 1", "}", "{ a: ` }"]
)
def test_what_is_no_jsonnet_is_refused(text: str) -> None:
    assert refusal(text, "a")[0] == "edit-refused"
