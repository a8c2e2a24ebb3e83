"""Each changed parameter says what changes because of it, found by setting it back alone."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler.bundled import bundled_schema
from tests.review.repository import commit, edit, git, make_repository
from tests.review.test_review import review, reviewed

SOURCE = """\
// @optionalParam name string web Name
// @optionalParam image string web:1 Image
// @optionalParam replicas integer 1 Pods
// @optionalParam labels object {} Labels
// @optionalParam text string one Text
{
  web: {
    apiVersion: "apps/v1", kind: "Deployment", metadata: { name: params.name },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } + params.labels },
        spec: { containers: [{ name: "web", image: params.image }] },
      },
    },
  },
  config: {
    apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config" },
    data: { text: params.text, [if params.text == "two" then "more"]: params.image },
  },
}
"""
PROD = """\
components:
  web:
    source: components/web.jsonnet
    params:
      image: web:1
      replicas: 1
      labels: {a: "1", b: "2"}
"""
FILES = {"components/web.jsonnet": SOURCE, "environments/prod.yaml": PROD}
DEPLOYMENT, CONFIG = "Deployment/demo-prod/web", "ConfigMap/demo-prod/config"
LABELS = "spec.template.metadata.labels"
IMAGE = "spec.template.spec.containers[web].image"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_repository(tmp_path, FILES)


def reached(document: dict[str, Any]) -> dict[str, Any]:
    jsonschema.Draft202012Validator(bundled_schema("review")).validate(document)
    (prod,) = document["environments"]
    return {item["name"]: item["reaches"] for item in prod["parameters"]}


def places(document: dict[str, Any], rule: str) -> list[tuple[int, list[str]]]:
    (prod,) = document["environments"]
    return [(item["line"], item["notes"]) for item in prod["findings"] if item["rule"] == rule]


def test_the_only_changed_parameter_reaches_all_that_differs(app: Path) -> None:
    edit(app, "environments/prod.yaml", "replicas: 1", "replicas: 2")
    assert reached(reviewed(app)) == {
        "replicas": [{"object": DEPLOYMENT, "fields": ["spec.replicas"]}]
    }


def test_of_several_each_reaches_its_own_fields_also_where_values_are_alike(app: Path) -> None:
    edit(app, "environments/prod.yaml", "replicas: 1", "replicas: 2")
    edit(app, "environments/prod.yaml", 'a: "1", b: "2"', 'a: "2", c: "2"')
    edit(app, "environments/prod.yaml", "image: web:1", "image: web:2")
    document = reviewed(app)
    assert reached(document) == {
        "image": [{"object": DEPLOYMENT, "fields": [IMAGE]}],
        "labels": [{"object": DEPLOYMENT, "fields": [f"{LABELS}.{key}" for key in "abc"]}],
        "replicas": [{"object": DEPLOYMENT, "fields": ["spec.replicas"]}],
    }
    assert places(document, "review-image") == [(7, ['from parameter "web.image"'])]
    assert places(document, "review-replicas") == [(8, ['from parameter "web.replicas"'])]
    text = review(app).stdout
    assert "spec.replicas: 1 → 2  (web.replicas)\n" in text


def test_what_two_cause_together_is_caused_by_both(app: Path) -> None:
    edit(app, "environments/prod.yaml", "image: web:1", "image: web:2\n      text: two")
    assert reached(reviewed(app)) == {
        "image": [
            {"object": CONFIG, "fields": ["data.more"]},
            {"object": DEPLOYMENT, "fields": [IMAGE]},
        ],
        "text": [{"object": CONFIG, "fields": ["data.more", "data.text"]}],
    }
    assert 'data.more: null → "web:2"  (web.image, web.text)\n' in review(app).stdout


def test_a_name_makes_another_object(app: Path) -> None:
    edit(app, "environments/prod.yaml", "replicas: 1", "replicas: 2\n      name: other")
    document = reviewed(app)
    names = [
        {"object": "Deployment/demo-prod/other", "fields": []},
        {"object": DEPLOYMENT, "fields": []},
    ]
    assert reached(document)["name"] == names
    assert "+ Deployment/demo-prod/other  (web.name)\n" in review(app).stdout


def test_an_edited_source_is_no_parameter(app: Path) -> None:
    edit(app, "environments/prod.yaml", "replicas: 1", "replicas: 2")
    edit(app, "components/web.jsonnet", "image: params.image", 'image: "other:" + params.replicas')
    document = reviewed(app)
    assert reached(document) == {
        "replicas": [{"object": DEPLOYMENT, "fields": ["spec.replicas", IMAGE]}]
    }
    edit(app, "components/web.jsonnet", '"other:" + params.replicas', '"other:1"')
    document = reviewed(app)
    assert reached(document)["replicas"] == [{"object": DEPLOYMENT, "fields": ["spec.replicas"]}]
    assert places(document, "review-image") == [(1, [])]
    (prod,) = document["environments"]
    (finding,) = (item for item in prod["findings"] if item["rule"] == "review-image")
    assert finding["file"] == "components/web.jsonnet"


def test_a_default_is_a_line_of_the_source(app: Path) -> None:
    edit(app, "components/web.jsonnet", "text string one", "text string three")
    document = reviewed(app)
    (change,) = document["environments"][0]["parameters"]
    assert (change["after"]["file"], change["after"]["line"]) == ("components/web.jsonnet", 5)


def test_a_new_parameter_reaches_what_changes_with_another_value(app: Path) -> None:
    port = "// @optionalParam port integer 80 Port\n"
    edit(app, "components/web.jsonnet", "// @optionalParam text", f"{port}// @optionalParam text")
    edit(app, "components/web.jsonnet", "text: params.text,", "text: 'at ' + params.port,")
    edit(app, "environments/prod.yaml", "replicas: 1", "replicas: 1\n      port: 90")
    assert reached(reviewed(app)) == {"port": [{"object": CONFIG, "fields": ["data.text"]}]}


def test_where_nobody_can_say_nothing_is_said(app: Path) -> None:
    declared = "// @optionalParam image string web:1 Image"
    edit(app, "components/web.jsonnet", declared, "// @param image array Images")
    edit(app, "components/web.jsonnet", ": params.image", ": params.image[0]")
    edit(app, "environments/prod.yaml", "image: web:1", "image: [web:2]")
    document = reviewed(app)
    assert reached(document) == {"image": None}
    assert places(document, "review-image") == [(1, [])]


def test_a_parameter_without_effect_reaches_nothing(app: Path) -> None:
    edit(app, "components/web.jsonnet", "text: params.text", 'text: "one"')
    commit(app, "no text")
    git(app, "branch", "--force", "main")
    edit(app, "environments/prod.yaml", "replicas: 1", "replicas: 1\n      text: three")
    assert reached(reviewed(app)) == {"text": []}


def test_a_component_that_reads_its_siblings_is_not_taken_for_their_cause(tmp_path: Path) -> None:
    spy = 'std.extVar("__ksonnet/params").components.web.text'
    config = '{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "spy" }, data: { x: %s } }'
    declared = "// @optionalParam y string one Y\n"
    files = {
        **FILES,
        "components/spy.jsonnet": declared + config % f"params.y + {spy}",
        "environments/prod.yaml": PROD + "  spy: {source: components/spy.jsonnet}\n",
    }
    app = make_repository(tmp_path, files)
    edit(app, "environments/prod.yaml", "replicas: 1", "replicas: 1\n      text: three")
    edit(app, "environments/prod.yaml", "spy.jsonnet}", "spy.jsonnet, params: {y: two}}")
    found = reached(reviewed(app))
    assert found["text"] == [{"object": CONFIG, "fields": ["data.text"]}]
    assert found["y"] == [{"object": "ConfigMap/demo-prod/spy", "fields": ["data.x"]}]


def test_one_that_cannot_be_set_back_does_not_hide_the_others(tmp_path: Path) -> None:
    other = SOURCE.replace('"config"', '"other"').replace("string web Name", "string other Name")
    files = {
        **FILES,
        "components/other.jsonnet": other,
        "environments/prod.yaml": PROD
        + "  other: {source: components/other.jsonnet, params: {replicas: 1, text: one}}\n",
    }
    app = make_repository(tmp_path, files)
    declared = "// @optionalParam image string web:1 Image"
    edit(app, "components/web.jsonnet", declared, "// @param image array Images")
    edit(app, "components/web.jsonnet", ": params.image", ": params.image[0]")
    edit(app, "environments/prod.yaml", "image: web:1", "image: [web:2]")
    edit(app, "environments/prod.yaml", "{replicas: 1, text: one}", "{replicas: 2, text: three}")
    document = reviewed(app)
    (prod,) = document["environments"]
    found = {f"{item['component']}.{item['name']}": item["reaches"] for item in prod["parameters"]}
    assert found == {
        "other.replicas": [{"object": "Deployment/demo-prod/other", "fields": ["spec.replicas"]}],
        "other.text": [{"object": "ConfigMap/demo-prod/other", "fields": ["data.text"]}],
        "web.image": None,
    }
