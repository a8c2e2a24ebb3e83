import json

import pytest

from compiler.errors import AppError
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.jsonnet.natives import NATIVES
from compiler.jsonnet.yaml_11 import read_yaml_11
from compiler.model.jsonnet import JsonnetProgram

ENGINES = pytest.mark.parametrize("engine", list(Engine))


@pytest.mark.parametrize(
    ("template", "expected"),
    [("$2$1", "xba!"), ("${1}0", "xa0!"), ("$10", "x!"), ("$$1", "x$1!"), ("$name", "xa!")],
)
def test_replacements_are_read_as_go_reads_them(template: str, expected: str) -> None:
    assert NATIVES["regexSubst"]("(?P<name>a)(b)", "xab!", template) == expected


def test_yaml_is_read_as_go_did_in_2018() -> None:
    text = (
        "{y: on, n: Off, a: 0755, b: 0x1F, c: 1e3, d: 1.5, e: 12:30, f: 2018-01-01, g: ~, h: '1'}"
    )
    assert read_yaml_11(text) == [
        {
            "true": True,
            "false": False,
            "a": 493,
            "b": 31,
            "c": "1e3",
            "d": 1.5,
            "e": "12:30",
            "f": "2018-01-01",
            "g": None,
            "h": "1",
        }
    ]


def test_a_key_that_is_true_is_not_the_key_one() -> None:
    assert read_yaml_11("{1: a, true: b, <<: {0: c, no: d}}") == [
        {"0": "c", "false": "d", "1": "a", "true": "b"}
    ]


@ENGINES
def test_what_a_native_function_refuses_is_said(engine: Engine) -> None:
    program = JsonnetProgram(
        entry="main.jsonnet",
        files={"main.jsonnet": "{x: std.native('regexMatch')('(', 'a')}"},
    )
    with pytest.raises(AppError) as caught:
        evaluate(program, engine=engine)
    assert caught.value.findings[0].message.startswith("regexMatch: missing )")


@ENGINES
@pytest.mark.parametrize("length", [1, 4, 7, 16, 31])
def test_a_failed_import_names_the_file_and_nothing_else(engine: Engine, length: int) -> None:
    name = "f" * length
    program = JsonnetProgram(entry="main.jsonnet", files={"main.jsonnet": f"import '{name}'"})
    with pytest.raises(AppError) as caught:
        evaluate(program, engine=engine)
    message = caught.value.findings[0].message
    assert message.endswith(f"no file '{name}' next to '.' or below the import paths")


@pytest.mark.parametrize(
    "text",
    [
        "on: help\nyes: 2",
        "1: x\ntrue: y\n0: z\nfalse: w",
        "",
        "# nothing",
        "---\n",
        "a: 1\n---\n---\nb: 2",
        "a: 1\n...\n",
        "a: 0400\nb: 0o400\nc: 1_000\nd: no\ne: 1e3\nf: 1.5e3\ng: 12:30\nh: 2018-01-01\ni: ~",
        "a: '5'\nb: 0x1f\nc: y\nd: 0889\ne: 18446744073709551616\n1.50: x\n2: z",
        "a: &x {b: 1}\nc: {<<: *x, d: 2}",
        "a: !mine x\nb: !mine {c: 1}\nd: !!str 5",
        "a: |\n  x\n  y\nb:\n  - 1\n  -\n",
        "{a: [1, 'x', true, null]}",
    ],
)
def test_both_engines_parse_yaml_alike(text: str) -> None:
    source = f"{{x: std.parseYaml({json.dumps(text)}), file: std.thisFile}}"
    program = JsonnetProgram(
        entry="main.jsonnet",
        files={"main.jsonnet": "import 'lib.libsonnet'", "lib.libsonnet": source},
    )
    go, reference = (evaluate(program, engine=engine) for engine in Engine)
    assert go == reference


@ENGINES
@pytest.mark.parametrize("text", ["a: [1,", "a: .inf", "~: 1", "? [a]\n: 1"])
def test_both_engines_refuse_the_same_yaml(engine: Engine, text: str) -> None:
    source = f"{{x: std.parseYaml({json.dumps(text)})}}"
    files = {"main.jsonnet": "import 'lib.libsonnet'", "lib.libsonnet": source}
    with pytest.raises(AppError):
        evaluate(JsonnetProgram(entry="main.jsonnet", files=files), engine=engine)
