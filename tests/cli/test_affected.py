"""``kuplet affected``: what a change of files may reach."""

import json
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import run_kuplet

OBJECT = "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: NAME}, data: import 'LIBRARY'}\n"


def source(name: str, library: str) -> str:
    return OBJECT.replace("NAME", f"'{name}'").replace("LIBRARY", library)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(
        tmp_path / "app",
        {
            "environments/base.yaml": "abstract: true\n"
            "components:\n  one: {source: components/one.jsonnet}\n",
            "environments/dev.yaml": "extends: base\n",
            "environments/prod.yaml": "extends: base\n"
            "components:\n  two: {source: components/two.jsonnet}\n",
            "components/one.jsonnet": source("one", "one.libsonnet"),
            "components/two.jsonnet": source("two", "../lib/two.libsonnet"),
            "components/one.libsonnet": "import 'deep.libsonnet'\n",
            "components/deep.libsonnet": "{a: 'b'}\n",
            "lib/two.libsonnet": "{a: 'b'}\n",
            "README.md": "\n",
        },
    )


EVERYTHING = "dev: one\nprod: one, two\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["components/one.jsonnet"], "dev: one\nprod: one\n"),
        (["components/deep.libsonnet"], "dev: one\nprod: one\n"),
        (["lib/two.libsonnet"], "prod: two\n"),
        (["./lib/../lib/two.libsonnet", "README.md"], "prod: two\n"),
        (["environments/prod.yaml"], "prod: one, two\n"),
        (["environments/base.yaml"], EVERYTHING),
        (["app.yaml"], EVERYTHING),
        (["kuplet.lock"], EVERYTHING),
        (["README.md"], ""),
        (["../elsewhere/one.jsonnet"], ""),
        (["nothing.libsonnet"], ""),
    ],
)
def test_what_may_read_a_file_is_listed(app: Path, files: list[str], expected: str) -> None:
    done = run_kuplet("affected", *files, cwd=app)
    assert (done.code, done.stdout, done.stderr) == (0, expected, "")


def test_names_come_from_git_and_are_relative_to_where_one_stands(app: Path) -> None:
    done = run_kuplet("affected", "-", cwd=app / "components", stdin="../lib/two.libsonnet\n\n")
    assert done.stdout == "prod: two\n"
    absolute = run_kuplet("affected", str(app / "lib/two.libsonnet"), "-o", "json", cwd=app)
    assert json.loads(absolute.stdout) == {"environments": {"prod": ["two"]}}


def test_a_file_that_is_gone_still_reaches_who_imported_it(app: Path) -> None:
    (app / "lib/two.libsonnet").unlink()
    assert run_kuplet("affected", "lib/two.libsonnet", cwd=app).stdout == "prod: two\n"
