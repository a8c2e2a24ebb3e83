"""diff, apply and delete against a real API server."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.sandbox import Sandbox
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
DOOR = """\
apiVersion: v1
kind: Service
metadata: {name: door}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.27.3", envFrom: [{configMapRef: {name: config}}]}
"""
NEEDS_CONFIG = "components: {web: {needs: [config]}}\n"
HELD = '{"metadata": {"finalizers": ["example.com/held"]}}'
LET_GO = '{"metadata": {"finalizers": null}}'


def test_apply_works_in_order_and_a_second_one_changes_nothing(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"config.yaml": CONFIG, "web.yaml": WEB}, NEEDS_CONFIG)
    first = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert first.code == 0, first.stderr
    assert first.stderr.index("ConfigMap/config created") < first.stderr.index("Deployment/web cr")
    assert "3 created, 0 changed, 0 unchanged" in first.stderr
    live = kubectl.get("deployment", "web", f"{app.name}-staging")
    assert live["status"]["availableReplicas"] == 2
    assert {entry["manager"] for entry in live["metadata"]["managedFields"]} >= {"kuplet"}
    version = live["metadata"]["resourceVersion"]
    second = run_kuplet("apply", "staging", cwd=app)
    assert second.code == 0, second.stderr
    assert second.stderr.strip() == "no changes: 2 objects are as they should be"
    again = kubectl.get("deployment", "web", f"{app.name}-staging")
    assert again["metadata"]["resourceVersion"] == version


def test_diff_shows_fields_and_exits_like_kubectl(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG, "web.yaml": WEB})
    before = run_kuplet("diff", "staging", cwd=app)
    assert (before.code, "+kind: Deployment" in before.stdout) == (1, True)
    run_kuplet("apply", "staging", "--yes", cwd=app)
    assert run_kuplet("diff", "staging", cwd=app).code == 0
    source = app / "components/web.yaml"
    source.write_text(source.read_text().replace("nginx:1.27.3", "nginx:1.28.0"))
    changed = run_kuplet("diff", "staging", cwd=app)
    assert changed.code == 1
    lines = [line for line in changed.stdout.splitlines() if line.startswith(("+ ", "- "))]
    assert [line.split() for line in lines] == [
        ["-", "image:", "nginx:1.27.3"],
        ["+", "image:", "nginx:1.28.0"],
    ]
    found = json.loads(run_kuplet("diff", "staging", "-o", "json", cwd=app).stdout)
    fields = [item["fields"] for item in found["objects"] if item["action"] == "change"]
    assert [field["path"] for field in fields[0]] == ["spec.template.spec.containers[web].image"]


def test_what_somebody_else_changed_is_put_right(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG})
    run_kuplet("apply", "staging", "--yes", cwd=app)
    patch = '{"data": {"mode": "slow", "extra": "theirs"}}'
    namespace = f"{app.name}-staging"
    kubectl("patch", "configmap", "config", "-n", namespace, "--type=merge", "-p", patch)
    conflict = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert conflict.code == 1
    assert "field-conflict" in conflict.stderr
    assert 'owned by "kubectl-patch"' in conflict.stderr
    assert "--force-conflicts" in conflict.stderr
    forced = run_kuplet("apply", "staging", "--yes", "--force-conflicts", cwd=app)
    assert forced.code == 0, forced.stderr
    live = kubectl.get("configmap", "config", namespace)
    assert live["data"] == {"mode": "fast", "extra": "theirs"}


SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: credentials
  annotations: {kuplet.dev/generate: "root-user:20 root-password:40"}
---
apiVersion: v1
kind: Secret
metadata: {name: given}
stringData: {token: do-not-show-me}
"""


