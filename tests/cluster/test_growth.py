"""Claims of a StatefulSet that grow, on a real API server."""

from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl
from tests.factories import write_app
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

DB = """
// @param size string How much each pod stores
// @optionalParam image string a:1 What runs
{
  service: {
    apiVersion: 'v1', kind: 'Service', metadata: {name: 'db'},
    spec: {selector: {app: 'db'}, ports: [{port: 80}]},
  },
  db: {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: {name: 'db'},
    spec: {
      replicas: 2,
      serviceName: 'db',
      selector: {matchLabels: {app: 'db'}},
      template: {
        metadata: {labels: {app: 'db'}},
        spec: {
          containers: [
            {name: 'a', image: params.image, volumeMounts: [{name: 'data', mountPath: '/data'}]},
          ],
        },
      },
      volumeClaimTemplates: [{
        metadata: {name: 'data'},
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'CLASS',
          resources: {requests: {storage: params.size}},
        },
      }],
    },
  },
}
"""
CLASS = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: NAME}
provisioner: kwok.x-k8s.io/volume
reclaimPolicy: Delete
allowVolumeExpansion: ALLOWED
"""


def db_app(root: Path, name: str, storage_class: str) -> Path:
    return write_app(
        root,
        {
            "app.yaml": f"apiVersion: kuplet.dev/v1\nkind: App\nname: {name}\n",
            "environments/staging.yaml": "components:\n  db:\n    source: components/db.jsonnet\n"
            "    params:\n      size: 1Gi\n",
            "components/db.jsonnet": DB.replace("CLASS", storage_class),
        },
    )


def resize(app: Path, old: str, new: str) -> None:
    file = app / "environments/staging.yaml"
    file.write_text(file.read_text().replace(f"size: {old}", f"size: {new}"))


def pods(kubectl: Kubectl, space: str) -> set[str]:
    found = [kubectl.get("pod", name, space) for name in kubectl.names("pods", space)]
    return {item["metadata"]["uid"] for item in found}


def test_claims_grow_where_their_class_lets_them_and_the_pods_go_on(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    space = "growing-staging"
    kubectl("apply", "-f-", stdin=CLASS.replace("NAME", "growing").replace("ALLOWED", "true"))
    app = db_app(tmp_path, "growing", "growing")
    first = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert first.code == 0, first.stderr
    before = pods(kubectl, space)
    resize(app, "1Gi", "1024Mi")
    same = run_kuplet("diff", "staging", cwd=app)
    assert (same.code, "claims" in same.stdout + same.stderr) == (0, False), same.stdout
    resize(app, "1024Mi", "3Gi")
    shown = run_kuplet("diff", "staging", cwd=app)
    assert (shown.code, "its claims grow (data 1Gi → 3Gi)" in shown.stdout) == (1, True), (
        shown.stdout + shown.stderr
    )
    grown = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert grown.code == 0, grown.stderr
    assert "then it is made anew around its pods" in grown.stdout
    for name in ("data-db-0", "data-db-1"):
        claim = kubectl.get("pvc", name, space)
        assert claim["spec"]["resources"]["requests"]["storage"] == "3Gi"
    assert pods(kubectl, space) == before
    owners = kubectl.get("pod", "db-0", space)["metadata"]["ownerReferences"]
    assert owners[0]["uid"] == kubectl.get("statefulset", "db", space)["metadata"]["uid"]
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert "no changes" in again.stdout + again.stderr
    resize(app, "3Gi", "2Gi")
    less = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (less.code, "error[claim-shrinks]" in less.stderr) == (1, True), less.stderr
    assert "--> environments/staging.yaml:7:13" in less.stderr
    assert pods(kubectl, space) == before


def test_a_class_that_does_not_let_claims_grow_is_named_with_the_parameter(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    kubectl("apply", "-f-", stdin=CLASS.replace("NAME", "rigid").replace("ALLOWED", "false"))
    app = db_app(tmp_path, "rigid", "rigid")
    assert run_kuplet("apply", "staging", "--yes", cwd=app).code == 0
    resize(app, "1Gi", "2Gi")
    for words in (("diff", "staging"), ("apply", "staging", "--yes")):
        done = run_kuplet(*words, cwd=app)
        assert done.code in {1, 2}
        assert "error[claim-fixed]" in done.stderr, done.stderr
        assert 'of class "rigid" cannot grow from 1Gi to 2Gi' in done.stderr
        assert "--> environments/staging.yaml:7:13" in done.stderr
        assert 'set by db.size = "2Gi"' in done.stderr
    asked = run_kuplet("validate", "staging", "--server", cwd=app)
    assert (asked.code, "error[claim-fixed]" in asked.stdout) == (1, True)
    claim = kubectl.get("pvc", "data-db-0", "rigid-staging")
    assert claim["spec"]["resources"]["requests"]["storage"] == "1Gi"
