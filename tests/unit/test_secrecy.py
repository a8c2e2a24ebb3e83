"""A parameter is secret when it changes the data of a Secret, and only then."""

import hashlib
import json
from pathlib import Path

import pytest

from compiler.cli.options import _override as parsed_override
from compiler.formats.ksonnet.load import load_ksonnet_app
from compiler.formats.options import CompileOptions
from compiler.model.json import JsonValue
from compiler.model.ref import ParameterRef
from compiler.stages.release import release_document, shown_document
from compiler.stages.release_changes import changes_between
from compiler.verbs.compile import compile_environment
from compiler.verbs.probe import override_with
from compiler.verbs.record import draft_of
from compiler.verbs.secret_parameters import secret_parameters
from tests.factories import load, write_app
from tests.kuplet import run_kuplet

SECRET = """\
{
  secret: {
    apiVersion: "v1", kind: "Secret", metadata: { name: params.name + "-s" }, %s,
  },
  config: {
    apiVersion: "v1", kind: "ConfigMap", metadata: { name: params.name },
    data: { all: std.manifestJsonEx(params, " ") },
  },
}
"""
ORDINARY: dict[str, JsonValue] = {"name": "mnist", "size": 7, "is_on": True, "none": ""}


def secret_ones(
    tmp_path: Path, fields: str, options: CompileOptions | None = None, **params: JsonValue
) -> set[str]:
    """Return which parameters are secret in an app of one component."""
    component = {"source": "components/web.jsonnet", "params": {**ORDINARY, **params}}
    files = {
        "components/web.jsonnet": SECRET % fields,
        "environments/lab.yaml": f"components: {{web: {json.dumps(component)}}}\n",
    }
    return secret_in(write_app(tmp_path, files), options)


def secret_in(root: Path, options: CompileOptions | None = None) -> set[str]:
    app = load(root)
    found = secret_parameters(app, compile_environment(app, "lab", options), options)
    return set(map(str, found))


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ("stringData: { k: params.it }", "hunter2"),
        ("stringData: { k: params.it }", "pw1"),
        ("stringData: { url: 'postgres://u:' + params.it + '@db' }", "hunter2"),
        ("stringData: { k: std.toString(params.it) }", 4821),
        ("stringData: { k: std.toString(params.it) }", 0.1),
        ("stringData: { k: std.join(',', params.it) }", ["one", "two"]),
        ("stringData: { k: params.it[0] }", ["one", "two"]),
        ("stringData: { k: std.manifestJson(params.it) }", {"user": "u", "key": {"a": "b"}}),
        ("stringData: { k: params.it.key }", {"user": "u", "key": "b"}),
        ("stringData: { k: std.substr(params.it, 0, 3) }", "hunter2"),
        ("data: { k: std.base64(params.it) }", "hunter2"),
        ("data: { k: params.it }", "aHVudGVyMg=="),
        ("data: { k: std.base64(std.base64('u:' + params.it)) }", "hunter2"),
        ("stringData: { k: std.md5(params.it) }", "hunter2"),
        ("stringData: { k: std.asciiUpper(params.it) }", "hunter2"),
        ("stringData: { k: if params.it == 'hunter2' then params.it else error 'no' }", "hunter2"),
    ],
)
def test_what_a_secret_is_made_of_is_secret(tmp_path: Path, fields: str, value: JsonValue) -> None:
    assert secret_ones(tmp_path, fields, it=value) == {"web.it"}


def test_what_a_secret_holds_by_chance_is_not(tmp_path: Path) -> None:
    fields = "stringData: { k: 'mnist-db-7-true' + params.it }"
    assert secret_ones(tmp_path, fields, it="hunter2", other="db") == {"web.it"}


@pytest.mark.parametrize("fields", ["type: 'Opaque'", "data: {}", "immutable: true"])
def test_a_secret_without_values_has_none(tmp_path: Path, fields: str) -> None:
    assert secret_ones(tmp_path, fields, it="hunter2") == set()


def test_what_the_command_line_sets_counts_while_other_values_are_tried(tmp_path: Path) -> None:
    set_one = CompileOptions(overrides=[override_with(ParameterRef("web", "it"), "hunter2")])
    fields = "stringData: { k: 'mnist' + params.it }"
    assert secret_ones(tmp_path, fields, set_one, it="") == {"web.it"}


