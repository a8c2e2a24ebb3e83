"""What one compile knows the next one need not work out, and nobody can tell the difference."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from compiler.errors import AppError
from compiler.formats.ksonnet.load import is_ksonnet_app
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import component_keys
from compiler.formats.kuplet.load import load_app
from compiler.formats.memo import Memo
from compiler.formats.options import CompileOptions, Reuse
from compiler.model.app import App
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.stages.resolve import resolve
from compiler.verbs.compile import compile_environment
from tests.factories import write_app

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests/golden/cases").iterdir())

CONFIG = '{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "%s" }, data: { x: %s } }'
SOURCES = {
    "components/own.jsonnet": "// @param word string Word\n" + CONFIG % ("own", "params.word"),
    "components/place.jsonnet": CONFIG % ("place", "env.namespace"),
    "components/file.jsonnet": CONFIG % ("file", 'import "lib/word.libsonnet"'),
    "components/lib/word.libsonnet": '"a word"',
    "components/sibling.jsonnet": CONFIG
    % ("sibling", 'std.extVar("__ksonnet/params").components.own.word'),
}
COMPONENTS = "".join(
    f"  {name}: {{source: components/{name}.jsonnet}}\n" for name in ("place", "file", "sibling")
)
OWN = "  own: {{source: components/own.jsonnet, params: {{word: {word}}}}}\n"
EVERYTHING = {"own", "place", "file", "sibling"}


def environment(namespace: str = "a", word: str = "one") -> str:
    head = f"destination: {{namespace: {namespace}}}\ncomponents:\n"
    return head + COMPONENTS + OWN.format(word=word)


def app_with(root: Path, **changed: str) -> App:
    files = {**SOURCES, "environments/dev.yaml": environment(), **changed}
    return load_app(write_app(root, files))


def result(app: App, name: str, reuse: Reuse | None) -> CompiledEnvironment | tuple[Finding, ...]:
    try:
        return compile_environment(app, name, CompileOptions(reuse=reuse))
    except AppError as error:
        return error.findings


@pytest.mark.parametrize("root", [*CASES, ROOT], ids=lambda path: path.name)
def test_a_compile_that_knows_something_gives_what_one_gives_that_knows_nothing(
    root: Path,
) -> None:
    try:
        if is_ksonnet_app(root):
            pytest.skip("parameters of ksonnet are programs")
        app = load_app(root)
    except AppError:
        return  # a case about an app that cannot be read
    reuse = Reuse(memo=Memo(), tree=SourceTree(root))
    for name in app.environment_names * 2:
        assert result(app, name, reuse) == result(app, name, None)


def evaluated_again(before: App, after: App) -> set[str]:
    """The components that the second compile evaluates."""
    memo = Memo()
    known: Mapping[str, object] = {}
    for app in (before, after):
        known = memo.trees(component_keys(resolve(app, "dev"), SourceTree(app.root)))
        reuse = Reuse(memo=memo, tree=SourceTree(app.root))
        assert result(app, "dev", reuse) == result(app, "dev", None)
    return EVERYTHING - known.keys()


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        ({}, set()),
        ({"environments/dev.yaml": environment(word="two")}, {"own"}),
        ({"environments/dev.yaml": environment(namespace="b")}, {"place"}),
        ({"components/lib/word.libsonnet": '"another word"'}, {"file"}),
        ({"components/own.jsonnet": SOURCES["components/own.jsonnet"] + " // words"}, {"own"}),
    ],
    ids=["nothing", "a parameter", "the namespace", "an imported file", "a source"],
)
def test_only_what_a_change_reaches_is_evaluated_again(
    tmp_path: Path, changed: dict[str, str], reached: set[str]
) -> None:
    before = app_with(tmp_path / "before")
    after = app_with(tmp_path / "after", **changed)
    always = {"sibling"}  # it may read all parameters, so nothing tells what it does not read
    assert evaluated_again(before, after) == reached | always


def test_environments_that_read_the_same_share_a_tree(tmp_path: Path) -> None:
    app = app_with(tmp_path, **{"environments/prod.yaml": environment(namespace="b")})
    reuse = Reuse(memo=Memo(), tree=SourceTree(app.root))
    for name in ("dev", "prod"):
        assert result(app, name, reuse) == result(app, name, None)
    assert reuse.memo.reused == len({"own", "file"})


def test_an_error_is_found_again_in_every_environment(tmp_path: Path) -> None:
    broken = {"components/own.jsonnet": "// @param word string Word\nerror params.word"}
    app = app_with(tmp_path, **broken, **{"environments/prod.yaml": environment()})
    reuse = Reuse(memo=Memo(), tree=SourceTree(app.root))
    for name in ("dev", "prod"):
        found = result(app, name, reuse)
        assert found == result(app, name, None)
        assert isinstance(found, tuple)
        assert found[0].message == "one"