def test_secret_values_are_made_up_once_and_never_shown(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"secret.yaml": SECRET})
    outputs = [
        run_kuplet("diff", "staging", cwd=app),
        run_kuplet("apply", "staging", "--yes", cwd=app),
    ]
    data = kubectl.get("secret", "credentials", f"{app.name}-staging")["data"]
    values = [base64.b64decode(value).decode() for value in data.values()]
    assert {key: len(base64.b64decode(value)) for key, value in data.items()} == {
        "root-user": 20, "root-password": 40,
    }  # fmt: skip
    source = app / "components/secret.yaml"
    source.write_text(source.read_text().replace("do-not-show-me", "nor-me"))
    outputs += [
        run_kuplet("diff", "staging", "-o", "json", cwd=app),
        run_kuplet("apply", "staging", "--yes", cwd=app),
        run_kuplet("apply", "staging", "--yes", cwd=app),
    ]
    assert "no changes" in outputs[-1].stderr
    assert kubectl.get("secret", "credentials", f"{app.name}-staging")["data"] == data
    shown = "".join(done.stdout + done.stderr for done in outputs)
    encoded = base64.b64encode(b"do-not-show-me").decode()
    for secret in [*values, *data.values(), "do-not-show-me", "nor-me", encoded]:
        assert secret not in shown


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.%(name)s.example.com}
spec:
  group: %(name)s.example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
---
apiVersion: %(name)s.example.com/v1
kind: Widget
metadata: {name: w}
spec: {size: 3}
"""


def test_a_definition_and_its_objects_are_applied_in_one_go(make_app: MakeApp) -> None:
    app = make_app({"widget.yaml": CRD % {"name": "one"}})
    diff = run_kuplet("diff", "staging", cwd=app)
    assert (diff.code, "its kind is new to the cluster" in diff.stdout) == (1, True)
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    assert run_kuplet("diff", "staging", cwd=app).code == 0
    assert run_kuplet("delete", "staging", "--yes", cwd=app).code == 0


def test_a_definition_and_what_uses_its_new_field_change_in_one_go(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"widget.yaml": CRD % {"name": "three"}})
    run_kuplet("apply", "staging", "--yes", cwd=app)
    source = app / "components/widget.yaml"
    text = source.read_text().replace("{size: {", "{hue: {type: string}, size: {")
    source.write_text(text.replace("size: 3", "size: 3, hue: red"))
    diff = run_kuplet("diff", "staging", cwd=app)
    assert "+  hue: red" in diff.stdout
    definition = "CustomResourceDefinition/widgets.three.example.com"
    assert f"# {definition} changes first: not checked by the server" in diff.stdout
    done = run_kuplet("validate", "staging", "--server", cwd=app)
    assert f"could not be checked: {definition} is still as it was" in done.stdout
    assert "checked by that" not in done.stdout
    assert run_kuplet("plan", "staging", "-o", "plan.json", cwd=app).code in {0, 2}
    done = run_kuplet("apply", "--plan", "plan.json", cwd=app)
    assert done.code == 0, done.stderr
    namespace = f"{app.name}-staging"
    assert kubectl.get("widgets.three.example.com", "w", namespace)["spec"]["hue"] == "red"
    assert run_kuplet("diff", "staging", cwd=app).code == 0


def test_a_definition_and_what_uses_its_new_version_change_in_one_go(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    text = CRD % {"name": "four"}
    app = make_app({"widget.yaml": text})
    run_kuplet("apply", "staging", "--yes", cwd=app)
    before, mark, rest = text.partition("  - name: v1\n")
    schema, end, widget = rest.partition("---\n")
    older = f"{mark}{schema}".replace("storage: true", "storage: false")
    newer = f"  - name: v2\n{schema}"
    source = app / "components/widget.yaml"
    source.write_text(before + older + newer + end + widget.replace("/v1", "/v2").replace("3", "4"))
    diff = run_kuplet("diff", "staging", cwd=app)
    assert "# its version is new to the cluster: not checked by the server" in diff.stdout
    assert "0 to create, 2 to change" in diff.stderr
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    namespace = f"{app.name}-staging"
    assert kubectl.get("widgets.v2.four.example.com", "w", namespace)["spec"]["size"] == 4
    assert run_kuplet("diff", "staging", cwd=app).code == 0


def test_a_missing_definition_is_named(make_app: MakeApp) -> None:
    app = make_app({"widget.yaml": (CRD % {"name": "two"}).partition("---\n")[2]})
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 1
    assert "error[kind-not-served]" in done.stderr
    assert "the cluster does not know two.example.com/v1 Widget" in done.stderr


def behaving(how: str) -> str:
    annotation = f"annotations: {{sandbox.kuplet.dev/behaviour: {how}}}"
    alone = WEB.replace(", envFrom: [{configMapRef: {name: config}}]", "")
    return alone.replace("metadata: {labels", f"metadata: {{{annotation}, labels")


def test_a_failing_pod_stops_the_apply_with_its_reason(make_app: MakeApp) -> None:
    app = make_app(
        {"web.yaml": behaving("crash-loop"), "config.yaml": CONFIG},
        "components: {config: {needs: [web]}}\n",
    )
    done = run_kuplet("apply", "staging", "--yes", "--timeout", "8s", cwd=app)
    assert done.code == 4
    assert "error[object-timeout]" in done.stderr
    assert "CrashLoopBackOff" in done.stderr
    assert "waiting for it: ConfigMap/config" in done.stderr
    assert "not tried: ConfigMap/config" in done.stderr


def test_a_pod_that_fits_nowhere_shows_the_schedulers_reason(make_app: MakeApp) -> None:
    limits = 'resources: {limits: {nvidia.com/gpu: "64"}}, envFrom'
    app = make_app({"config.yaml": CONFIG, "web.yaml": WEB.replace("envFrom", limits)})
    done = run_kuplet("apply", "staging", "--yes", "--timeout", "6s", cwd=app)
    assert done.code == 4
    assert "Insufficient nvidia.com/gpu" in done.stderr


JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: prepare}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: prepare, image: "busybox:1.37.0", args: [one]}]
"""


