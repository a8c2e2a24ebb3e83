"""``kuplet promote --from-files``: what is refused, and how the file of the target is edited."""

from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet

SOURCE = """\
// @optionalParam image string one The image.
// @optionalParam size integer 1 The size.
// @optionalParam mode enum(slow,fast) slow The mode.
assert params.size < 10 : "too large";
{
  apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" },
  data: { image: params.image, size: std.toString(params.size), mode: params.mode },
}
"""
BASE = "abstract: true\ncomponents: {web: {source: components/web.jsonnet}}\n"
STAGING = "extends: base\ncomponents:\n  web: {params: {image: two}}\n"
PROD = """\
apiVersion: kuplet.dev/v1
kind: Environment
extends: base
promotion:
  from: staging
  copies: [web.image]   # nothing else
  allow: [web.size]
components:
  web:
    params:
      # large
      size: 3
"""


def make_app(root: Path, prod: str = PROD, staging: str = STAGING) -> Path:
    return write_app(
        root,
        {
            "components/web.jsonnet": SOURCE,
            "environments/base.yaml": BASE,
            "environments/staging.yaml": staging,
            "environments/prod.yaml": prod,
        },
    )


def promote(app: Path, *more: str) -> Done:
    return run_kuplet("promote", "staging", "prod", "--from-files", *more, cwd=app)


def test_the_target_gets_what_it_lists_and_keeps_its_comments(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    done = promote(app, "--yes")
    assert done.code == 0, done.stderr
    assert "  web.image: one → two" in done.stdout
    assert "-  image: one\n+  image: two" in done.stdout
    assert (app / "environments/prod.yaml").read_text() == PROD.replace(
        "  allow: [web.size]\n", "  allow: [web.size]\n  promoted: {from: staging}\n"
    ) + "      image: two\n"
    again = promote(app, "--yes")
    assert (again.code, "prod has everything that the files of staging has" in again.stderr) == (
        0,
        True,
    )


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    done = promote(app, "--dry-run")
    assert (done.code, "web.image: one → two" in done.stdout) == (0, True)
    assert (app / "environments/prod.yaml").read_text() == PROD


def test_check_is_for_ci(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    behind = promote(app, "--check")
    assert (behind.code, "promotion-behind" in behind.stderr) == (1, True)
    assert promote(app, "--yes").code == 0
    assert promote(app, "--check").code == 0


def test_what_differs_undeclared_stops_it(tmp_path: Path) -> None:
    app = make_app(tmp_path, staging=STAGING.replace("image: two", "image: two, mode: fast"))
    stopped = promote(app, "--yes")
    assert stopped.code == 1
    assert '"web.mode" differs: fast in staging, slow in prod' in stopped.stderr
    assert (app / "environments/prod.yaml").read_text() == PROD
    assert promote(app, "--yes", "--allow", "web.mode").code == 0


@pytest.mark.parametrize(
    ("prod", "rule"),
    [
        ("extends: base\n", "promotion-missing"),
        (PROD.replace("from: staging", "from: qa"), "promotion-source"),
        (PROD.replace("from: staging", "freeze: quarter end"), "promotion-frozen"),
        (PROD.replace("copies: [web.image]", "copies: [image]"), "file-schema"),
        (PROD.replace("  allow: [web.size]", "").replace("web.image", "web.*"), ""),
    ],
)
def test_what_the_target_says_counts(tmp_path: Path, prod: str, rule: str) -> None:
    done = promote(make_app(tmp_path, prod), "--yes")
    assert (done.code, rule in done.stderr) == (1 if rule else 0, True), done.stderr


def test_a_target_that_would_not_compile_is_not_written(tmp_path: Path) -> None:
    prod = PROD.replace("copies: [web.image]", "copies: [web.size]").replace("[web.size]\n", "[]\n")
    staging = STAGING.replace("image: two", "size: 99")
    app = make_app(tmp_path, prod.replace("  allow: []\n", ""), staging)
    done = promote(app, "--yes")
    assert (done.code, "too large" in done.stderr) == (1, True)
    assert "99" not in (app / "environments/prod.yaml").read_text()


def test_environments_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    assert run_kuplet("promote", "stagin", "prod", cwd=app).code == 2
    assert run_kuplet("promote", "staging", "base", cwd=app).code == 2
