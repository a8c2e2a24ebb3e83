"""``kuplet param explain``: the layers of a value, and the fields that it reaches."""

import json
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet

SOURCE = """\
// @param name string The name.
// @optionalParam size integer 1 The size.
// @optionalParam mode enum(slow,fast) slow The mode.
// @optionalParam port number 80 A port.
// @optionalParam labels object {} More labels.
// @optionalParam extra boolean false Whether there is a second object.
// @optionalParam unused string x Nobody reads it.
// @optionalParam env object {} Variables.
// @optionalParam memory string 16Gi An amount.
// @optionalParam verbs array ["get","list"] Two verbs.
// @optionalParam parts array [] Which of two parts there are.
assert std.setDiff(params.parts, ["one", "two"]) == [] : "no such part";
assert std.endsWith(params.memory, "Gi") : "no amount";
assert params.port == 80 : "no other port";
{
  config: {
    apiVersion: "v1", kind: "ConfigMap", metadata: { name: params.name, labels: params.labels },
    data: {
      size: std.toString(params.size), mode: params.mode, memory: params.memory,
      parts: std.join(",", params.parts),
    } + params.env + { ["verb" + i]: params.verbs[i] for i in [0, 1] },
  },
  [if params.extra then "second"]: {
    apiVersion: "v1", kind: "ConfigMap", metadata: { name: "second" },
  },
}
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    params = "params: {size: 2, env: {A: one}}"
    params = "params: {size: 2, env: {A: one}}"
    base = f"abstract: true\ncomponents: {{web: {{source: components/web.jsonnet, {params}}}}}\n"
    return write_app(
        tmp_path,
        {
            "components/web.jsonnet": SOURCE,
            "environments/base.yaml": base,
            "environments/prod.yaml": "extends: base\n"
            "components: {web: {params: {size: 3, env: {B: two}}}}\n",
        },
    )


def explain(app: Path, target: str, *more: str) -> Done:
    return run_kuplet("param", "explain", target, "--env", "prod", *more, cwd=app)


def test_layers_stand_from_the_weakest_to_the_one_that_counts(app: Path) -> None:
    assert explain(app, "web.size").stdout == (
        "web.size in environment prod\n"
        "  default  1  components/web.jsonnet:2:4\n"
        "  base     2  environments/base.yaml:4:67\n"
        "> prod     3  environments/prod.yaml:4:35\n"
        "reaches\n"
        "  ConfigMap/demo-prod/web\n"
        "    data.size\n"
    )


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("mode", {"ConfigMap/demo-prod/web": ["data.mode"]}),
        ("labels", {"ConfigMap/demo-prod/web": ["metadata.labels.*"]}),
        ("env", {"ConfigMap/demo-prod/web": ["data.A", "data.B"]}),
        ("memory", {"ConfigMap/demo-prod/web": ["data.memory"]}),
        ("verbs", {"ConfigMap/demo-prod/web": ["data.verb0", "data.verb1"]}),
        ("extra", {"ConfigMap/demo-prod/second": []}),
        ("unused", {}),
    ],
)
def test_what_is_reached_is_what_changes(
    app: Path, name: str, reached: dict[str, list[str]]
) -> None:
    done = explain(app, f"web.{name}", "-o", "json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["reaches"] == reached


def test_an_object_that_changes_its_name_stays_the_same_object(app: Path) -> None:
    fields = json.loads(explain(app, "web.name", "-o", "json").stdout)["reaches"]
    assert "metadata.name" in fields["ConfigMap/demo-prod/web"]


def test_an_object_shows_what_its_layers_make_together(app: Path) -> None:
    assert "merged: {A: one, B: two}\n" in explain(app, "web.env").stdout
    layers = json.loads(explain(app, "web.env", "-o", "json").stdout)["layers"]
    assert [item["value"] for item in layers] == [{}, {"A": "one"}, {"B": "two"}]


def test_of_an_empty_list_with_known_words_nothing_is_claimed(app: Path) -> None:
    assert "what it reaches cannot be told" in explain(app, "web.parts").stdout


def test_a_source_that_refuses_other_values_is_said_to(app: Path) -> None:
    assert "no other value that was tried is accepted" in explain(app, "web.port").stdout


def test_names_that_nobody_has_are_refused(app: Path) -> None:
    done = explain(app, "web.sice")
    assert (done.code, 'did you mean "size"?' in done.stderr) == (2, True)
    assert explain(app, "wob.size").code == 2