def test_dependents_of_a_job_wait_until_it_is_done(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app(
        {"job.yaml": JOB, "config.yaml": CONFIG}, "components: {config: {needs: [job]}}\n"
    )
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    namespace = f"{app.name}-staging"
    finished = kubectl.get("job", "prepare", namespace)["status"]["completionTime"]
    assert (
        kubectl.get("configmap", "config", namespace)["metadata"]["creationTimestamp"] >= finished
    )


def test_changing_what_cannot_be_changed_says_so(make_app: MakeApp) -> None:
    app = make_app({"job.yaml": JOB})
    run_kuplet("apply", "staging", "--yes", cwd=app)
    source = app / "components/job.yaml"
    source.write_text(source.read_text().replace("args: [one]", "args: [two]"))
    done = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert done.code == 1
    assert "error[field-immutable]" in done.stderr
    assert "kubectl delete job prepare" in done.stderr


def test_delete_removes_only_its_own_objects_in_reverse(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"config.yaml": CONFIG, "web.yaml": WEB}, NEEDS_CONFIG)
    run_kuplet("apply", "staging", "--yes", cwd=app)
    namespace = f"{app.name}-staging"
    kubectl("label", "configmap", "config", "-n", namespace, "--overwrite", "kuplet.dev/app=other")
    done = run_kuplet("delete", "staging", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    assert "- Deployment/web" in done.stderr
    assert (
        'ConfigMap/config kept: it belongs to environment "staging" of app "other"' in done.stderr
    )
    assert kubectl.names("deployment,configmap", namespace) == ["config", "kube-root-ca.crt"]


def test_nothing_is_applied_without_a_terminal_or_yes(make_app: MakeApp) -> None:
    done = run_kuplet("apply", "staging", cwd=make_app({"config.yaml": CONFIG}))
    assert (done.code, "add --yes" in done.stderr) == (2, True)


def test_the_plan_is_data_and_a_dry_run_writes_nothing(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG, "web.yaml": WEB}, NEEDS_CONFIG)
    done = run_kuplet("apply", "staging", "--dry-run", "-o", "json", cwd=app)
    plan: dict[str, Any] = json.loads(done.stdout)
    assert [(step["object"], step["action"]) for step in plan["steps"]] == [
        (f"Namespace/{app.name}-staging", "create"),
        (f"ConfigMap/{app.name}-staging/config", "create"),
        (f"Deployment/{app.name}-staging/web", "create"),
    ]
    assert kubectl.names("namespace", field=f"metadata.name={app.name}-staging") == []


