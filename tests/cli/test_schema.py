"""``kuplet schema``: an app keeps definitions, and its objects are held to them."""

import json
from pathlib import Path

import pytest
import yaml

from tests.factories import write_app
from tests.kuplet import run_kuplet

WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 1}\n"


def definition(kind: str, field: str, **spec: object) -> dict[str, object]:
    schema = {
        "type": "object",
        "description": "words",
        "properties": {
            "spec": {
                "type": "object",
                "description": "words",
                "properties": {field: {"type": "integer"}, "description": {"type": "string"}},
            }
        },
    }
    names = {"kind": kind, "plural": f"{kind.lower()}s"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.lower()}s.example.com"},
        "spec": {
            "group": "example.com",
            "names": names,
            "scope": "Namespaced",
            "versions": [version],
        }
        | spec,
    }


@pytest.fixture
def app(tmp_path: Path) -> Path:
    files = {
        "environments/dev.yaml": "components: {w: {source: components/w.yaml}}\n",
        "components/w.yaml": WIDGET,
        "crds.yaml": yaml.safe_dump(
            {"kind": "List", "apiVersion": "v1", "items": [definition("Widget", "size")]}
        ),
        "none.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    }
    return write_app(tmp_path / "app", files)


def test_objects_are_held_to_what_the_app_keeps(app: Path) -> None:
    assert "warning[kind-unchecked]" in run_kuplet("validate", cwd=app).stdout
    added = run_kuplet("schema", "add", "-f", "crds.yaml", cwd=app)
    assert (added.code, added.stderr) == (0, "wrote schemas/crds/example.com/Widget.json\n")
    assert run_kuplet("validate", cwd=app).stderr == "dev: valid\n"
    (app / "components/w.yaml").write_text(WIDGET.replace("size", "sise"))
    wrong = run_kuplet("validate", cwd=app)
    assert wrong.code == 1
    assert 'unknown field "sise" in spec' in wrong.stdout
    assert "by the definition of crds.yaml; if the cluster has another one" in wrong.stdout
    again = run_kuplet("schema", "add", "-f", "crds.yaml", cwd=app)
    assert (again.code, again.stderr) == (0, added.stderr)
    assert run_kuplet("schema", "list", cwd=app).stdout.split()[4:8] == [
        "Widget", "example.com", "v1", "crds.yaml"
    ]  # fmt: skip
    assert run_kuplet("schema", "rm", "Widget.example.com", cwd=app).code == 0
    assert "warning[kind-unchecked]" in run_kuplet("validate", cwd=app).stdout
    gone = run_kuplet("schema", "rm", "Widget.example.com", cwd=app)
    assert (gone.code, "error[definition-none]" in gone.stderr) == (2, True)


def test_only_what_a_check_reads_is_kept(app: Path) -> None:
    run_kuplet("schema", "add", "-f", "crds.yaml", cwd=app)
    text = (app / "schemas/crds/example.com/Widget.json").read_text()
    assert "words" not in text
    (version,) = json.loads(text)["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert set(spec["properties"]) == {"size", "description"}  # a field of this name stays


def test_a_kept_definition_counts_more_than_one_that_kuplet_ships(app: Path) -> None:
    queue = (
        "apiVersion: kueue.x-k8s.io/v1beta2\nkind: LocalQueue\nmetadata: {name: q}\nspec: {of: 1}\n"
    )
    (app / "components/w.yaml").write_text(queue)
    shipped = run_kuplet("validate", cwd=app).stdout
    assert "by the definition of kueue 0.19.2" in shipped
    own = definition("LocalQueue", "of", group="kueue.x-k8s.io")
    own["spec"]["versions"][0]["name"] = "v1beta2"  # type: ignore[index]
    (app / "crds.yaml").write_text(yaml.safe_dump(own))
    assert run_kuplet("schema", "add", "-f", "crds.yaml", cwd=app).code == 0
    assert run_kuplet("validate", cwd=app).stderr == "dev: valid\n"


def test_what_is_no_definition_is_refused(app: Path) -> None:
    none = run_kuplet("schema", "add", "-f", "none.yaml", cwd=app)
    assert (none.code, "error[definition-none]" in none.stderr) == (2, True)
    assert run_kuplet("schema", "add", cwd=app).code == 2
    broken = app / "schemas/crds/example.com/Widget.json"
    broken.parent.mkdir(parents=True)
    for text in ("{", "[]", '{"spec": {"group": "a", "names": {"kind": "B"}}}'):
        broken.write_text(text)
        found = run_kuplet("validate", cwd=app)
        assert (found.code, found.stdout.count("error[definition-file]")) == (1, 1)
        found = run_kuplet("compile", "dev", cwd=app)
        assert (found.code, found.stderr.count("error[definition-file]")) == (1, 1)
        assert "error[definition-file]" in run_kuplet("schema", "list", cwd=app).stderr

    # Where no object is of its kind, it harms none; validate looks at it all the same.
    (app / "components/w.yaml").write_text((app / "none.yaml").read_text())
    assert run_kuplet("compile", "dev", cwd=app).code == 0
    found = run_kuplet("validate", cwd=app)
    assert (found.code, found.stdout.count("error[definition-file]")) == (1, 1)
    assert run_kuplet("schema", "rm", "Widget.example.com", cwd=app).code == 0
    assert run_kuplet("validate", cwd=app).code == 0
