"""Fields that the app sets and somebody else changes: who wins, and what is said of it."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.kubectl import Kubectl
from tests.kuplet import Done, run_kuplet, start_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

WEB = """\
local params = std.extVar("__ksonnet/params").components.web;
{
  web: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [{ name: "main", image: params.image, ports: [{ containerPort: 80 }] }],
        },
      },
    },
  },
  token: {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "token" },
    stringData: { "key.pem": params.token },
  },
}
"""
PARAMS = """\
components:
  web:
    params:
      replicas: 2
      image: a:1
      token: hunter2
"""


@pytest.fixture
def app(make_app: MakeApp) -> Path:
    """An app that was applied; its namespace has its name."""
    path = make_app({"web.jsonnet": WEB}, PARAMS)
    applied(path)
    return path


def applied(app: Path, *flags: str) -> Done:
    done = run_kuplet("apply", "staging", "--yes", "--no-wait", *flags, cwd=app)
    assert done.code == 0, done.stdout + done.stderr
    return done


def namespace_of(app: Path) -> str:
    return f"{app.name}-staging"


def scale(kubectl: Kubectl, app: Path, replicas: int) -> None:
    kubectl("scale", "deployment", "web", "-n", namespace_of(app), f"--replicas={replicas}")


def with_rules(app: Path, *rules: str) -> None:
    file = app / "environments/staging.yaml"
    text = file.read_text().partition("conflicts:")[0]
    file.write_text(text + "conflicts:\n" + "".join(f"- {{{rule}}}\n" for rule in rules))


def web(kubectl: Kubectl, app: Path) -> dict[str, Any]:
    spec: dict[str, Any] = kubectl.get("deployment", "web", namespace_of(app))["spec"]
    return spec


def edited(kubectl: Kubectl, app: Path, kind: str, name: str, patch: str) -> None:
    place = (kind, name, "-n", namespace_of(app))
    kubectl("patch", *place, "--field-manager=kubectl-edit", "-p", patch)


def image_of(image: str) -> str:
    containers = [{"name": "main", "image": image}]
    return json.dumps({"spec": {"template": {"spec": {"containers": containers}}}})


def set_parameter(app: Path, name: str, value: str) -> None:
    done = run_kuplet("param", "set", "web", name, value, "--env", "staging", cwd=app)
    assert done.code == 0, done.stderr


def test_each_contested_field_is_named_with_owner_values_and_parameter(
    app: Path, kubectl: Kubectl
) -> None:
    scale(kubectl, app, 5)
    edited(kubectl, app, "deployment", "web", image_of("b:2"))
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert refused.code == 1
    assert 'web: spec.replicas is 5, owned by "kubectl" (scale)' in refused.stderr
    assert "the app says 2\n  --> environments/staging.yaml:7:17\n" in refused.stderr
    path = "spec.template.spec.containers[main].image"
    assert f'web: {path} is b:2, owned by "kubectl-edit", 20' in refused.stderr
    assert "the app's value is set by web.image" in refused.stderr
    shown = run_kuplet("diff", "staging", "-o", "json", cwd=app)
    assert shown.code == 1
    (found,) = (item for item in json.loads(shown.stdout)["objects"] if item["conflicts"])
    replicas, other = sorted(found["conflicts"], key=lambda item: len(item["path"]))
    assert (replicas["path"], replicas["live"], replicas["app"]) == ("spec.replicas", 5, 2)
    assert (replicas["policy"], other["path"]) == ("fail", path)
    assert other["managers"][0]["time"].startswith("20")  # of a scale the server keeps none
    place = {"file": "environments/staging.yaml", "line": 7, "column": 17}
    assert replicas["parameter"] == {"name": "web.replicas", **place}
    as_json = run_kuplet("apply", "staging", "--yes", "-o", "json", cwd=app)
    listed = json.loads(as_json.stdout)["findings"]
    assert {item["field"] for item in listed} == {"spec.replicas", path}


def test_values_of_secrets_are_masked_where_they_are_contested(app: Path, kubectl: Kubectl) -> None:
    edited(kubectl, app, "secret", "token", '{"stringData": {"key.pem": "sw0rdfish"}}')
    for command in (("diff",), ("diff", "-o", "json"), ("apply", "--yes"), ("plan",)):
        done = run_kuplet(command[0], "staging", *command[1:], cwd=app)
        assert done.code == 1
        assert '/token: data["key.pem"] is ' in done.stderr
        assert "set by web.token" in done.stderr
        for value in ("hunter2", "sw0rdfish", "aHVudGVyMg", "c3cwcmRmaXNo"):
            assert value not in done.stdout + done.stderr


def test_what_a_rule_leaves_stays_with_its_owner_and_is_no_difference(
    app: Path, kubectl: Kubectl
) -> None:
    scale(kubectl, app, 5)
    with_rules(app, "kind: Deployment, path: spec.replicas, manager: 'kubectl*', policy: leave")
    shown = run_kuplet("diff", "staging", cwd=app)
    assert (shown.code, shown.stdout) == (0, ""), shown.stderr
    assert "note[conflict-left]" in shown.stderr
    assert "spec.replicas stays 5, owned by" in shown.stderr
    assert '"leave" is said in environments/staging.yaml:' in shown.stderr
    set_parameter(app, "image", "a:2")
    plan = app / "plan.json"
    planned = run_kuplet("plan", "staging", "-o", str(plan), cwd=app)
    assert planned.code == 0, planned.stderr
    scale(kubectl, app, 6)  # what the other one does with its own moves no plan
    done = run_kuplet("apply", "--plan", str(plan), cwd=app)
    assert done.code == 0, done.stdout + done.stderr
    live = web(kubectl, app)
    assert (live["replicas"], live["template"]["spec"]["containers"][0]["image"]) == (6, "a:2")
    assert "no changes" in applied(app, "--force-conflicts").stderr
    status = run_kuplet("status", "staging", "-o", "json", cwd=app)
    document = json.loads(status.stdout)
    (found,) = (item for item in document["objects"] if item["name"] == "web")
    assert found["fields"] == []
    (left,) = (item for item in document["findings"] if item["rule"] == "conflict-left")
    assert (left["field"], left["file"]) == ("spec.replicas", "environments/staging.yaml")
    back = run_kuplet("rollback", "staging", "--yes", "--no-wait", cwd=app)
    assert back.code == 0, back.stdout + back.stderr
    live = web(kubectl, app)
    assert (live["replicas"], live["template"]["spec"]["containers"][0]["image"]) == (6, "a:1")


def test_the_first_rule_that_fits_decides_and_what_is_taken_is_ours(
    app: Path, kubectl: Kubectl
) -> None:
    scale(kubectl, app, 5)
    edited(kubectl, app, "deployment", "web", image_of("b:2"))
    fail = "path: spec.replicas, policy: fail"
    with_rules(app, fail, "kind: Deploy*, policy: take")
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert refused.code == 1
    assert "error[field-conflict]" in refused.stderr
    assert "note[conflict-taken]" in refused.stderr
    assert web(kubectl, app)["template"]["spec"]["containers"][0]["image"] == "b:2"
    with_rules(app, "path: 'spec.template.spec.containers[*].image', policy: take", fail)
    scale(kubectl, app, 2)
    assert "note[conflict-taken]" in applied(app).stderr
    assert web(kubectl, app)["template"]["spec"]["containers"][0]["image"] == "a:1"
    again = applied(app)
    assert "no changes" in again.stderr
    assert "conflict" not in again.stderr


SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 9
"""


