"""The hooks, the action and the snippet, each run as its platform would run it."""

import os
import re
import shlex
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kuplet import Done
from tests.review.programs import with_kuplet
from tests.review.repository import commit, edit, git, make_repository

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")  # as GitHub and GitLab do


def run(command: list[str], cwd: Path, env: Mapping[str, str]) -> Done:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


# --- pre-commit


def run_hook(name: str, app: Path) -> Done:
    """Run a hook as pre-commit does: its entry, its arguments, no files, no shell."""
    (hook,) = (item for item in HOOKS if item["id"] == name)
    command = [*shlex.split(hook["entry"]), *hook.get("args", [])]
    return run(command, app, with_kuplet(app.parent.parent / "bin"))


def test_the_hooks_are_what_pre_commit_wants() -> None:
    assert [hook["id"] for hook in HOOKS] == ["kuplet-validate", "kuplet-review"]
    for hook in HOOKS:
        assert hook.keys() >= {"id", "name", "entry", "language"}
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False
        assert hook["always_run"] is True


@pytest.mark.parametrize("name", ["kuplet-validate", "kuplet-review"])
@pytest.mark.parametrize(("replicas", "code"), [("3", 0), ("three", 1)])
def test_a_hook_passes_what_is_right_and_stops_what_is_wrong(
    tmp_path: Path, name: str, replicas: str, code: int
) -> None:
    app = make_repository(tmp_path / "work")
    edit(app, "environments/prod.yaml", "replicas: 2", f"replicas: {replicas}")
    git(app, "add", "--all")
    done = run_hook(name, app)
    assert done.code == code, done.stderr
    assert ("parameter-type" in done.stdout + done.stderr) is bool(code)


def test_the_hook_reviews_what_is_staged(tmp_path: Path) -> None:
    app = make_repository(tmp_path / "work")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    git(app, "add", "--all")
    edit(app, "environments/prod.yaml", "replicas: 3", "replicas: broken")
    done = run_hook("kuplet-review", app)
    assert (done.code, "2 → 3 pods" in done.stdout) == (0, True)


# --- GitHub


def clone_of_change(root: Path) -> Path:
    """Return the app in a clone as actions/checkout makes it: a commit, and branches of origin."""
    app = make_repository(root / "origin")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    commit(app, "three")
    return clone(root)


def clone(root: Path) -> Path:
    git(root, "clone", "--quiet", str(root / "origin"), str(root / "work"))
    git(root / "work", "checkout", "--quiet", "--detach", "origin/change")
    return root / "work/ml"


def run_action(top: Path, event: Mapping[str, str], **inputs: str) -> Done:
    """Run the steps of the action but the one of pip, with what GitHub would set."""
    temporary = top.parent / "runner"
    github = {
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(temporary / "output"),
        "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
        "RUNNER_TEMP": str(temporary),
        **event,
    }
    given = {name: str(item["default"]) for name, item in ACTION["inputs"].items()}
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    (step,) = (item for item in ACTION["runs"]["steps"] if item["id"] != "install")
    assert step["shell"] == "bash"
    env = {name: filled(value, given) for name, value in step["env"].items()}
    return run([*BASH, step["run"]], top, {**with_kuplet(temporary), **github, **env})


def filled(template: str, inputs: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: inputs[match[1]], template)


def written(top: Path, file: str) -> str:
    return (top.parent / "runner" / file).read_text(encoding="utf-8")


PULL_REQUEST = {"GITHUB_BASE_REF": "main"}


