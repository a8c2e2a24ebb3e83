"""What a real cluster says of an app before anything is applied: `validate --server`."""

import json
import time
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.cluster.test_apply import as_user
from tests.factories import write_app
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

WEB = """
// @param replicas number How many
// @optionalParam memory string 64Mi What each may take
// @optionalParam account string default Whose rights its pods have
{
  web: {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: {name: 'web'},
    spec: {
      replicas: params.replicas,
      selector: {matchLabels: {app: 'web'}},
      template: {
        metadata: {labels: {app: 'web'}},
        spec: {
          serviceAccountName: params.account,
          containers: [
            {name: 'side', image: 'b:1', resources: {limits: {memory: '1Mi'}}},
            {name: 'main', image: 'a:1', resources: {limits: {memory: params.memory}}},
          ],
        },
      },
    },
  },
}
"""
TOY = """
// @param workers integer How many
// @optionalParam colour string red Its colour
{
  toy: {
    apiVersion: 'GROUP/v1', kind: 'Toy', metadata: {name: 'toy'},
    spec: {workers: params.workers, colour: params.colour},
  },
}
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: toys.GROUP}
spec:
  group: GROUP
  names: {kind: Toy, plural: toys}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                workers:
                  type: integer
                  x-kubernetes-validations: [{rule: "self >= oldSelf", message: never fewer}]
                colour: {type: string}
"""
RANGE = """
apiVersion: v1
kind: LimitRange
metadata: {name: small}
spec: {limits: [{type: Container, max: {memory: 100Mi}}]}
"""
POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: POLICY}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: ["*"]}
      - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: ["*"]}
  variables: [{name: size, expression: object.spec.replicas}]
  validations:
    - {expression: "object.kind != 'Deployment' || variables.size <= 5", message: too many}
    - {expression: "object.kind != 'Pod' || object.spec.serviceAccountName != 'root'"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: POLICY}
spec:
  policyName: POLICY
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: SPACE}}}
"""


def web_app(root: Path, name: str, params: str, **files: str) -> Path:
    lines = "".join(f"  {key}: {{source: components/{key}.yaml}}\n" for key in files)
    return write_app(
        root,
        {
            "app.yaml": f"apiVersion: kuplet.dev/v1\nkind: App\nname: {name}\n",
            "environments/staging.yaml": "components:\n  web:\n    source: components/web.jsonnet\n"
            f"    params:\n{params}{lines}",
            "components/web.jsonnet": WEB,
            **{f"components/{key}.yaml": text for key, text in files.items()},
        },
    )


def asked(app: Path, *words: str, code: int) -> list[dict[str, object]]:
    done = run_kuplet("validate", "staging", "--server", "-o", "json", *words, cwd=app)
    assert done.code == code, done.stdout + done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)["findings"]
    return found


def place(finding: dict[str, object]) -> tuple[object, object]:
    return finding["file"], finding["line"]


def test_a_rule_of_transition_speaks_at_the_line_of_its_parameter(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    group = "transition.example.com"
    params = "  toy:\n    source: components/toy.jsonnet\n    params:\n      colour: blue\n"
    files = {
        "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: toys\n",
        "environments/staging.yaml": "components:\n"
        "  crd: {source: components/crd.yaml}\n" + params + "      workers: 3\n",
        "components/crd.yaml": DEFINITION.replace("GROUP", group),
        "components/toy.jsonnet": TOY.replace("GROUP", group),
    }
    app = write_app(tmp_path, files)
    kubectl("create", "namespace", "toys-staging")
    (new,) = asked(app, code=0)
    assert new["rule"] == "server-unchecked"
    assert f"CustomResourceDefinition/toys.{group} is not there yet" in str(new["message"])
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    assert asked(app, code=0) == []
    file = app / "environments/staging.yaml"
    file.write_text(file.read_text().replace("workers: 3", "workers: 2"))
    (found,) = asked(app, code=1)
    assert (found["rule"], found["field"]) == ("object-rejected", "spec.workers")
    assert "never fewer" in str(found["message"])
    assert place(found) == ("environments/staging.yaml", 9)
    kubectl("delete", "toys", "toy", "-n", "toys-staging")
    assert asked(app, code=0) == []  # it would be made anew: nothing was before
    assert kubectl.names("toys", "toys-staging") == []


def test_limits_of_a_namespace_and_policies_judge_the_pods_too(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    space, policy = "judged-staging", "judged.example.com"
    kubectl("create", "namespace", space)
    kubectl("apply", "-n", space, "-f-", stdin=RANGE)
    texts = POLICY.replace("POLICY", policy).replace("SPACE", space)
    kubectl("apply", "-f-", stdin=texts)
    kubectl("create", "serviceaccount", "root", "-n", space)
    app = web_app(tmp_path, "judged", "      replicas: 7\n      memory: 1Gi\n      account: root\n")
    asked_until(app, "too many")
    replicas, limit = errors(app)
    assert replicas["field"] == "spec.replicas"
    assert place(replicas) == ("environments/staging.yaml", 7)
    pods = "spec.template.spec"
    assert limit["field"] == f"{pods}.containers[main].resources.limits.memory"
    assert place(limit) == ("environments/staging.yaml", 8)
    assert limit["message"] == (
        f'Deployment/{space}/web: its pods: container "main" asks for memory 1Gi of at most 100Mi'
        ' in LimitRange "small"'
    )
    file = app / "environments/staging.yaml"
    file.write_text(file.read_text().replace("1Gi", "1Mi"))
    _, account = errors(app)  # of a pod the server says one thing at a time
    assert account["field"] == f"{pods}.serviceAccountName"
    assert place(account) == ("environments/staging.yaml", 9)
    text = file.read_text().replace("7", "5").replace(": root", ": default")
    file.write_text(text)
    assert asked(app, code=0) == []
    assert kubectl.names("deployments,pods", space) == []


def errors(app: Path) -> list[dict[str, object]]:
    return [item for item in asked(app, code=1) if item["severity"] == "error"]


def asked_until(app: Path, words: str) -> None:
    """Ask until a policy that was written just now is known to the server."""
    deadline = time.monotonic() + 30
    while True:
        done = run_kuplet("validate", "staging", "--server", cwd=app)
        if words in done.stdout:
            return
        assert time.monotonic() < deadline, done.stdout + done.stderr
        time.sleep(0.5)


def test_what_is_not_there_yet_is_named_and_never_passes_in_silence(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    space = "coming-staging"
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n"
    name = "coming.example.com"
    policy = POLICY.replace("POLICY", name).replace("SPACE", space)
    files = {"limits": RANGE, "account": account, "policy": policy}
    app = web_app(tmp_path, "coming", "      replicas: 2\n      account: robot\n", **files)
    (none,) = asked(app, "-c", "web", code=0)
    assert (
        none["message"]
        == f"Deployment/web could not be checked: Namespace/{space} is not there yet"
    )
    kubectl("create", "namespace", space)
    said = {str(item["message"]) for item in asked(app, code=0)}
    policy = "ValidatingAdmissionPolicy"
    givers = ["LimitRange/small", *(f"{kind}/{name}" for kind in (policy, f"{policy}Binding"))]
    assert said == {
        *(f"{each} is not there yet: what it will refuse could not be checked" for each in givers),
        "the pods of Deployment/web could not be tried: ServiceAccount/robot is not there yet",
    }
    assert kubectl.names("limitranges,serviceaccounts", space) == ["default"]


def test_whoever_may_only_look_is_told_that_nothing_was_tried(
    tmp_path: Path, sandbox: Sandbox, kubectl: Kubectl
) -> None:
    space = "looking-staging"  # as_user takes the name of the directory
    kubectl("create", "namespace", space)
    kubectl("create", "rolebinding", "view", "-n", space, "--clusterrole=view", "--user=looker")
    app = web_app(tmp_path / "looking", "looking", "      replicas: 2\n")
    env = as_user("looker", app, sandbox, tmp_path)
    done = run_kuplet("validate", "staging", "--server", cwd=app, env=env)
    assert done.code == 0, done.stdout
    assert "warning[diff-unasked]" in done.stdout
    assert "the pods of Deployment/web could not be tried: this account may not create pods" in (
        done.stdout
    )


def test_a_cluster_that_does_not_answer_is_no_fault_of_the_app(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    app = web_app(tmp_path, "silent", "      replicas: 2\n")
    file = app / "environments/staging.yaml"
    file.write_text("destination: {server: https://127.0.0.1:1}\n" + file.read_text())
    found = asked(app, code=3)
    assert [item["environment"] for item in found] == ["staging"]
    (instead,) = asked(app, "--sandbox", code=0)  # which has no such namespace yet
    assert instead["rule"] == "server-unchecked"


STATEFUL = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 1
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: main, image: "a:1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 80}]}
"""