@pytest.mark.parametrize("is_ours", [True, False])
def test_handing_replicas_to_an_autoscaler_does_not_reset_them(
    make_app: MakeApp, kubectl: Kubectl, *, is_ours: bool
) -> None:
    files = {"web.jsonnet": WEB}
    params = PARAMS.replace("replicas: 2", "replicas: 4")
    app = make_app({**files, "scaler.yaml": "[]\n"} if is_ours else files, params)
    applied(app)
    if is_ours:
        (app / "components/scaler.yaml").write_text(SCALER)
    else:
        kubectl("apply", "-n", namespace_of(app), "-f-", stdin=SCALER)
    # What every guide advises: with an autoscaler, the app says no replicas any more.
    source = app / "components/web.jsonnet"
    source.write_text(source.read_text().replace("replicas: params.replicas,", ""))
    applied(app)
    assert web(kubectl, app)["replicas"] == 4
    scale(kubectl, app, 7)  # as the autoscaler does: through the subresource
    assert "no changes" in applied(app).stderr
    set_parameter(app, "image", "a:2")
    applied(app)
    assert web(kubectl, app)["replicas"] == 7
    # Back in the app: that is only what it starts with.
    source.write_text(WEB)
    set_parameter(app, "image", "a:3")
    done = applied(app)
    assert "note[autoscaler-decides]" in done.stderr
    assert "spec.replicas stays 7: HorizontalPodAutoscaler/web scales it" in done.stderr
    assert web(kubectl, app)["replicas"] == 7
    assert "no changes" in applied(app).stderr
    owners = kubectl.get("deployment", "web", namespace_of(app))["metadata"]["managedFields"]
    ours = [item for item in owners if item["manager"] == "kuplet"]
    assert all("f:replicas" not in item["fieldsV1"].get("f:spec", {}) for item in ours)


