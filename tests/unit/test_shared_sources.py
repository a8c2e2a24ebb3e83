"""A source that several components have is parsed once: what comes out, and what is said, stays."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.bundled import bundled
from compiler.errors import AppError
from compiler.formats.options import CompileOptions
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.model.jsonnet import JsonnetOptions
from compiler.stages.render import program_for
from compiler.stages.resolve import resolve
from compiler.verbs.compile import compile_environment
from tests.factories import load, write_app

ENGINES = pytest.mark.parametrize("engine", list(Engine))
SOURCE = """\
// @optionalParam word string a A word
// @optionalParam count number 1 A number
{
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c-' + import 'param://word', namespace: import 'env://namespace' },
  data: { count: std.toString(10 / (import 'param://count')), file: FILE },
}
"""


def app(root: Path, components: dict[str, dict[str, object]], *, file: str = "'none'") -> Path:
    text = json.dumps(
        {
            name: {"source": "components/shared.jsonnet", "params": params}
            for name, params in components.items()
        }
    )
    return write_app(
        root,
        {
            "environments/dev.yaml": f"components: {text}\n",
            "components/shared.jsonnet": SOURCE.replace("FILE", file),
        },
    )


@ENGINES
def test_an_error_says_whose_it_is(tmp_path: Path, engine: Engine) -> None:
    root = app(tmp_path, {"good": {"word": "b", "count": 2}, "wrong": {"word": "c", "count": 0}})
    with pytest.raises(AppError) as caught:
        compile_environment(load(root), "dev", CompileOptions(engine=engine))
    (finding,) = caught.value.findings
    assert (finding.rule, finding.component) == ("jsonnet-error", "wrong")
    assert finding.span
    assert (finding.span.file, finding.span.line) == ("components/shared.jsonnet", 7)


@ENGINES
def test_who_asks_for_the_name_of_the_file_gets_that_of_the_component(
    tmp_path: Path, engine: Engine
) -> None:
    root = app(tmp_path, {"one": {"word": "b"}, "two": {"word": "c"}}, file="std.thisFile")
    compiled = compile_environment(load(root), "dev", CompileOptions(engine=engine))
    files = [str(item.body["data"]["file"]) for item in compiled.manifests]  # type: ignore[index, call-overload]
    assert [file.rpartition("#")[2] for file in files] == ["one", "two"]


@settings(max_examples=20)
@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c", "d"]),
        st.fixed_dictionaries(
            {}, optional={"word": st.text("xyz-", max_size=3), "count": st.integers(1, 9)}
        ),
        min_size=1,
    )
)
def test_both_ways_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, components: dict[str, dict[str, object]]
) -> None:
    root = app(tmp_path_factory.mktemp("shared"), components)
    environment = resolve(load(root), "dev", ())
    roots = {"": str(root), "kuplet": str(bundled("prototypes"))}
    values = [
        evaluate(
            program_for(environment, roots, JsonnetOptions(), is_shared=is_shared), engine=engine
        )
        for is_shared in (True, False)
        for engine in Engine
    ]
    assert values == [values[0]] * len(values)
