"""``kuplet component set``: what a component waits for, said on the command line."""

from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import run_kuplet

SOURCE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"
BASE = """\
abstract: true
components:
  storage: {source: components/storage.yaml}
  train:
    source: components/train.yaml  # what it learns
  serve: {source: components/serve.yaml, needs: [storage]}
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    names = ("storage", "train", "serve")
    sources = {f"components/{name}.yaml": SOURCE.replace("NAME", name) for name in names}
    files = {"environments/base.yaml": BASE, "environments/dev.yaml": "extends: base\n"}
    return write_app(tmp_path / "app", files | sources)


def test_needs_are_written_where_the_component_is_declared(app: Path) -> None:
    done = run_kuplet("component", "set", "train", "--needs", "storage", cwd=app)
    assert (done.code, done.stderr) == (0, "set train.needs in environments/base.yaml\n")
    needs = "storage,train:completed"
    assert run_kuplet("component", "set", "serve", "--needs", needs, cwd=app).code == 0
    text = (app / "environments/base.yaml").read_text()
    assert "# what it learns" in text
    assert "needs: [storage, {component: train, until: completed}]" in text
    why = run_kuplet("graph", "dev", "--components", cwd=app).stdout
    assert 'waits until train is completed: component "serve" needs "train" completed' in why


def test_one_environment_can_have_none(app: Path) -> None:
    done = run_kuplet("component", "set", "serve", "--no-needs", "--env", "dev", cwd=app)
    assert (done.code, done.stderr) == (0, "set serve.needs in environments/dev.yaml\n")
    assert "needs" not in run_kuplet("graph", "dev", "--components", cwd=app).stdout
    assert "needs: [storage]" in (app / "environments/base.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "--needs", "train"), 'component "train" cannot wait for itself'),
        (("train", "--needs", "storge"), 'did you mean "storage"?'),
        (("trian", "--needs", "storage"), 'there is no component "trian"'),
        (("train", "--needs", "storage:done"), "COMPONENT:completed"),
        (("train", "--needs", "storage,storage:completed"), "once"),
        (("train", "--needs", ""), "empty"),
        (("train",), "--no-needs"),
        (("train", "--needs", "storage", "--no-needs"), "--no-needs"),
    ],
)
def test_what_cannot_be_waited_for_is_refused(
    app: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = (app / "environments/base.yaml").read_text()
    done = run_kuplet("component", "set", *arguments, cwd=app)
    assert (done.code, words in done.stderr) == (2, True), done.stderr
    assert (app / "environments/base.yaml").read_text() == before


def test_nobody_asks_what_waits_for_what_where_that_is_neither_checked_nor_shown(app: Path) -> None:
    rendered = ("compile", "dev", "--no-validate", "--sort", "ksonnet")
    sound = run_kuplet(*rendered, cwd=app)
    assert sound == run_kuplet("compile", "dev", "--sort", "ksonnet", cwd=app)
    circle = BASE.replace("  # what it learns", "\n    needs: [serve]")
    write_app(app, {"environments/base.yaml": circle.replace("[storage]", "[train]")})
    assert "wait" in run_kuplet("compile", "dev", "--no-validate", cwd=app).stderr
    done = run_kuplet(*rendered, cwd=app)
    assert (done.code, done.stderr, done.stdout.count("kind: ConfigMap")) == (0, "", 3)
