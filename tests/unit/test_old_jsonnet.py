"""What ksonnet made of a component's source; each expectation was seen with the real ks."""

import pytest

from compiler.formats.ksonnet.old_jsonnet import as_ksonnet_read, written_as_read
from compiler.jsonnet.evaluate import evaluate
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
        ("1 + 2", "1 + 2"),
        ('"import(\'x\')" // import("y")', '"import(\'x\')" // import("y")'),
        ("(import 'x').y", "(import 'x').y"),
        ("this is not ` Jsonnet", "this is not ` Jsonnet"),
    ],
)
def test_only_what_ksonnet_took_and_engines_refuse_is_rewritten(source: str, expected: str) -> None:
    assert as_ksonnet_read(source) == expected
    assert source.count("\n") == expected.count("\n")
