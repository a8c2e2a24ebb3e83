"""``kuplet review --staged``: what the next commit will change, whatever the files say by now."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.kuplet import Done
from tests.review.programs import with_kuplet
from tests.review.repository import FILES, commit, edit, git, make_repository
from tests.review.test_review import review, reviewed, rules

HOOK = "#!/bin/sh\nexec kuplet --dir ml review --staged\n"


def pods(document: dict[str, Any]) -> list[tuple[object, object]]:
    return [
        (change["before"]["value"], change["after"]["value"])
        for each in document["environments"]
        for change in each["parameters"]
    ]


def new_environment(app: Path) -> None:
    (app / "environments/new.yaml").write_bytes((app / "environments/staging.yaml").read_bytes())


def staged_and_more(root: Path) -> Path:
    app = make_repository(root)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    git(app, "add", "--all")
    edit(app, "environments/prod.yaml", "replicas: 3", "replicas: 4")
    return app


def test_what_is_staged_is_compared_with_the_last_commit(tmp_path: Path) -> None:
    app = staged_and_more(tmp_path)
    document = reviewed(app, "--staged")
    assert pods(document) == [(2, 3)]
    assert document["head"] == "the index"
    assert document["base"] == git(app, "rev-parse", "HEAD")[:12]


def test_what_is_not_staged_is_no_part_of_it(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    new_environment(app)
    assert reviewed(app, "--staged")["skipped"] == ["lab", "prod", "staging"]


def test_a_file_that_is_only_announced_is_no_part_of_it(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    new_environment(app)
    git(app, "add", "--intent-to-add", ".")
    assert reviewed(app, "--staged")["skipped"] == ["lab", "prod", "staging"]
    git(app, "add", ".")
    assert [each["state"] for each in reviewed(app, "--staged")["environments"]] == ["added"]


def test_a_file_whose_removal_is_staged_is_gone(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    git(app, "rm", "--quiet", "--cached", "environments/lab.yaml")
    assert rules(reviewed(app, "--staged")) == {"lab": {"review-removed"}}


def test_before_the_first_commit_all_is_new(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    git(app, "update-ref", "-d", "HEAD")
    document = reviewed(app, "--staged")
    assert document["base"] == "no commit"
    assert {each["state"] for each in document["environments"]} == {"added"}


def test_neither_index_nor_files_nor_objects_are_touched(tmp_path: Path) -> None:
    app = staged_and_more(tmp_path)
    (app / "components/other.yaml").write_text("a: 1\n", encoding="utf-8")
    os.utime(app / "app.yaml", (1, 1))  # git would like to note the new time
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    review(app, "--staged")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("other", [("main",), ("--against", ".")])
def test_both_sides_cannot_be_named_twice(tmp_path: Path, other: tuple[str, ...]) -> None:
    done = review(make_repository(tmp_path), "--staged", *other)
    assert (done.code, "error[option-conflict]: --staged" in done.stderr) == (2, True)


def test_a_merge_conflict_in_the_index_is_an_error(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    commit(app, "three")
    git(app, "checkout", "--quiet", "main")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 4")
    commit(app, "four")
    with pytest.raises(subprocess.CalledProcessError):
        git(app, "merge", "change")
    done = review(app, "--staged")
    assert done.code == 2
    assert 'error[git-unmerged]: "ml/environments/prod.yaml" has a merge conflict' in done.stderr


@pytest.mark.parametrize("arguments", [("--all",), ("ml/environments/prod.yaml",)])
def test_a_hook_reviews_the_index_of_its_commit(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """``commit --all`` and ``commit FILE`` make an index of their own, which only git names."""
    app = make_repository(tmp_path / "work", FILES)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    done = commit_with_hook(app.parent, tmp_path / "bin", *arguments)
    assert done.code == 0, done.stderr
    assert "Deployment/web: 2 → 3 pods" in done.stdout + done.stderr


def test_a_hook_stops_a_commit_that_has_errors(tmp_path: Path) -> None:
    app = make_repository(tmp_path / "work", FILES)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: two")
    done = commit_with_hook(app.parent, tmp_path / "bin", "--all")
    assert done.code == 1
    assert "error[parameter-type]" in done.stdout + done.stderr


def commit_with_hook(top: Path, programs: Path, *arguments: str) -> Done:
    hook = top / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK, encoding="utf-8")
    hook.chmod(0o755)
    who = ("-c", "user.name=Joe", "-c", "user.email=joe@example.com")
    done = subprocess.run(
        ["git", *who, "commit", "--quiet", "-m", "x", *arguments],
        cwd=top,
        env=with_kuplet(programs),
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
