"""Every apply is recorded in its destination before the first write, and how it ended after."""

import base64
import gzip
import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {mode: fast}
"""
OTHER = CONFIG.replace("name: config", "name: other")
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {token: hidden-in-plain-sight}
"""
PARAMETER = """\
// @param token string The token.
{
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "given" },
  stringData: { url: "postgres://u:" + params.token + "@db" },
}
"""
HOPELESS = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  storageClassName: nobody-has-this
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""


def apply(app: Path, *more: str) -> int:
    return run_kuplet("apply", "staging", "--yes", *more, cwd=app).code


def history(app: Path, *revisions: str) -> Any:
    done = run_kuplet("history", "staging", *revisions, "-o", "json", cwd=app)
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


def rows(app: Path) -> list[list[str]]:
    return [
        [row["revision"], row["status"], row["what"], row["changed"]]
        for row in history(app)["data"]
    ]


def records(kubectl: Kubectl, app: Path) -> list[Any]:
    namespace = f"{app.name}-staging"
    found = kubectl("get", "secrets", "-n", namespace, "-l", "kuplet.dev/release", "-o", "json")
    items: list[Any] = json.loads(found)["items"]
    return items


def test_an_apply_is_a_release_and_one_without_changes_is_none(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG, "other.yaml": OTHER})
    assert apply(app) == 0
    assert apply(app) == 0
    assert rows(app) == [["1", "succeeded", "all", "2 objects"]]
    source = app / "components/config.yaml"
    source.write_text(CONFIG.replace("fast", "slow"))
    assert apply(app, "-c", "config") == 0
    assert rows(app)[0] == ["2", "succeeded", "config", "1 object"]
    (app / "components/other.yaml").write_text(OTHER.replace("fast", "slow"))
    assert apply(app) == 0
    assert rows(app)[0] == ["3", "succeeded", "all", "1 object"]
    config, other = (f"ConfigMap/{app.name}-staging/{name}" for name in ("config", "other"))
    mode = [{"path": "data.mode", "before": "fast", "after": "slow"}]
    for revisions, objects in (
        (("1", "3"), {config: mode, other: mode}),
        (("3",), {other: mode}),
        (("1", "2"), {config: mode}),
        (("2", "3"), {}),
    ):
        assert history(app, *revisions)["changed"]["objects"] == objects


def test_parameters_are_recorded_with_their_source(make_app: MakeApp) -> None:
    source = "// @param mode string The mode.\n" + json.dumps(yaml.safe_load(CONFIG)).replace(
        '"fast"', "params.mode"
    )
    staging = "components: {config: {params: {mode: first}}}\n"
    app = make_app({"config.jsonnet": source}, staging)
    assert apply(app) == 0
    assert (
        run_kuplet("param", "set", "config", "mode", "next", "--env", "staging", cwd=app).code == 0
    )
    assert apply(app) == 0
    shown = run_kuplet("history", "staging", "1", cwd=app).stdout
    assert "    config.mode: not set → first" in shown
    assert f"--- /dev/null\n+++ ConfigMap/{app.name}-staging/config\n" in shown
    assert "\n+data:\n+  mode: first" in shown
    latest = history(app, "2")
    as_yaml = run_kuplet("history", "staging", "2", "-o", "yaml", cwd=app).stdout
    assert not as_yaml.startswith("{")
    assert yaml.safe_load(as_yaml) == latest
    assert latest["parameters"]["config"]["mode"]["value"] == "next"
    assert latest["parameters"]["config"]["mode"]["source"].startswith("environments/staging.yaml:")
    assert latest["changed"]["parameters"] == [
        {"path": "config.mode", "before": "first", "after": "next"}
    ]


def test_no_value_of_a_secret_is_recorded(make_app: MakeApp, kubectl: Kubectl) -> None:
    staging = "components: {given: {params: {token: also-hidden-here}}}\n"
    app = make_app({"token.yaml": SECRET, "given.jsonnet": PARAMETER}, staging)
    assert apply(app) == 0
    (record,) = records(kubectl, app)
    text = gzip.decompress(base64.b64decode(record["data"]["release"])).decode()
    assert "Secret" in text
    for value in ("hidden-in-plain-sight", "also-hidden-here"):
        assert value not in text
        assert base64.b64encode(value.encode()).decode() not in text
    assert text.count("hmac-sha256:") >= 3
    recorded = history(app, "1")["parameters"]["given"]["token"]
    assert (recorded["value"], recorded["secret"]) == ("***", True)
    shown = run_kuplet("history", "staging", "1", cwd=app)
    assert "hidden" not in shown.stdout + shown.stderr