def test_what_the_controller_manager_scales_is_left_to_it_until_its_autoscaler_is_gone(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    params = PARAMS.replace("replicas: 2", "replicas: 3")
    scaler = SCALER.replace("minReplicas: 2", "minReplicas: 6")
    app = make_app({"web.jsonnet": WEB, "scaler.yaml": scaler}, params)
    applied(app)
    assert web(kubectl, app)["replicas"] in {3, 6}  # it starts with that of the app
    deadline = time.monotonic() + 90
    while web(kubectl, app)["replicas"] != 6:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert "no changes" in applied(app).stderr
    set_parameter(app, "image", "a:2")
    plan = app / "plan.json"
    planned = run_kuplet("plan", "staging", "-o", str(plan), cwd=app)
    assert planned.code == 0, planned.stderr
    scale(kubectl, app, 7)
    done = run_kuplet("apply", "--plan", str(plan), cwd=app)
    assert done.code == 0, done.stdout + done.stderr
    assert web(kubectl, app)["replicas"] == 7
    (app / "components/scaler.yaml").write_text("[]\n")
    gone = applied(app, "--yes-prune")
    assert "autoscaler-decides" in gone.stderr
    assert kubectl.names("hpa", namespace_of(app)) == []
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (refused.code, "the app says 3" in refused.stderr) == (1, True)
    applied(app, "--force-conflicts")
    assert web(kubectl, app)["replicas"] == 3
    assert "no changes" in applied(app).stderr


def test_an_edit_while_somebody_asks_is_not_overwritten_and_the_apply_says_why(
    app: Path, kubectl: Kubectl
) -> None:
    set_parameter(app, "image", "a:2")
    plan = app / "plan.json"
    assert run_kuplet("plan", "staging", "-o", str(plan), cwd=app).code == 0
    edited(kubectl, app, "deployment", "web", image_of("b:2"))
    lost = run_kuplet("apply", "--plan", str(plan), cwd=app)
    assert lost.code == 1
    assert "the app says a:2" in lost.stderr
    assert web(kubectl, app)["template"]["spec"]["containers"][0]["image"] == "b:2"


GATE = """\
apiVersion: batch/v1
kind: Job
metadata: {name: gate}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: main, image: "busybox:1"}]}
"""


@pytest.mark.parametrize("policy", ["fail", "leave", "take"])
def test_an_edit_in_the_middle_of_an_apply_wins_unless_a_rule_says_otherwise(
    app: Path, kubectl: Kubectl, policy: str
) -> None:
    (app / "components/gate.yaml").write_text(GATE)
    file = app / "environments/staging.yaml"
    gate = "components:\n  gate: {source: components/gate.yaml}\n  web:\n    needs: [gate]\n"
    file.write_text(file.read_text().replace("components:\n  web:\n", gate))
    set_parameter(app, "image", "a:2")
    with_rules(app, f"path: 'spec.template.spec.containers[*].image', policy: {policy}")
    flags = ("apply", "staging", "--yes", "--no-wait")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_kuplet, *flags, cwd=app)
        while "gate" not in kubectl.names("job", namespace_of(app)):
            assert not running.done(), running.result()
        edited(kubectl, app, "deployment", "web", image_of("b:2"))
    done = running.result()
    found = web(kubectl, app)["template"]["spec"]["containers"][0]["image"]
    assert (done.code, found) == {"fail": (4, "b:2"), "leave": (0, "b:2"), "take": (0, "a:2")}[
        policy
    ]
    if policy == "fail":
        assert '[main].image is b:2, owned by "kubectl-edit", 20' in done.stderr
        assert "the app says a:2\n  --> environments/staging.yaml:" in done.stderr
        assert "set by web.image" in done.stderr


def test_of_two_applies_at_once_one_wins_and_the_other_says_why(
    app: Path, kubectl: Kubectl
) -> None:
    set_parameter(app, "image", "a:2")
    flags = ("apply", "staging", "--yes", "--no-wait", "--wait-lock", "60s")
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(start_kuplet, *flags, cwd=app) for _ in range(2)]
    ends = [each.result() for each in both]
    (loser,) = (done for done in ends if "1 changed" not in done.stderr)
    # It finds nothing to do, unless it had made its plan before the other one began to write.
    why = "no changes" if loser.code == 0 else "error[release-"
    assert why in loser.stderr, loser.stderr
    assert web(kubectl, app)["template"]["spec"]["containers"][0]["image"] == "a:2"
    assert "no changes" in applied(app).stderr
