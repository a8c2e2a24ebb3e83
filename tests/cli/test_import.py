"""``kuplet import``: manifests that exist become components, or nothing is written."""

from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet

SEVERAL = """\
# Who may run it.
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
# What it must not tell.
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {token: "12345-hidden"}
--- # the kind
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
KSONNET = """\
apiVersion: 0.3.0
kind: ksonnet.io/app
name: old
environments:
  default: {path: default, k8sVersion: v1.8.0, destination: {server: https://x, namespace: ns}}
"""


PARAMS = "{\n  global: {},\n  components: {\n    // none yet\n  },\n}\n"
CONFIG_B = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}'


@pytest.fixture
def native(tmp_path: Path) -> Path:
    environments = {"base": "abstract: true\n", "dev": "extends: base\n"}
    files = {f"environments/{name}.yaml": text for name, text in environments.items()}
    return write_app(tmp_path / "app", files)


@pytest.fixture
def ksonnet(tmp_path: Path) -> Path:
    files = {
        "app.yaml": KSONNET,
        "components/params.libsonnet": PARAMS,
        "environments/base.libsonnet": 'std.extVar("__ksonnet/components")',
        "environments/default/main.jsonnet": 'import "base.libsonnet"',
    }
    for name, text in files.items():
        path = tmp_path / "old" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "old"


def files_of(app: Path) -> dict[str, str]:
    paths = (path for path in sorted(app.rglob("*")) if path.is_file())
    return {path.relative_to(app).as_posix(): path.read_text() for path in paths}


def imported(app: Path, text: str, name: str = "all.yaml", *more: str) -> Done:
    source = app.parent / name
    source.write_text(text)
    return run_kuplet("import", "-f", str(source), *more, cwd=app)


def test_a_file_of_several_documents_is_one_component(native: Path) -> None:
    done = imported(native, SEVERAL)
    assert done.code == 0, done.stderr
    assert (native / "components/all.yaml").read_text() == SEVERAL
    assert "source: components/all.yaml" in (native / "environments/base.yaml").read_text()
    assert "as all (3 objects)" in done.stderr
    assert "note[import-definition]: CustomResourceDefinition/widgets.example.com" in done.stderr
    assert "warning[import-secret]: Secret/token has its values" in done.stderr
    assert "12345" not in done.stdout + done.stderr
    names = run_kuplet("compile", "dev", "-o", "name", cwd=native).stdout.split()
    assert sorted(names) == [
        "customresourcedefinition.apiextensions.k8s.io/widgets.example.com",
        "secret/token",
        "serviceaccount/runner",
    ]


def test_a_ksonnet_app_gets_a_component_for_each_document(ksonnet: Path) -> None:
    done = imported(ksonnet, SEVERAL)
    assert done.code == 0, done.stderr
    account = (ksonnet / "components/serviceaccount-runner.yaml").read_text()
    assert account.startswith("# Who may run it.\napiVersion: v1\n")
    assert (ksonnet / "components/secret-token.yaml").read_text().startswith("# What it must")
    params = (ksonnet / "components/params.libsonnet").read_text()
    assert "// none yet" in params
    assert params.count("{},") >= 3
    names = run_kuplet("show", "default", "-o", "name", cwd=ksonnet).stdout.split()
    assert len(names) == 3


def test_standard_input_is_named_by_its_first_object(native: Path) -> None:
    done = run_kuplet("import", "-f", "-", cwd=native, stdin=SEVERAL)
    assert done.code == 0, done.stderr
    assert (native / "components/serviceaccount-runner.yaml").read_text() == SEVERAL


def test_a_directory_is_imported_file_by_file(native: Path) -> None:
    folder = native.parent / "manifests"
    folder.mkdir()
    (folder / "My_Config.yml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
    (folder / "b.json").write_text(CONFIG_B)
    (folder / "c.jsonnet").write_text(CONFIG_B.replace('"b"', '"c"'))
    (folder / "README.md").write_text("not a manifest")
    done = run_kuplet("import", "-f", str(folder), cwd=native)
    assert done.code == 0, done.stderr
    names = run_kuplet("compile", "dev", "-o", "name", cwd=native).stdout.split()
    assert sorted(names) == ["configmap/a", "configmap/b", "configmap/c"]
    assert (native / "components/my-config.yaml").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no objects"),
        ("# only a comment\n", "holds no objects"),
        ("a: 1\n", 'this is no Kubernetes object: it has no "apiVersion"'),
        ("apiVersion: v1\nkind: A\n---\nkind: B\n", "all.yaml:4:1"),
        ("a: [\n", "yaml-syntax"),
        ("- apiVersion: v1\n", "no Kubernetes object"),
    ],
)
def test_what_is_no_manifest_is_refused_and_nothing_is_written(
    native: Path, ksonnet: Path, text: str, said: str
) -> None:
    for app in (native, ksonnet):
        before = files_of(app)
        done = imported(app, text)
        assert (done.code, said in done.stderr) == (1, True), done.stderr
        assert files_of(app) == before


def test_a_name_that_is_taken_is_refused_and_nothing_is_written(
    native: Path, ksonnet: Path
) -> None:
    for app in (native, ksonnet):
        assert imported(app, SEVERAL).code == 0
        before = files_of(app)
        again = imported(app, SEVERAL)
        assert (again.code, "component-exists" in again.stderr) == (2, True), again.stderr
        assert files_of(app) == before


def test_places_that_hold_nothing_are_explained(native: Path, tmp_path: Path) -> None:
    missing = run_kuplet("import", "-f", "nothing.yaml", cwd=native)
    assert (missing.code, 'no file or directory "nothing.yaml"' in missing.stderr) == (2, True)
    url = run_kuplet("import", "-f", "https://example.com/a.yaml", cwd=native)
    assert "curl -fsSL https://example.com/a.yaml | kuplet import -f -" in url.stderr
    (tmp_path / "empty").mkdir()
    empty = run_kuplet("import", "-f", str(tmp_path / "empty"), cwd=native)
    assert (empty.code, "no .yaml" in empty.stderr) == (2, True)


EXPORTED = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"v1"}
    creationTimestamp: "2026-01-01T00:00:00Z"
    # its name
    name: web
    resourceVersion: "7"
    uid: 1-2
  spec:
    ports: [{port: 80}]  # one
  status:
    loadBalancer: {}
    conditions:
    - type: A
- status: {phase: Active}
  apiVersion: v1
  kind: ConfigMap
  metadata:
    name: two
    managedFields:
    - manager: kubectl
      operation: Update
  data: {defaultMode: "0400"}
metadata:
  resourceVersion: ""
"""


def test_what_an_export_left_behind_is_taken_out_and_said(native: Path, ksonnet: Path) -> None:
    for app in (native, ksonnet):
        done = imported(app, EXPORTED)
        assert done.code == 0, done.stderr
        assert "note[import-exported]: left out of all: metadata.resourceVersion" in done.stderr
        assert "last-applied-configuration, status, metadata.managedFields" in done.stderr
        text = (app / "components/all.yaml").read_text()
        assert "    # its name\n    name: web\n  spec:\n    ports: [{port: 80}]  # one\n" in text
        assert "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: two\n  data:" in text
        valid = run_kuplet("validate", cwd=app)
        assert "object-exported" not in valid.stdout


@pytest.mark.parametrize(
    ("live", "gone", "stays"),
    [
        (
            (
                "kind: Service\napiVersion: v1\nmetadata: {name: a}\n"
                "spec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ports: [{port: 80}]}\n"
            ),
            "clusterIP",
            "port: 80",
        ),
        (
            (
                "kind: Service\napiVersion: v1\nmetadata: {name: a, uid: b}\n"
                "spec: {clusterIP: None, ports: [{port: 80}]}\n"
            ),
            "uid",
            "clusterIP: None",
        ),
        (
            (
                "kind: PersistentVolumeClaim\napiVersion: v1\nmetadata:\n  name: a\n"
                '  annotations:\n    pv.kubernetes.io/bind-completed: "yes"\nspec:\n'
                "  volumeName: pvc-1\n  accessModes: [ReadWriteOnce]\n"
            ),
            "pvc-1",
            "accessModes",
        ),
        (
            (
                "kind: Job\napiVersion: batch/v1\nmetadata: {name: a}\nspec:\n"
                "  selector: {matchLabels: {batch.kubernetes.io/controller-uid: u}}\n"
                "  template:\n    metadata: {labels: {controller-uid: u, job-name: a, mine: x}}\n"
                "    spec: {restartPolicy: Never, containers: [{name: c, image: 'x:1'}]}\n"
            ),
            "u}",
            "mine",
        ),
        (
            (
                "kind: Deployment\napiVersion: apps/v1\nmetadata:\n  name: a\n  annotations:\n"
                '    deployment.kubernetes.io/revision: "3"\nspec:\n  replicas: 2\n'
            ),
            "revision",
            "replicas: 2",
        ),
    ],
)
def test_what_an_object_was_given_in_its_cluster_is_taken_out(
    native: Path, live: str, gone: str, stays: str
) -> None:
    done = imported(native, live)
    assert "note[import-exported]" in done.stderr, done.stderr
    text = (native / "components/all.yaml").read_text()
    assert gone not in text
    assert stays in text
    assert "object-exported" not in run_kuplet("validate", cwd=native).stderr


def test_an_export_in_flow_style_or_json_is_written_anew(native: Path) -> None:
    live = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "uid": "1"}}'
    for name in ("flow.yaml", "b.json"):
        done = imported(native, live, name)
        assert done.code == 0, done.stderr
        text = (native / "components" / name).read_text()
        assert "uid" not in text
        assert "ConfigMap" in text


def test_a_file_that_stands_in_its_place_already_becomes_a_component(native: Path) -> None:
    file = native / "components/here.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: here}\n")
    other = imported(native, file.read_text(), "here.yaml")
    assert other.code == 2
    assert 'there is a file "components/here.yaml" already, which no component' in other.stderr
    done = run_kuplet("import", "-f", "components/here.yaml", cwd=native)
    assert done.code == 0, done.stderr
    assert "configmap/here" in run_kuplet("compile", "dev", "-o", "name", cwd=native).stdout
    again = run_kuplet("import", "-f", "components/here.yaml", cwd=native)
    assert (again.code, 'there is a component "here" already' in again.stderr) == (2, True)