def test_a_failed_apply_says_why(make_app: MakeApp) -> None:
    app = make_app({"data.yaml": HOPELESS})
    assert apply(app, "--timeout", "1s") == 4
    assert rows(app)[0][:2] == ["1", "failed"]
    shown = run_kuplet("history", "staging", "1", cwd=app).stdout
    assert shown.startswith("revision 1, failed: PersistentVolumeClaim/")


def test_a_large_release_is_kept_in_parts(make_app: MakeApp, kubectl: Kubectl) -> None:
    noise = random.Random(1)  # noqa: S311  no secret
    files = {
        f"noise{number}.yaml": CONFIG.replace("config", f"noise{number}").replace(
            "fast", base64.b64encode(noise.randbytes(600_000)).decode()
        )
        for number in range(3)
    }
    app = make_app(files)
    assert apply(app) == 0
    labels = [item["metadata"]["labels"] for item in records(kubectl, app)]
    assert sorted(item["kuplet.dev/release-part"] for item in labels) == ["1", "2"]
    assert rows(app) == [["1", "succeeded", "all", "3 objects"]]


def test_revisions_that_do_not_exist_are_refused(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG})
    assert history(app)["data"] == []
    done = run_kuplet("history", "staging", "7", cwd=app)
    assert (done.code, "there is no revision 7" in done.stderr) == (2, True)


def test_the_commit_is_recorded(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG})
    for words in (
        ("init", "--quiet"),
        ("add", "."),
        ("-c", "user.name=Jo", "-c", "user.email=j@example.com", "commit", "--quiet", "-m", "one"),
    ):
        git(app, *words)
    assert apply(app) == 0
    source = history(app, "1")["source"]
    assert (len(source["commit"]), source["dirty"]) == (40, False)


def git(app: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(app), *words], check=True)


def test_a_delete_is_a_release_and_nothing_is_promoted_from_what_is_gone(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG, "other.yaml": OTHER})
    (app / "environments/prod.yaml").write_text(
        "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\npromotion: {from: staging}\n"
    )
    assert apply(app) == 0
    planned = run_kuplet("delete", "staging", "-c", "other", "--dry-run", "-o", "json", cwd=app)
    (step,) = json.loads(planned.stdout)["steps"]
    assert (step["object"], step["action"], step["until"]) == (
        f"ConfigMap/{app.name}-staging/other", "delete", "gone",
    )  # fmt: skip
    assert run_kuplet("delete", "staging", "--yes", "-c", "other", cwd=app).code == 0
    assert rows(app)[0] == ["2", "succeeded", "other, deleted", "1 object"]
    refused = run_kuplet("promote", "staging", "prod", "--yes", cwd=app)
    assert (refused.code, "has deleted other" in refused.stderr) == (1, True)
    assert apply(app) == 0
    assert rows(app)[0] == ["3", "succeeded", "all", "1 object"]
    assert run_kuplet("delete", "staging", "--yes", cwd=app).code == 0
    assert rows(app)[0] == ["4", "succeeded", "all, deleted", "2 objects"]
    again = run_kuplet("delete", "staging", "--yes", cwd=app)
    assert (again.code, again.stderr) == (0, "nothing to delete\n")
    assert len(rows(app)) == 4


def test_a_rollback_is_a_release_that_apply_and_promote_know_of(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG, "secret.yaml": SECRET})
    (app / "environments/prod.yaml").write_text(
        "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\npromotion: {from: staging}\n"
    )
    assert apply(app) == 0
    (app / "components/config.yaml").write_text(CONFIG.replace("fast", "slow"))
    assert apply(app) == 0
    planned = run_kuplet("rollback", "staging", "--dry-run", cwd=app)
    assert planned.code == 0, planned.stderr
    assert f"roll back environment staging of app {app.name} to release 1, in" in planned.stdout
    assert "~ ConfigMap/config  config            data.mode" in planned.stdout
    done = run_kuplet("rollback", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    assert "0 created, 1 changed, 1 unchanged" in done.stderr
    assert "back to 1" in run_kuplet("history", "staging", cwd=app).stdout
    assert run_kuplet("diff", "staging", cwd=app).code == 1
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (refused.code, "error[rolled-back]" in refused.stderr) == (1, True)
    noted = run_kuplet("promote", "staging", "prod", "--check", cwd=app)
    assert "note[rolled-back]" in noted.stderr
    assert apply(app, "--forward") == 0
    assert apply(app) == 0
    idle = run_kuplet("apply", "staging", "--dry-run", cwd=app)
    assert "no changes: 2 objects are as they should be" in idle.stderr
    wrong = run_kuplet("rollback", "staging", "99", "--yes", cwd=app)
    assert (wrong.code, "revision-unknown" in wrong.stderr) == (2, True)
