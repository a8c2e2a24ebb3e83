"""A team's week: change, review, merge, apply, promote, review again, apply to prod, history."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import Done, run_kuplet
from tests.review.repository import FILES, change_everything, commit, git, make_repository
from tests.review.test_review import FORMATS

pytestmark = pytest.mark.cluster

Golden = Callable[[str, str], None]

PROMOTION = """\
promotion:
  from: staging
  copies: ["*.image"]
  allow: [web.replicas, train.num_gpus]
components:
"""
PROD = ("prod", "--sandbox")
SERVING = ("-c", "web,cache", "--yes")  # training needs an operator in the cluster
CAUGHT_IN_PROD = {
    "review-mutable-tag",
    "review-new-training",
    "review-one-environment",
    "review-rbac",
    "review-renamed",
    "review-resources",
    "review-storage",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app on branch main whose prod takes images from staging."""
    prod = FILES["environments/prod.yaml"].replace("components:\n", PROMOTION)
    name = FILES["app.yaml"].replace("mnist", "week")
    web = FILES["components/web.jsonnet"].replace('"mnist-web"', 'env.namespace + "-web"')
    changed = {"app.yaml": name, "components/web.jsonnet": web, "environments/prod.yaml": prod}
    made = make_repository(tmp_path, {**FILES, **changed})
    git(made, "checkout", "--quiet", "main")
    return made


def kuplet(app: Path, *arguments: str) -> Done:
    done = run_kuplet(*arguments, cwd=app)
    assert done.code == 0, done.stdout + done.stderr
    return done


def reviewed(app: Path, code: int = 0) -> dict[str, Any]:
    """Return the review of the branch by environment."""
    done = run_kuplet("review", "-o", "json", cwd=app)
    assert done.code == code, done.stderr
    return {item["name"]: item for item in json.loads(done.stdout)["environments"]}


def check_formats(app: Path, golden: Golden, name: str) -> None:
    """Compare the review of the branch, in all formats, with what was looked at."""
    for output in FORMATS:
        found = run_kuplet("review", "-o", output, cwd=app).stdout
        if output == "html":  # its style is looked at elsewhere
            found = found[found.index("<body>") :]
        golden(f"week-{name}-{output}", found)


def merge(app: Path, branch: str) -> None:
    git(app, "checkout", "--quiet", "main")
    git(app, "merge", "--quiet", "--ff-only", branch)


def test_a_week(app: Path, sandbox: Sandbox, golden: Golden) -> None:
    kuplet(app, "apply", "staging", *SERVING)
    kuplet(app, "apply", *PROD, *SERVING)
    careless_change_is_caught(app, golden)
    new_image_reaches_staging(app, golden)
    staging_is_promoted(app, golden)
    kuplet(app, "apply", *PROD, *SERVING)
    live = Kubectl(sandbox.kubeconfig).get("deployment", "web", "mnist")
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "mnist/web:2"
    assert live["spec"]["replicas"] == 2
    history_tells_it(app)
    kuplet(app, "promote", "staging", "prod", "--check")


def careless_change_is_caught(app: Path, golden: Golden) -> None:
    git(app, "checkout", "--quiet", "-b", "careless")
    change_everything(app)
    commit(app, "everything at once")
    assert {item["rule"] for item in reviewed(app, code=1)["prod"]["findings"]} >= CAUGHT_IN_PROD
    check_formats(app, golden, "careless")
    git(app, "checkout", "--quiet", "main")


def new_image_reaches_staging(app: Path, golden: Golden) -> None:
    git(app, "checkout", "--quiet", "-b", "new-web")
    kuplet(app, "param", "set", "web", "image", "mnist/web:2", "--env", "staging")
    commit(app, "A new web server for staging")
    change = reviewed(app)
    assert set(change) == {"staging"}
    (parameter,) = change["staging"]["parameters"]
    assert (parameter["name"], parameter["after"]["value"]) == ("image", "mnist/web:2")
    check_formats(app, golden, "change")
    merge(app, "new-web")
    kuplet(app, "apply", "staging", *SERVING)


def staging_is_promoted(app: Path, golden: Golden) -> None:
    git(app, "config", "user.name", "Joe")
    git(app, "config", "user.email", "joe@example.com")
    kuplet(app, "promote", "staging", "prod", "--branch", "promote-web", "--yes")
    assert set(reviewed(app)) == {"prod"}
    check_formats(app, golden, "promotion")
    merge(app, "promote-web")
    declared = yaml.safe_load((app / "environments/prod.yaml").read_text())["promotion"]
    assert declared["promoted"]["revision"] == 2


def history_tells_it(app: Path) -> None:
    history = json.loads(kuplet(app, "history", *PROD, "2", "-o", "json").stdout)
    assert history["changed"]["parameters"] == [
        {"path": "web.image", "before": "mnist/web:1", "after": "mnist/web:2"}
    ]
    assert history["source"]["commit"] == git(app, "rev-parse", "HEAD").strip()
    promoted = history["promoted"]
    assert (promoted["from"], promoted["revision"]) == ("staging", 2)
    assert promoted["by"] == "Joe <joe@example.com>"
