"""A team's week: change, review, merge, apply, promote, review again, apply to prod, history."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import Done, run_kuplet
from tests.review.repository import FILES, change_everything, commit, git, make_repository
from tests.review.test_review import in_all_formats

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


def reviewed(app: Path, golden: Golden, name: str, code: int = 0) -> dict[str, Any]:
    """Compare the review of the branch, in all formats, with what was looked at.

    Return it by environment.
    """
    with tempfile.TemporaryDirectory() as directory:
        done, formats = in_all_formats(app, Path(directory))
    assert done.code == code, done.stderr
    for output, found in formats.items():
        # the style of the page is looked at elsewhere
        shown = found[found.index("<body>") :] if output == "html" else found
        golden(f"week-{name}-{output}", shown)
    return {item["name"]: item for item in json.loads(formats["json"])["environments"]}


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
    found = reviewed(app, golden, "careless", code=1)["prod"]["findings"]
    assert {item["rule"] for item in found} >= CAUGHT_IN_PROD
    git(app, "checkout", "--quiet", "main")


def new_image_reaches_staging(app: Path, golden: Golden) -> None:
    git(app, "checkout", "--quiet", "-b", "new-web")
    kuplet(app, "param", "set", "web", "image", "mnist/web:2", "--env", "staging")
    commit(app, "A new web server for staging")
    change = reviewed(app, golden, "change")
    assert set(change) == {"staging"}
    (parameter,) = change["staging"]["parameters"]
    assert (parameter["name"], parameter["after"]["value"]) == ("image", "mnist/web:2")
    merge(app, "new-web")
    kuplet(app, "apply", "staging", *SERVING)


def staging_is_promoted(app: Path, golden: Golden) -> None:
    git(app, "config", "user.name", "Joe")
    git(app, "config", "user.email", "joe@example.com")
    kuplet(app, "promote", "staging", "prod", "--branch", "promote-web", "--yes")
    assert set(reviewed(app, golden, "promotion")) == {"prod"}
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