def test_one_component_may_be_what_the_secret_of_another_one_is_made_of(tmp_path: Path) -> None:
    reader = """{
      apiVersion: "v1", kind: "Secret", metadata: { name: "s" },
      stringData: { k: std.extVar("__ksonnet/params").components.web.it },
    }"""
    files = {
        "components/web.jsonnet": SECRET % "type: 'Opaque'",
        "components/reader.jsonnet": reader,
        "environments/lab.yaml": "components:\n  reader: {source: components/reader.jsonnet}\n"
        "  web: {source: components/web.jsonnet, params: {it: hunter2, name: web}}\n",
    }
    assert secret_in(write_app(tmp_path, files)) == {"web.it"}


def test_only_those_that_were_asked_for_are_tried(tmp_path: Path) -> None:
    fields = "stringData: { k: params.it + params.other }"
    secret_ones(tmp_path, fields, it="hunter2", other="hunter3")
    app = load(tmp_path)
    among = [ParameterRef("web", name) for name in ("it", "size")]
    found = secret_parameters(app, compile_environment(app, "lab"), among=among)
    assert found == {ParameterRef("web", "it")}


def test_one_component_that_refuses_other_values_does_not_hide_another(tmp_path: Path) -> None:
    """Components are tried together: what one of them refuses says nothing of the others."""
    strict = "stringData: { k: if params.it == 'hunter2' then params.it else error 'no' }"
    component = "{source: components/%s.jsonnet, params: {name: %s, it: hunter2, other: db-%s}}"
    lines = "".join(f"  {each}: {component % (each, each, each)}\n" for each in ("a", "b", "c"))
    files = {
        "components/a.jsonnet": SECRET % strict,
        "components/b.jsonnet": SECRET % "stringData: { k: 'db-b' + params.it }",
        "components/c.jsonnet": SECRET % "stringData: { k: 'db-c', m: std.md5(params.it) }",
        "environments/lab.yaml": f"components:\n{lines}",
    }
    assert secret_in(write_app(tmp_path, files)) == {"a.it", "b.it", "c.it"}


def test_secret_parameters_of_components_in_modules_are_found(tmp_path: Path) -> None:
    """A component of a module of an app of ksonnet has dots in its name."""
    secret = """
    local params = std.extVar("__ksonnet/params").components.%s;
    { apiVersion: "v1", kind: "Secret", metadata: { name: "%s" },
      stringData: { it: params.password, size: "7" } }"""
    module = '{ components: { %s: { password: "hunter2", size: 7 } } }'
    write_app(
        tmp_path,
        {
            "app.yaml": "apiVersion: 0.1.0\nkind: ksonnet.io/app\nname: demo\nenvironments:\n"
            '  lab: {path: lab, destination: {server: "https://x", namespace: lab},'
            " k8sVersion: v1.9.0, targets: [/, sub, sub/deep]}\n",
            "components/top.jsonnet": secret % ("top", "top"),
            "components/params.libsonnet": module % "top",
            "components/sub/inner.jsonnet": secret % ("inner", "inner"),
            "components/sub/params.libsonnet": module % "inner",
            "components/sub/deep/core.jsonnet": secret % ("core", "core"),
            "components/sub/deep/params.libsonnet": module % "core",
            "environments/base.libsonnet": 'std.extVar("__ksonnet/components")',
            "environments/lab/main.jsonnet": 'import "../base.libsonnet"',
            "environments/lab/params.libsonnet": 'std.extVar("__ksonnet/params")',
        },
    )
    app = load_ksonnet_app(tmp_path)
    compiled = compile_environment(app, "lab")
    assert secret_parameters(app, compiled) == {
        ParameterRef("top", "password"),
        ParameterRef("sub.inner", "password"),
        ParameterRef("sub.deep.core", "password"),
    }


@pytest.mark.parametrize(
    "fields", ["stringDatas: { k: params.it }", "value: params.it", "data: std.base64(params.it)"]
)
def test_what_a_misspelt_secret_holds_is_secret(tmp_path: Path, fields: str) -> None:
    assert secret_ones(tmp_path, fields, it="hunter2") == {"web.it"}