def test_the_action_annotates_and_summarizes_a_pull_request(tmp_path: Path) -> None:
    top = clone_of_change(tmp_path).parent
    done = run_action(top, PULL_REQUEST, directory="ml")
    assert done.code == 0, done.stderr
    assert "::notice file=ml/environments/prod.yaml,line=11" in done.stdout
    comment = (top / "kuplet-review.md").read_text(encoding="utf-8")
    assert comment.startswith("## kuplet review")
    assert written(top, "summary") == comment
    files = "comment-file=kuplet-review.md\npage-file=kuplet-review.html\n"
    assert written(top, "output") == files
    assert (top / "kuplet-review.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_action_leaves_out_what_others_did_meanwhile(tmp_path: Path) -> None:
    app = make_repository(tmp_path / "origin")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    commit(app, "three")
    git(app, "checkout", "--quiet", "main")
    edit(app, "environments/lab.yaml", "namespace: lab", "namespace: hall")
    commit(app, "elsewhere")
    done = run_action(clone(tmp_path).parent, PULL_REQUEST, directory="ml")
    assert "2 → 3 pods" in done.stdout
    assert "review-destination" not in done.stdout


def test_the_action_fails_with_errors_but_writes_the_comment_first(tmp_path: Path) -> None:
    app = clone_of_change(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 3", "replicas: 3\n      claim: data-2")
    git(app, "-c", "user.name=x", "commit", "--quiet", "--all", "-m", "another claim")
    done = run_action(app.parent, PULL_REQUEST, directory="ml")
    assert done.code == 1
    assert "::error file=ml/environments/prod.yaml" in done.stdout
    assert "review-storage" in written(app.parent, "summary")
    page = (app.parent / "kuplet-review.html").read_text(encoding="utf-8")
    assert "The review fails" in page


def test_the_action_fails_at_once_when_there_is_no_base(tmp_path: Path) -> None:
    top = clone_of_change(tmp_path).parent
    done = run_action(top, {"GITHUB_BASE_REF": "nowhere"}, directory="ml")
    assert done.code == 2
    assert "error[git-revision]" in done.stderr
    assert not (top / "kuplet-review.md").exists()


def test_inputs_of_the_action_choose_what_is_reviewed(tmp_path: Path) -> None:
    top = clone_of_change(tmp_path).parent
    files = {"comment_file": "a b.md", "page_file": "a b.html"}
    named = {"directory": "ml", "base": "HEAD~1..HEAD", **files}
    done = run_action(top, {}, environments="lab,\nstaging", **named)
    assert done.code == 0, done.stderr
    assert "skipped 2 of 2 environments" in done.stderr
    assert (top / "a b.md").is_file()
    assert (top / "a b.html").is_file()


def test_inputs_of_the_action_are_never_a_part_of_its_program(tmp_path: Path) -> None:
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"])
    top = clone_of_change(tmp_path).parent
    evil = "$(touch hacked); `touch hacked`; touch hacked *"
    for name in ("directory", "base", "environments"):
        assert run_action(top, {}, **{"directory": "ml", name: evil}).code == 2
    for name in ("comment_file", "page_file"):
        assert run_action(top, {}, **{"directory": "ml", name: "$(touch hacked)"}).code == 0
    assert not (top / "hacked").exists()
    assert not (top / "ml/hacked").exists()


def test_the_action_installs_its_own_version_and_puts_only_the_command_into_path(
    tmp_path: Path,
) -> None:
    (step,) = (item for item in ACTION["runs"]["steps"] if item["id"] == "install")
    python = tmp_path / "programs/python3"
    python.parent.mkdir()
    made = '#!/bin/sh\\necho "$@"\\n'
    fake = f"mkdir -p $3/bin; printf '{made}' > $3/bin/python; chmod +x $3/bin/python"
    python.write_text(f"#!/bin/sh\n{fake}\n", encoding="utf-8")
    python.chmod(0o755)
    env = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": "/action",
        "GITHUB_PATH": str(tmp_path / "path"),
        "RUNNER_TEMP": str(tmp_path),
    }
    own, other = (
        run([*BASH, step["run"]], tmp_path, {**env, "KUPLET": value}) for value in ("", "k==1")
    )
    assert own.stdout == "-m pip install --quiet -- /action\n"
    assert other.stdout.endswith("-- k==1\n")
    added = Path((tmp_path / "path").read_text(encoding="utf-8").splitlines()[0])
    assert [path.name for path in added.iterdir()] == ["kuplet"]


# --- GitLab


def snippet(word: str) -> dict[str, Any]:
    """Return the YAML of docs/review.md that holds a word."""
    text = (ROOT / "docs/review.md").read_text(encoding="utf-8")
    (found,) = (
        block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if word in block
    )
    document: dict[str, Any] = yaml.safe_load(found)
    return document


@pytest.mark.parametrize(("claim", "code"), [("data", 0), ("data-2", 1)])
def test_the_snippet_for_gitlab_reports_to_the_merge_request(
    tmp_path: Path, claim: str, code: int
) -> None:
    job = snippet("CI_MERGE_REQUEST")["review"]
    app = clone_of_change(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 3", f"replicas: 3\n      claim: {claim}")
    env = {
        **with_kuplet(tmp_path / "bin"),
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(app, "rev-parse", "origin/main").strip(),
    }
    done = run([*BASH, "\n".join(job["script"])], app, env)
    assert done.code == code, done.stderr
    assert job["artifacts"]["when"] == "always"
    report = app / job["artifacts"]["reports"]["junit"]
    suites = ET.parse(report).getroot()  # noqa: S314  our own output
    assert bool(int(suites.attrib["failures"])) is bool(code)
    assert "2 → 3 pods" in report.read_text(encoding="utf-8")
    (page,) = job["artifacts"]["paths"]
    assert ("The review fails" in (app / page).read_text(encoding="utf-8")) is bool(code)
    assert job["variables"]["GIT_DEPTH"] == 0


def test_the_snippets_use_what_the_action_and_the_hooks_have() -> None:
    steps = snippet("actions/checkout")["jobs"]["review"]["steps"]
    (step,) = (item for item in steps if "kuplet" in item.get("uses", ""))
    assert step["with"].keys() <= ACTION["inputs"].keys()
    uploads = [item["with"]["path"] for item in steps if "upload-artifact" in item.get("uses", "")]
    assert uploads == [ACTION["inputs"]["page-file"]["default"]]
    (repository,) = snippet("repos:")["repos"]
    assert {hook["id"] for hook in repository["hooks"]} == {hook["id"] for hook in HOOKS}
