"""``kuplet promote --from-files``: what is refused, and how the file of the target is edited."""

import subprocess
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet

SOURCE = """\
// @optionalParam image string one The image.
// @optionalParam size integer 1 The size.
// @optionalParam mode enum(slow,fast) slow The mode.
assert params.size < 10 || params.mode == "fast" : "too large";
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

PROMOTED = '  promoted: {from: staging, fromFiles: true, by: "Joe <joe@example.com>"}\n'


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
    who = {"GIT_AUTHOR_NAME": "Joe", "GIT_AUTHOR_EMAIL": "joe@example.com"}
    return run_kuplet("promote", "staging", "prod", "--from-files", *more, cwd=app, env=who)


def test_the_target_gets_what_it_lists_and_keeps_its_comments(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    done = promote(app, "--yes")
    assert done.code == 0, done.stderr
    assert "  web.image: one → two" in done.stdout
    assert "-  image: one\n+  image: two" in done.stdout
    assert (app / "environments/prod.yaml").read_text() == PROD.replace(
        "  allow: [web.size]\n", "  allow: [web.size]\n" + PROMOTED
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


SECRET = """\
// @param token string The token.
{ apiVersion: "v1", kind: "Secret", metadata: { name: "db" },
  stringData: { url: "postgres://u:" + params.token + "@db" } }