MODULES = {
    "app.yaml": "apiVersion: 0.1.0\nkind: ksonnet.io/app\nname: demo\nenvironments:\n"
    '  lab: {path: lab, destination: {server: "https://x", namespace: lab},'
    " k8sVersion: v1.9.0, targets: [/, sub, sub/deep]}\n",
    "components/params.libsonnet": "{ components: {} }",
    "components/sub/params.libsonnet": "{ components: {} }",
    "components/sub/deep/core.jsonnet": """
    local params = std.extVar("__ksonnet/params").components.core;
    { apiVersion: "v1", kind: "Secret", metadata: { name: "s" },
      stringData: { it: params.password } }""",
    "components/sub/deep/params.libsonnet": '{ components: { core: { password: "hunter2" } } }',
    "environments/base.libsonnet": 'std.extVar("__ksonnet/components")',
    "environments/lab/main.jsonnet": 'import "../base.libsonnet"',
    "environments/lab/params.libsonnet": 'std.extVar("__ksonnet/params")',
}


def test_a_secret_parameter_of_a_module_is_neither_recorded_nor_shown(tmp_path: Path) -> None:
    app = load_ksonnet_app(write_app(tmp_path / "new", MODULES))
    compiled = compile_environment(app, "lab")
    draft = draft_of(app, compiled, None, secret_parameters(app, compiled))
    (recorded,) = draft.recorded.values()
    assert (recorded.is_secret, "hunter2" in str(release_document(draft))) == (True, False)
    old = {name: text.replace("hunter2", "hunter1") for name, text in MODULES.items()}
    write_app(tmp_path / "old", old)
    formats = ("text", "markdown", "json", "html", "sarif")
    outputs = [word for name in formats for word in ("-o", f"{name}={tmp_path / name}")]
    done = run_kuplet("review", "--against", "../old", *outputs, cwd=tmp_path / "new")
    assert "hunter" not in done.stdout + done.stderr
    for name in formats:
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert ("hunter" in written, name == "sarif" or "password" in written) == (False, True)


def test_what_is_recorded_of_secret_values_cannot_be_guessed(tmp_path: Path) -> None:
    source = (
        '{ apiVersion: "v1", kind: "Secret", metadata: { name: "s" },'
        " stringData: { k: params.it }, value: params.it }"
    )
    environment = "components: {web: {source: components/web.jsonnet, params: {it: hunter2}}}\n"
    files = {"components/web.jsonnet": source, "environments/lab.yaml": environment}
    app = load(write_app(tmp_path, files))
    override = parsed_override("web.it=hunter3")
    options = CompileOptions(overrides=[override])
    compiled = compile_environment(app, "lab", options)
    secret = secret_parameters(app, compiled, options)
    first, other = (draft_of(app, compiled, None, secret) for _ in range(2))
    again = draft_of(app, compiled, first, secret)
    assert first.recorded[ParameterRef("web", "it")].source == "--set web.it"
    plain = hashlib.sha256(b"hunter3").hexdigest()
    for draft in (first, other, again):
        text = json.dumps(release_document(draft))
        for known in ("hunter3", plain, compiled.digest):
            assert known not in text
        assert draft.salt not in json.dumps(shown_document(draft))
        assert "hmac-sha256:" not in json.dumps(shown_document(draft)["parameters"])
    assert first.is_like(again)
    assert not first.is_like(other)
    changes = changes_between(other, first)
    assert [(each.before, each.after) for each in changes.parameters] == [
        ("*** (before)", "*** (after)")
    ]


def test_the_explanation_of_a_secret_parameter_hides_it(tmp_path: Path) -> None:
    secret_ones(tmp_path, "stringData: { k: params.it }", it="hunter2")
    for output in ("text", "json"):
        arguments = ("param", "explain", "web.it", "--env", "lab", "-o", output)
        done = run_kuplet(*arguments, cwd=tmp_path)
        assert ("***" in done.stdout, "hunter2" in done.stdout) == (True, False), done.stderr
    done = run_kuplet("param", "explain", "web.name", "--env", "lab", cwd=tmp_path)
    assert "mnist" in done.stdout