LAZY_CLAIM = """\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: lazy}
provisioner: kwok.x-k8s.io/volume
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  storageClassName: lazy
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""


def test_a_claim_that_waits_for_its_first_pod_blocks_nobody(make_app: MakeApp) -> None:
    needs = "components: {config: {needs: [claim]}}\n"
    app = make_app({"claim.yaml": LAZY_CLAIM, "config.yaml": CONFIG}, needs)
    done = run_kuplet("apply", "staging", "--yes", "--timeout", "10s", cwd=app)
    assert done.code == 0, done.stderr


def test_an_object_in_a_namespace_that_nobody_creates_says_so(make_app: MakeApp) -> None:
    elsewhere = CONFIG.replace("name: config", "name: config, namespace: nowhere")
    done = run_kuplet("apply", "staging", "--yes", cwd=make_app({"config.yaml": elsewhere}))
    assert done.code == 1
    assert "error[namespace-missing]" in done.stderr
    assert "kubectl create namespace nowhere" in done.stderr


NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata: {name: %s-staging}
"""


def test_a_namespace_that_holds_what_others_made_is_kept(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"config.yaml": CONFIG, "space.yaml": ""})
    (app / "components/space.yaml").write_text(NAMESPACE % app.name)
    run_kuplet("apply", "staging", "--yes", cwd=app)
    kubectl("create", "configmap", "theirs", "-n", f"{app.name}-staging")
    kept = run_kuplet("delete", "staging", "--yes", cwd=app)
    assert kept.code == 0, kept.stderr
    assert f"= Namespace/{app.name}-staging  kept: ConfigMap/theirs would go with it" in kept.stdout
    assert kubectl.names("configmap", f"{app.name}-staging") == ["kube-root-ca.crt", "theirs"]
    kubectl("delete", "configmap", "theirs", "-n", f"{app.name}-staging")
    gone = run_kuplet("delete", "staging", "--yes", cwd=app)
    assert "1 deleted" in gone.stderr
    assert kubectl.names("namespace", field=f"metadata.name={app.name}-staging") == []


def test_an_object_of_another_environment_is_not_taken_silently(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    role = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        "metadata: {name: shared}\nrules: []\n"
    )
    first, second = make_app({"role.yaml": role}), make_app({"role.yaml": role})
    run_kuplet("apply", "staging", "--yes", cwd=first)
    done = run_kuplet("apply", "staging", "--yes", cwd=second)
    assert done.code == 1
    assert "error[object-owned]: ClusterRole/shared belongs to environment" in done.stderr
    assert run_kuplet("diff", "staging", cwd=second).code == 2
    taken = run_kuplet("apply", "staging", "--yes", "--adopt", cwd=second)
    assert taken.code == 0, taken.stderr
    kept = run_kuplet("delete", "staging", "--yes", cwd=first)
    assert f'it belongs to environment "staging" of app "{second.name}"' in kept.stdout


def test_what_is_being_deleted_is_waited_for_and_made_anew(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    app = make_app({"config.yaml": CONFIG})
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    place = ("configmap", "config", "-n", f"{app.name}-staging")
    kubectl("patch", *place, "--type=merge", "-p", HELD)
    before = kubectl("get", *place, "-o", "jsonpath={.metadata.uid}")
    kubectl("delete", *place, "--wait=false")
    seen = run_kuplet("diff", "staging", cwd=app)
    assert (seen.code, "1 to replace" in seen.stderr) == (1, True), seen.stderr
    command = [sys.executable, "-m", "compiler", "apply", "staging", "--yes"]
    with subprocess.Popen(
        command, cwd=app, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as applying:
        assert applying.stdout
        said = next(line for line in applying.stdout if "1 to replace" in line)
        kubectl("patch", *place, "--type=merge", "-p", LET_GO)
        said += applying.stdout.read()
    assert (applying.returncode, "ConfigMap/config replaced" in said) == (0, True), said
    assert kubectl("get", *place, "-o", "jsonpath={.metadata.uid}") != before


def test_nothing_is_applied_into_a_namespace_that_goes(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG})
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    space = f"{app.name}-staging"
    kubectl("patch", "configmap", "config", "-n", space, "--type=merge", "-p", HELD)
    kubectl("delete", "namespace", space, "--wait=false")
    for command in (("diff", "staging"), ("apply", "staging", "--yes")):
        done = run_kuplet(*command, cwd=app)
        assert done.code == 3, done.stderr
        assert done.stderr.count("error[namespace-terminating]") == 1
        assert "no changes" not in done.stderr
    kubectl("patch", "configmap", "config", "-n", space, "--type=merge", "-p", LET_GO)


ACCESS = """
apiVersion: v1
kind: Secret
metadata: {name: access}
stringData: {user: joe, password: hunter2}
"""


def test_a_key_that_leaves_a_secret_leaves_the_cluster(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"access.yaml": ACCESS})
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    source = app / "components/access.yaml"
    source.write_text(source.read_text().replace(", password: hunter2", ""))
    seen = run_kuplet("diff", "staging", cwd=app)
    assert (seen.code, "-  password: '***'" in seen.stdout) == (1, True), seen.stdout
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    found = json.loads(
        kubectl("get", "secret", "access", "-n", f"{app.name}-staging", "-o", "json")
    )
    assert found["data"] == {"user": base64.b64encode(b"joe").decode()}
    assert run_kuplet("diff", "staging", cwd=app).code == 0


