"""Every command that compares sees that ``1`` becomes ``true``; to Python they are equal."""

import json
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet
from tests.review.repository import commit, git

THING = """\
// @optionalParam settings object {} Settings.
{ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "web" }, spec: params.settings }
"""
BASE = "abstract: true\ncomponents: {web: {source: components/web.jsonnet}}\n"
SETTING = "components: {web: {params: {settings: {flag: %s}}}}\n"
PROMOTION = "promotion: {from: staging, copies: ['web.*']}\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(
        tmp_path,
        {
            "components/web.jsonnet": THING,
            "environments/base.yaml": BASE,
            "environments/staging.yaml": f"extends: base\n{SETTING % 'true'}",
            "environments/prod.yaml": f"extends: base\n{PROMOTION}{SETTING % '1'}",
        },
    )


def run(app: Path, *arguments: str) -> Done:
    return run_kuplet(*arguments, cwd=app)


def test_a_diff_of_environments_shows_it(app: Path) -> None:
    done = run(app, "diff", "prod", "staging", "--all")
    assert done.code == 1, done.stderr
    assert "-  flag: 1\n+  flag: true\n" in done.stdout


def test_a_diff_of_parameters_shows_it(app: Path) -> None:
    done = run(app, "param", "diff", "prod", "staging")
    assert "{flag: 1}" in done.stdout, done.stderr
    assert "{flag: true}" in done.stdout


def test_a_review_shows_it(app: Path) -> None:
    git(app, "init", "--quiet", "--initial-branch=main")
    commit(app, "first")
    file = app / "environments/prod.yaml"
    file.write_text(file.read_text().replace("flag: 1", "flag: true"))
    done = run(app, "review", "HEAD", "-o", "json")
    (prod,) = json.loads(done.stdout)["environments"]
    (parameter,) = prod["parameters"]
    assert (parameter["before"]["value"], parameter["after"]["value"]) == (
        {"flag": 1},
        {"flag": True},
    )
    (thing,) = prod["objects"]
    assert [field["path"] for field in thing["fields"]] == ["spec.flag"]


def test_a_promotion_copies_it(app: Path) -> None:
    behind = run(app, "promote", "staging", "prod", "--from-files", "--check")
    assert behind.code == 1
    assert '"web.settings" is {flag: 1}, in staging it is {flag: true}' in behind.stderr
    done = run(app, "promote", "staging", "prod", "--from-files", "--yes")
    assert done.code == 0, done.stderr
    assert "flag: true" in (app / "environments/prod.yaml").read_text()
    assert run(app, "promote", "staging", "prod", "--from-files", "--check").code == 0


def test_a_parameter_is_set_to_it(app: Path) -> None:
    done = run(app, "param", "set", "web", "settings", "{flag: true}", "--env", "prod")
    assert done.code == 0, done.stderr
    assert "flag: true" in (app / "environments/prod.yaml").read_text()
