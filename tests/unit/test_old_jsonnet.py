"""What ksonnet made of a component's source; each expectation was seen with the real ks."""

import pytest

from compiler.formats.ksonnet.old_jsonnet import (
    as_jsonnet_of_2018,
    as_ksonnet_read,
    shown_marks,
    written_as_read,
)
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.model.json import JsonObject
from compiler.model.jsonnet import JsonnetProgram

BLOCKS = """\
local t = |||
    deep
      deeper

    end
|||;
{
  plain: |||
    one
    two
  |||,
  formatted: |||
    x %s
  ||| % "y",
  deep: t,
  blank: |||
    trailing

  |||,
  added: "pre" + |||
    mid
  ||| + "post",
}
"""


@pytest.mark.parametrize("read", [as_ksonnet_read, written_as_read])
def test_a_text_block_has_a_newline_more(read: object) -> None:
    assert callable(read)
    source = read(BLOCKS)
    assert evaluate(JsonnetProgram(entry="a", files={"a": source})) == {
        "plain": "one\ntwo\n\n",
        "formatted": "x y\n\n",
        "deep": "deep\n  deeper\n\nend\n\n",
        "blank": "trailing\n\n\n",
        "added": "premid\n\npost",
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import("x")', 'import "x" '),
        ("importstr ( 'x' )", "importstr   'x'  "),
        ("{ a: + b, c+: d, e:: +'f' }", "{ a:   b, c+: d, e::  'f' }"),
        ("f(+(x), [+y])", "f( (x), [ y])"),
        ("+ + 'x'", "    'x'"),
        ("a + + {b: 1}", "a +   {b: 1}"),
        ("if a then +'b' else +[c]", "if a then  'b' else  [c]"),
        ("local a = 1; +a", "local a = 1;  a"),
        ("{ b: +$.a, c: !+d, e: +!f }", "{ b:  $.a, c: ! d, e:  !f }"),
        ("[+ /* g */ 'h']", "[  /* g */ 'h']"),
        ("local i = function(j, k=(1)) +j; l", "local i = function(j, k=(1))  j; l"),
        ("m(n) + o, (p) + q", "m(n) + o, (p) + q"),
        ("a == +'b' && -1 + c", "a ==  'b' && -1 + c"),
        ("{ 'a'+: b, [c]+: d, e()+:: f }", "{ 'a'+: b, [c]+: d, e()+:: f }"),
        ("f() + a[0] + {} + 'b' + 1 + |||\n  c\n|||.d", None),
        ("1 + 2", "1 + 2"),
        ('"import(\'x\')" // import("y")', '"import(\'x\')" // import("y")'),
        ("(import 'x').y", "(import 'x').y"),
        ("this is not ` Jsonnet", "this is not ` Jsonnet"),
    ],
)
def test_only_what_ksonnet_took_and_engines_refuse_is_rewritten(
    source: str, expected: str | None
) -> None:
    if expected is None:
        assert as_jsonnet_of_2018({"a": source}).files == {}
        return
    assert as_ksonnet_read(source) == expected
    assert source.count("\n") == expected.count("\n")


OVERRIDDEN = """{
  local base = { a:: 1, b:: 2, c: 3, asks: std.objectHas(self, "a") },
  local o = base + { a: 4, b+:: 5, "c":: 6 },
  has: [std.objectHas(o, name) for name in ["a", "b", "c", "d"]],
  base: std.objectHas(base, "a"),
  asks: (base + { a+: 1 }).asks,
  deep: std.objectHas(base + {} + { a: 1 } + { d: 1 }, "a"),
  forced: std.objectHas(base + { a::: 1 }, "a"),
  called: local has = std.objectHas; [has(o, "a"), std["objectHas"](o, "b")],
  ex: [std.objectHasEx(o, name, false) for name in ["a", "b", "d"]],
  hidden: [std.objectHasEx(o, name, true) for name in ["a", "b", "d"]],
  all: std.objectHasAll(o, "a"),
  names: [std.objectFields(o), std.objectFieldsAll(o)],
  object: o,
  same: o == { asks: true },
}"""


@pytest.mark.parametrize("engine", list(Engine))
def test_object_has_answers_as_in_2018(engine: Engine) -> None:
    """What go-jsonnet 0.11.2 said."""
    sources = {"lib": OVERRIDDEN, "main": "(import 'lib') + {}"}
    files = {**sources, **as_jsonnet_of_2018(sources).files}
    assert evaluate(JsonnetProgram(entry="main", files=files), engine=engine) == {
        "all": True,
        "asks": True,
        "base": False,
        "called": [True, False],
        "deep": True,
        "ex": [True, False, False],
        "hidden": [True, True, False],
        "forced": True,
        "has": [True, False, False, False],
        "names": [["asks"], ["a", "asks", "b", "c"]],
        "object": {"asks": True},
        "same": True,
    }


def test_where_nothing_is_overridden_nothing_is_rewritten() -> None:
    assert as_jsonnet_of_2018({"a": "{ a:: 1, b: std.objectHas(self, 'a') }"}).files == {}
    assert as_jsonnet_of_2018({"a": "{ a:: 1 } + { a: 2 }"}).files == {}


@pytest.mark.parametrize("engine", list(Engine))
def test_functions_answer_as_in_2018(engine: Engine) -> None:
    """What go-jsonnet 0.11.2 said."""
    source = """{
      "bytes": std.base64("p\u00e4ss"),
      list: std.base64([1, 255]),
      letters: std.base64Decode("w6k="),
      union: std.setUnion(["b", "a"], ["a"]),
      by: std.setUnion([{ n: 2 }], [{ n: 1 }], keyF=function(x) x.n),
    }"""
    files = as_jsonnet_of_2018({"main": source}).files
    assert evaluate(JsonnetProgram(entry="main", files=files), engine=engine) == {
        "by": [{"n": 1}, {"n": 2}],
        "bytes": "cORzcw==",
        "letters": "\u00c3\u00a9",
        "list": "Af8=",
        "union": ["a", "b"],
    }


def test_parameters_say_that_what_they_override_is_shown() -> None:
    params: JsonObject = {"image": "a", "deep": {"image": "b", "tag": "c"}, "list": [{"image": 1}]}
    assert shown_marks(params, {"image", "other"}) == (
        '{"kuplet has image":: true, "deep"+: {"kuplet has image":: true}}'
    )
    assert shown_marks(params, {"other"}) == "{}"


@pytest.mark.parametrize("path", ["hook.jsonnet", "../lib/hook.jsonnet"])
def test_a_source_that_goes_into_an_object_as_text_stays_as_it_is(path: str) -> None:
    sources = {
        "lib/hook.jsonnet": "{ a: +'b', c:: std.base64(self.d) }",
        "lib/all.libsonnet": f"{{ hook: importstr '{path}', a:: 1, has: std.objectHas(x, 'a') }}",
        "lib/other.libsonnet": "{ a: 2 }",
    }
    assert set(as_jsonnet_of_2018(sources).files) == {"lib/all.libsonnet", "lib/other.libsonnet"}