INIT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: fetch, image: "a:1"}, {name: unpack, image: "a:1"}]
      containers: [{name: web, image: "a:1"}]
"""


def test_another_order_is_a_change(make_app: MakeApp) -> None:
    app = make_app({"web.yaml": INIT})
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app).code == 0
    source = app / "components/web.yaml"
    swapped = '[{name: unpack, image: "a:1"}, {name: fetch, image: "a:1"}]'
    source.write_text(
        source.read_text().replace(
            '[{name: fetch, image: "a:1"}, {name: unpack, image: "a:1"}]', swapped
        )
    )
    seen = run_kuplet("diff", "staging", "-o", "json", cwd=app)
    assert seen.code == 1
    (change,) = [item for item in json.loads(seen.stdout)["objects"] if item["fields"]]
    assert [field["path"] for field in change["fields"]] == [
        "spec.template.spec.initContainers (order)"
    ]
    done = run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app)
    assert "1 changed" in done.stderr, done.stderr
    assert run_kuplet("diff", "staging", cwd=app).code == 0


def test_what_client_side_apply_left_is_no_agreement(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG, "door.yaml": DOOR})
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    space = f"{app.name}-staging"
    kubectl("delete", "configmap/config", "service/door", "-n", space)
    theirs = CONFIG.replace("{mode: fast}", "{mode: fast, extra: old}")
    kubectl("apply", "-n", space, "-f-", stdin=f"{theirs}---\n{DOOR}")
    run_kuplet("apply", "staging", "--yes", cwd=app)
    seen = run_kuplet("diff", "staging", cwd=app)
    assert "warning[field-left]: ConfigMap/config has data.extra, which" in seen.stderr
    assert "Service/door" not in seen.stderr  # what it has more are defaults
    assert "no changes: 1 object is as it should be, 1 with more than the app" in seen.stderr


def test_what_a_hand_added_is_no_agreement(make_app: MakeApp, kubectl: Kubectl) -> None:
    app = make_app({"config.yaml": CONFIG})
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    space = f"{app.name}-staging"
    kubectl("patch", "configmap/config", "-n", space, "--patch", '{"data": {"extra": "new"}}')
    seen = run_kuplet("diff", "staging", cwd=app)
    assert "warning[field-left]: ConfigMap/config has data.extra, which" in seen.stderr


def as_user(name: str, app: Path, sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """Make staging somebody's environment; return what lets kuplet be that one."""
    config = yaml.safe_load(sandbox.kubeconfig.read_text())
    config["contexts"][0]["name"] = "prod"
    config["users"][0]["user"]["as"] = name
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    staging = app / "environments/staging.yaml"
    staging.write_text(
        staging.read_text() + f"destination: {{context: prod, namespace: {app.name}-staging}}\n"
    )
    return {"KUBECONFIG": str(file)}


OLD = CONFIG.replace("{mode: fast}", "{mode: fast, old: 'yes'}")