def test_neither_claims_of_pods_nor_a_quota_that_they_use_up_are_refused(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    app = web_app(tmp_path, "full", "      replicas: 1\n", db=STATEFUL)
    kubectl("create", "namespace", "full-staging")
    kubectl("create", "quota", "team", "-n", "full-staging", "--hard=pods=2")
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    assert asked(app, code=0) == []


def test_more_than_a_quota_ever_gives_is_refused_before_anything_is_written(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    space = "room-staging"
    app = web_app(tmp_path, "room", "      replicas: 3\n      memory: 99Mi\n")
    kubectl("create", "namespace", space)
    kubectl("create", "quota", "team", "-n", space, "--hard=limits.memory=250Mi,pods=9")
    refused = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert refused.code == 1, refused.stderr
    assert "asks for limits.memory 300Mi of at most 250Mi in quota" in refused.stderr
    assert "asked for by web.replicas = 3" in refused.stderr
    assert "--> environments/staging.yaml:7" in refused.stderr
    assert kubectl.names("deployments,secrets", space) == []
    (asking,) = asked(app, code=1)
    assert (asking["rule"], place(asking)) == ("quota-never", ("environments/staging.yaml", 7))
    file = app / "environments/staging.yaml"
    file.write_text(file.read_text().replace("replicas: 3", "replicas: 2"))
    applied = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (applied.code, "quota" in applied.stderr) == (0, False), applied.stderr
    file.write_text(file.read_text().replace("replicas: 2", "replicas: 1"))
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0


SECRET = """
// @param token string The token
{ apiVersion: "v1", kind: "Secret", metadata: { name: "db" }, immutable: true,
  data: { url: std.base64("postgres://" + params.token + "@db") } }
"""


def test_a_refused_secret_shows_no_parameter_that_it_is_made_of(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    files = {
        "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: hidden\n",
        "environments/staging.yaml": "components:\n  db:\n    source: components/db.jsonnet\n"
        "    params:\n      token: hunter-1\n",
        "components/db.jsonnet": SECRET,
    }
    app = write_app(tmp_path, files)
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    file = app / "environments/staging.yaml"
    file.write_text(file.read_text().replace("hunter-1", "hunter-2"))
    for words in (
        ("validate", "staging", "--server"),
        ("validate", "staging", "--server", "-o", "json"),
        ("diff", "staging"),
        ("apply", "staging", "--yes"),
    ):
        done = run_kuplet(*words, cwd=app)
        said = done.stdout + done.stderr
        assert "field-immutable" in said, said
        assert "db.token = ***" in said
        assert "hunter" not in said
        assert "environments/staging.yaml:7" in said or "-o" in words