"""


def make_secret_app(root: Path, copies: str) -> Path:
    """Make an app in which both environments have a password of their own."""
    db = "components: {db: {source: components/db.jsonnet, params: {token: hunter-%s}}}\n"
    files = {
        "components/db.jsonnet": SECRET,
        "environments/staging.yaml": db % "two",
        "environments/prod.yaml": f"promotion: {{from: staging, {copies}}}\n" + db % "three",
    }
    return write_app(root, files)


def test_a_secret_that_differs_stops_it_and_is_not_shown(tmp_path: Path) -> None:
    app = make_secret_app(tmp_path, "copies: []")
    for more in ("--yes", "--check", "--dry-run"):
        stopped = promote(app, more)
        assert (stopped.code, "hunter" in stopped.stdout + stopped.stderr) == (1, False)
        assert '[promotion-undeclared]: "db.token" differs; it is the value' in stopped.stderr
    assert promote(app, "--yes", "--allow", "db.token").code == 0


def test_a_secret_is_never_copied(tmp_path: Path) -> None:
    app = make_secret_app(tmp_path, "copies: [db.*]")
    stopped = promote(app, "--yes")
    assert (stopped.code, "hunter" in stopped.stdout + stopped.stderr) == (1, False)
    assert '[promotion-secret]: "db.token" differs' in stopped.stderr
    assert promote(app, "--yes", "--allow", "db.token").code == 0
    assert "hunter-three" in (app / "environments/prod.yaml").read_text()


def test_a_component_on_one_side_stops_it_unless_all_of_it_may_differ(tmp_path: Path) -> None:
    only = "  board: {source: components/board.yaml}\n"
    app = make_app(tmp_path, staging=STAGING + only)
    board = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: board}\n"
    (app / "components/board.yaml").write_text(board)
    stopped = promote(app, "--yes")
    assert (stopped.code, '"board" is only in staging' in stopped.stderr) == (1, True)
    assert promote(app, "--dry-run", "-c", "web").code == 0
    assert promote(app, "--dry-run", "--param", "web.image").code == 0
    assert promote(app, "--yes", "--allow", "board.*").code == 0
    back = run_kuplet("promote", "prod", "staging", "--from-files", cwd=app)
    assert (back.code, "promotion-missing" in back.stderr) == (1, True)


def test_check_says_what_a_frozen_target_lacks(tmp_path: Path) -> None:
    app = make_app(tmp_path, PROD.replace("from: staging", "freeze: quarter end"))
    behind = promote(app, "--check")
    assert (behind.code, "promotion-behind" in behind.stderr) == (1, True)
    assert 'note[promotion-frozen]: environment "prod" is frozen: quarter end' in behind.stderr
    same = make_app(tmp_path, PROD.replace("from: staging", "freeze: x"), "extends: base\n")
    assert promote(same, "--check").code == 0


def test_who_promoted_is_the_user_where_git_knows_nobody(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    nobody = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    done = run_kuplet(
        *("promote", "staging", "prod", "--from-files", "--yes"),
        cwd=app,
        env={**nobody, "GITHUB_ACTOR": "robot"},
    )
    assert done.code == 0, done.stderr
    assert "fromFiles: true, by: robot}" in (app / "environments/prod.yaml").read_text()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    app = make_app(tmp_path)
    git(app, "init", "--quiet", "--initial-branch=main")
    git(app, "config", "user.name", "Jo")
    git(app, "config", "user.email", "jo@example.com")
    git(app, "add", ".")
    git(app, "commit", "--quiet", "--message=first")
    return app


def git(app: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(app), *words], check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.parametrize(
    ("flags", "branch"),
    [
        (("--commit",), "main"),
        (("--branch", "next"), "next"),
        (("--branch", "next", "--commit"), "next"),
    ],
)
def test_a_commit_holds_the_promotion_and_nothing_else(
    repository: Path, flags: tuple[str, ...], branch: str
) -> None:
    (repository / "notes.txt").write_text("not yet")
    (repository / "app.yaml").write_text((repository / "app.yaml").read_text() + "# later\n")
    git(repository, "add", "notes.txt", "app.yaml")
    done = promote(repository, "--yes", *flags)
    assert done.code == 0, done.stderr
    assert git(repository, "branch", "--show-current").strip() == branch
    assert git(repository, "show", "--name-only", "--format=").split() == ["environments/prod.yaml"]
    message = git(repository, "log", "-1", "--format=%B")
    assert message.startswith("Promote staging to prod\n\nweb.image: one → two\n")
    assert git(repository, "diff", "--cached", "--name-only").split() == ["app.yaml", "notes.txt"]


@pytest.mark.parametrize("flags", [("--commit",), ("--branch", "next")])
def test_nothing_is_written_when_git_refuses(repository: Path, flags: tuple[str, ...]) -> None:
    hook = repository / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
    hook.chmod(0o755)
    done = promote(repository, "--yes", *flags)
    assert (done.code, "git refuses: not on a Friday" in done.stderr) == (2, True)
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "branch", "--format=%(refname:short)").split() == ["main"]
    hook.unlink()
    assert promote(repository, "--yes", *flags).code == 0


@pytest.mark.parametrize("flags", [("--commit",), ("--branch", "next")])
def test_a_new_file_is_unknown_to_git_again_when_git_refuses(
    repository: Path, flags: tuple[str, ...]
) -> None:
    git(repository, "rm", "--quiet", "--cached", "environments/prod.yaml")
    git(repository, "commit", "--quiet", "--message=without prod")
    hook = repository / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nexit 3\n")
    hook.chmod(0o755)
    done = promote(repository, "--yes", *flags)
    assert done.code == 2
    assert "git refuses: git commit ends with exit code 1 and says nothing" in done.stderr
    assert git(repository, "status", "--porcelain") == "?? environments/prod.yaml\n"
    assert (repository / "environments/prod.yaml").read_text() == PROD
    hook.unlink()
    done = promote(repository, "--yes", *flags)
    branch = "next" if "next" in flags else "main"
    assert f"committed to {branch}; next: kuplet diff prod" in done.stderr
    assert git(repository, "status", "--porcelain") == ""


@pytest.mark.parametrize("is_staged", [False, True])
def test_a_commit_takes_no_other_edits_of_the_file_along(
    repository: Path, *, is_staged: bool
) -> None:
    (repository / "environments/prod.yaml").write_text(f"{PROD}# not yet\n")
    if is_staged:
        git(repository, "add", ".")
    for flags in (("--commit",), ("--branch", "next")):
        done = promote(repository, "--yes", *flags)
        assert (done.code, "error[promotion-uncommitted]" in done.stderr) == (1, True)
    assert git(repository, "branch", "--format=%(refname:short)").split() == ["main"]
    assert (repository / "environments/prod.yaml").read_text() == f"{PROD}# not yet\n"
    assert "wrote environments/prod.yaml; next:" in promote(repository, "--yes").stderr


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
    prod = PROD.replace("[web.image]", "[web.size]").replace(
        "allow: [web.size]", "allow: [web.mode]"
    )
    staging = STAGING.replace("image: two", "size: 99, mode: fast")
    app = make_app(tmp_path, prod, staging)
    done = promote(app, "--yes")
    assert (done.code, "too large" in done.stderr) == (1, True)
    first, second = done.stderr.partition("\n  = ")[::2]
    assert first == (
        'error[promotion-invalid]: environment "prod" would be invalid after this promotion,'
        " so nothing is written  (prod)"
    )
    assert second.startswith("the findings below are about the files as they would be then\n")
    assert "99" not in (app / "environments/prod.yaml").read_text()


def test_environments_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    assert run_kuplet("promote", "stagin", "prod", cwd=app).code == 2
    assert run_kuplet("promote", "staging", "base", cwd=app).code == 2


@pytest.mark.parametrize(
    ("flags", "rule", "hint"),
    [
        (("--param", "web.imag"), "parameter-unknown", 'did you mean "web.image"?'),
        (("--param", "wep.image"), "parameter-unknown", 'did you mean "web"?'),
        (("--param", "nosuch.*"), "parameter-unknown", "known: web"),
        (("--allow", "bla"), "parameter-unknown", "known: web"),
        (("--allow", "*.nosuch"), "parameter-unknown", ""),
        (("--param", "web.size"), "promotion-unknown", ""),
        (("-c", "wep"), "component-unknown", 'did you mean "web"?'),
    ],
)
def test_a_name_that_fits_nothing_is_refused(
    tmp_path: Path, flags: tuple[str, ...], rule: str, hint: str
) -> None:
    for more in ((), ("--check",)):
        done = promote(make_app(tmp_path), "--yes", *flags, *more)
        assert (done.code, f"error[{rule}]" in done.stderr) == (2, True)
        assert (f"  hint: {hint}\n" if hint else "") in done.stderr


def test_a_promotion_that_names_nothing_stops_it(tmp_path: Path) -> None:
    app = make_app(tmp_path, PROD.replace("[web.image]", "[web.imag]"))
    done = promote(app, "--yes")
    assert (done.code, "error[promotion-unknown]" in done.stderr) == (1, True)


def test_renaming_an_environment_renames_it_where_others_take_from_it(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    assert promote(app, "--yes").code == 0
    refused = run_kuplet("env", "rm", "staging", "--yes", cwd=app)
    assert refused.code == 2
    assert 'error[environment-promoted]: "staging" is promoted into prod' in refused.stderr
    before = (app / "environments/prod.yaml").read_text()
    assert run_kuplet("env", "set", "staging", "--name", "stage", cwd=app).code == 0
    assert (app / "environments/prod.yaml").read_text() == before.replace(
        "  from: staging\n", "  from: stage\n"
    )
    assert run_kuplet("env", "rm", "prod", "--yes", cwd=app).code == 0
    assert run_kuplet("env", "rm", "stage", "--yes", cwd=app).code == 0