def test_whoever_may_only_read_sees_what_would_change(
    make_app: MakeApp, sandbox: Sandbox, kubectl: Kubectl, tmp_path: Path
) -> None:
    app = make_app({"config.yaml": OLD, "web.yaml": INIT})
    assert run_kuplet("apply", "staging", "--yes", "--no-wait", cwd=app).code == 0
    space = f"{app.name}-staging"
    kubectl("create", "rolebinding", "view", "-n", space, "--clusterrole=view", "--user=reader")
    env = as_user("reader", app, sandbox, tmp_path)
    same = run_kuplet("diff", "staging", "--no-ask-server", cwd=app, env=env)
    assert same.code == 0, same.stdout + same.stderr
    assert "diff-unasked" not in same.stderr  # it can be seen, so nothing is tried
    asked = run_kuplet("diff", "staging", "--ask-server", cwd=app, env=env)
    assert asked.code == 0, asked.stdout + asked.stderr
    assert "warning[diff-unasked]: the server lets us look, but try nothing" in asked.stderr
    source = app / "components/config.yaml"
    source.write_text(source.read_text().replace("fast, old: 'yes'", "slow"))
    seen = run_kuplet("diff", "staging", "-o", "json", cwd=app, env=env)
    assert seen.code == 1
    fields = [field for item in json.loads(seen.stdout)["objects"] for field in item["fields"]]
    assert [(field["path"], field["after"]) for field in fields] == [
        ("data.mode", "slow"),
        ("data.old", None),
    ]
    refused = run_kuplet("apply", "staging", "--yes", cwd=app, env=env)
    assert (refused.code, "error[rights-missing]" in refused.stderr) == (3, True), refused


def test_the_documented_rights_are_enough(
    make_app: MakeApp, sandbox: Sandbox, kubectl: Kubectl, tmp_path: Path
) -> None:
    app = make_app({"config.yaml": OLD, "web.yaml": INIT})
    space = f"{app.name}-staging"
    kubectl("create", "namespace", space)
    verbs = "--verb=get,list,create,patch,delete"
    kinds = "--resource=configmaps,deployments.apps,secrets,leases.coordination.k8s.io"
    kubectl("create", "role", "ci", "-n", space, verbs, kinds)
    kubectl("create", "rolebinding", "ci", "-n", space, "--role=ci", "--user=robot")
    env = as_user("robot", app, sandbox, tmp_path)
    for command in (
        ("apply", "staging", "--yes"),
        ("diff", "staging"),
        ("history", "staging"),
        ("history", "staging", "1"),
        ("delete", "staging", "--yes"),
    ):
        done = run_kuplet(*command, cwd=app, env=env)
        assert done.code == 0, (command, done.stderr)


def test_another_app_of_the_name_is_not_taken_for_this_one(make_app: MakeApp) -> None:
    app = make_app({"config.yaml": CONFIG})
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    (app / "app.yaml").write_text((app / "app.yaml").read_text() + "id: another\n")
    for command in (("apply", "staging", "--yes"), ("delete", "staging", "--yes")):
        refused = run_kuplet(*command, cwd=app)
        assert (refused.code, "error[app-other]" in refused.stderr) == (3, True), refused.stderr
    taken = run_kuplet("apply", "staging", "--yes", "--adopt", cwd=app)
    assert taken.code == 0, taken.stderr
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0


def test_what_another_app_of_the_name_has_outside_of_namespaces_is_not_taken(
    make_app: MakeApp, kubectl: Kubectl
) -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: %s}\n"
    app = make_app({"config.yaml": CONFIG, "role.yaml": role % "shared-by-name"})
    text = (app / "app.yaml").read_text()
    (app / "app.yaml").write_text(text + "id: first\n")
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    deleted = run_kuplet("delete", "staging", "--yes", "-c", "config", cwd=app)
    assert deleted.code == 0, deleted.stderr

    (app / "app.yaml").write_text(text + "id: second\n")
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (refused.code, "error[app-other]" in refused.stderr) == (3, True), refused.stderr
    moved = run_kuplet("env", "set", "staging", "--namespace", f"{app.name}-moved", cwd=app)
    assert moved.code == 0, moved.stderr
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (refused.code, "error[object-owned]" in refused.stderr) == (1, True), refused.stderr
    assert "(id first)" in refused.stderr
    run_kuplet("delete", "staging", "--yes", cwd=app)
    assert kubectl("get", "clusterrole", "shared-by-name", "-o", "name")
