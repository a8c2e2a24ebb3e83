"""Commands that edit apps of ksonnet in place, run as a user runs them."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.formats.kuplet.load import APP_FILE
from tests.kuplet import Done, run_kuplet

APP = """\
apiVersion: 0.3.0
kind: ksonnet.io/app
name: shop
# who pays
environments:
  default:   # the first one
    k8sVersion: v1.34.0
    path: default
    destination: {server: "https://10.0.0.1", namespace: shop}
  old/prod:
    k8sVersion: v1.34.0
    path: old/prod
    destination:
      namespace: prod
      server: https://10.0.0.2   # the cluster of ops
"""
PARAMS = """\
local images = { web: "nginx" };
{
  global: {
    // for all
  },
  components: {
    // The front end
    web: {
      // The image, by name
      image: images.web + ":" + (1 + 2) * 3,
      replicas: -1,
      big: 1234567,
    },
    "db-1": { name: "db-1" },
  },
}
"""
ENVIRONMENT = """\
local params = std.extVar("__ksonnet/params");
local globals = import "globals.libsonnet";
local envParams = params + {
  components +: {
    // What differs
    web +: {
      replicas: 2,  // enough
    },
  },
};

{
  components: {
    [x]: envParams.components[x] + globals, for x in std.objectFields(envParams.components)
  },
}
"""
OLD_ENVIRONMENT = """\
local params = import "../../../components/params.libsonnet";
params {
  components+: {
    'db-1'+: { name: 'db-of-prod' }
  }
}
"""
MODULE = '{ global: { tier: "a" }, components: { cache: { size: 1 } } }\n'
COMPONENT = """\
local params = std.extVar("__ksonnet/params").components["NAME"];
{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "NAME" }, data: { all: "" + params } }
"""
FILES = {
    APP_FILE: APP,
    "components/params.libsonnet": PARAMS,
    "components/web.jsonnet": COMPONENT.replace("NAME", "web"),
    "components/db-1.jsonnet": COMPONENT.replace("NAME", "db-1"),
    "components/app/params.libsonnet": MODULE,
    "components/app/cache.jsonnet": COMPONENT.replace("NAME", "cache"),
    "environments/base.libsonnet": 'std.extVar("__ksonnet/components")',
    "environments/default/main.jsonnet": 'import "base.libsonnet"',
    "environments/default/params.libsonnet": ENVIRONMENT,
    "environments/default/globals.libsonnet": "{\n}\n",
    "environments/old/prod/main.jsonnet": 'import "../../base.libsonnet"',
    "environments/old/prod/params.libsonnet": OLD_ENVIRONMENT,
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def run(app: Path, *arguments: str) -> Done:
    done = run_kuplet(*arguments, cwd=app)
    assert done.code == 0, done.stderr
    return done


def refused(app: Path, *arguments: str) -> str:
    """Run a command that must fail without changing a byte, and return what it said."""
    before = snapshot(app)
    done = run_kuplet(*arguments, cwd=app)
    assert done.code in {1, 2}, done.stdout + done.stderr
    assert snapshot(app) == before
    return done.stderr


def snapshot(app: Path) -> dict[str, str]:
    paths = (path for path in app.rglob("*") if path.is_file())
    return {path.relative_to(app).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def changed(app: Path, before: dict[str, str]) -> dict[str, str]:
    """Return what was written, by file; removed files are empty."""
    after = snapshot(app)
    return {
        name: after.get(name, "")
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }


def parameter(app: Path, component: str, name: str, *, env: str = "") -> str:
    flags = ("--env", env) if env else ()
    rows = json.loads(run(app, "param", "list", *flags, "-o", "json").stdout)["data"]
    (found,) = [
        row["value"] for row in rows if (row["component"], row["param"]) == (component, name)
    ]
    return str(found)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("3", "3"), ("-1", "-1"), ("1.5", "1.5"), ("TRUE", "true"), ("null", '"null"'),
        ("1e3", '"1e3"'), ("010", '"010"'), ("1.2.3", '"1.2.3"'),
        ('["a", {"b": 1}]', '["a", { b: 1 }]'),
        ('a "b" \\n', '"a \\"b\\" \\\\n"'), ("9007199254740992", "9007199254740992"),
    ],
)  # fmt: skip
def test_a_value_is_read_by_ksonnets_rules(app: Path, typed: str, written: str) -> None:
    run(app, "param", "set", "web", "replicas", typed)
    text = (app / "components/params.libsonnet").read_text()
    assert text == PARAMS.replace("replicas: -1", f"replicas: {written}")


@pytest.mark.parametrize(
    ("value", "message"),
    [("", "is empty"), ("[1", "must be JSON"), ("9007199254740993", "cannot hold")],
)
def test_a_value_that_cannot_be_meant_is_refused(app: Path, value: str, message: str) -> None:
    stderr = refused(app, "param", "set", "web", "replicas", value)
    assert message in stderr
    assert "--as-string" in stderr


def test_as_string_keeps_what_was_typed_also_in_an_environment(app: Path) -> None:
    run(app, "param", "set", "web", "replicas", "3", "--as-string", "--env", "default")
    text = (app / "environments/default/params.libsonnet").read_text()
    assert text == ENVIRONMENT.replace("replicas: 2,", 'replicas: "3",')


def test_a_dot_leads_into_an_object_and_delete_gives_the_old_bytes(app: Path) -> None:
    before = snapshot(app)
    for flags in ((), ("--env", "default"), ("--env", "old/prod")):
        run(app, "param", "set", "web", "limits.cpu", "2", *flags)
        env = flags[1] if flags else ""
        assert parameter(app, "web", "limits", env=env) == "{cpu: 2}"
    run(app, "param", "delete", "web", "limits.cpu", "--env", "default")
    run(app, "param", "delete", "web", "limits.cpu", "--env", "old/prod")
    run(app, "param", "delete", "web", "limits")
    assert changed(app, before) == {}


def test_parameters_of_all_components_are_set_for_a_module_or_an_environment(app: Path) -> None:
    before = snapshot(app)
    run(app, "param", "set", "tier", "b", "--module", "/")
    run(app, "param", "set", "zone", "1", "--env", "default")
    assert changed(app, before) == {
        "components/params.libsonnet": PARAMS.replace(
            "// for all\n", '// for all\n    tier: "b",\n'
        ),
        "environments/default/globals.libsonnet": "{\n  zone: 1,\n}\n",
    }
    run(app, "param", "delete", "zone", "--env", "default")
    run(app, "param", "set", "app.cache", "size", "2")
    assert MODULE.replace("1", "2") == (app / "components/app/params.libsonnet").read_text()
    assert "--module /" in refused(app, "param", "set", "zone", "1")
    stderr = refused(app, "param", "set", "zone", "1", "--env", "old/prod")
    assert "does not import globals.libsonnet" in stderr


def test_what_cannot_be_edited_without_loss_is_refused_with_its_line(app: Path) -> None:
    file = app / "components/params.libsonnet"
    file.write_text('{\n  components: {\n    [x]: { a: 1 }\n    for x in ["web"]\n  },\n}\n')
    stderr = refused(app, "param", "set", "web", "a", "2")
    assert "error[edit-refused]" in stderr
    assert "components/params.libsonnet:2:3" in stderr
    assert "hint: edit the file by hand, or see: kuplet upgrade" in stderr
    file.write_text(
        "{ components: { web: { a: 1 } } } + {\n  components+: { web+: { b: self.a } } }\n"
    )
    assert ":2:" in refused(app, "param", "set", "web", "a", "2")
    file.write_text("{ components: { web: { a: 1, b: self.a } } }\n")
    assert "other values would change" in refused(app, "param", "set", "web", "a", "2")
    file.write_text("{ components: { web: { a: 1 }\n")
    assert "error[jsonnet-error]" in refused(app, "param", "set", "web", "a", "2")


def test_names_are_checked(app: Path) -> None:
    assert 'did you mean "web"?' in refused(app, "param", "set", "wbe", "a", "1")
    assert 'did you mean "default"?' in refused(
        app, "param", "set", "web", "a", "1", "--env", "defalt"
    )
    assert "is not set" in refused(app, "param", "delete", "web", "nope")
    assert "write [COMPONENT] NAME VALUE" in refused(app, "param", "set", "web")


def test_a_component_is_made_from_a_prototype(app: Path) -> None:
    before = snapshot(app)
    (app / "values.jsonnet").write_text('{ image: "nginx:" + 1, replicas: 1 + 1, extra: "kept" }')
    run(
        app, "generate", "deployed-service", "front", "--values-file", "values.jsonnet",
        "--replicas", "3",
    )  # fmt: skip
    (app / "values.jsonnet").unlink()
    written = changed(app, before)
    assert list(written) == ["components/front.jsonnet", "components/params.libsonnet"]
    assert written["components/front.jsonnet"].startswith(
        'local env = std.extVar("__ksonnet/environments");\n'
        'local params = std.extVar("__ksonnet/params").components.front;\n'
        "local labels = { app: params.name };\n[\n"
    )
    entry = (
        '    front: {\n      containerPort: 80,\n      extra: "kept",\n      image: "nginx:1",\n'
        '      name: "front",\n      replicas: 3,\n      servicePort: 80,\n'
        '      type: "ClusterIP",\n    },\n'
    )
    last = '    "db-1": { name: "db-1" },\n'
    assert written["components/params.libsonnet"] == PARAMS.replace(last, last + entry)
    assert "deployment.apps/front" in run(app, "show", "default", "-o", "name").stdout
    run(app, "component", "rm", "front")
    assert changed(app, before) == {}


def test_a_component_goes_into_a_module_which_is_made(app: Path) -> None:
    run(app, "prototype", "use", "configMap", "sub.mod.my-map", "--data", "{ a: 'x' + 1 }")
    text = (app / "components/sub/mod/my-map.jsonnet").read_text()
    assert 'components["my-map"];' in text
    assert (
        'data: {\n        a: "x1",\n      }'
        in (app / "components/sub/mod/params.libsonnet").read_text()
    )
    run(app, "generate", "configMap", "other", "--module", "app")
    listed = run(app, "component", "list", "--module", "app").stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["app.cache", "app.other"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("namespace", "web"), 'there is a component "web" already'),
        (("namespace", "x y"), "cannot be the name of a component"),
        (("namespace", "a b.x"), "cannot be the name of a module"),
        (("single-port-service", "x"), "needs targetLabelSelector"),
        (("configMap", "x", "--data", "{"), "error[jsonnet-error]"),
        (("configMap", "x", "--data", "[]"), "must be an object"),
        (("configMap", "x", "--dta", "{}"), 'did you mean "data"?'),
        (("port", "x"), "there is no prototype"),
        (("service", "x"), "means several prototypes"),
        (("tf-job", "x", "--image=a:1"), "makes components for apps of kuplet"),
        (("namespace", "x", "--into", "y"), "--into is for apps of kuplet"),
    ],
)  # fmt: skip
def test_generate_refuses_before_anything_is_written(
    app: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused(app, "generate", *arguments)


def test_removing_a_component_removes_all_that_is_said_of_it(app: Path) -> None:
    before = snapshot(app)
    run(app, "component", "rm", "web")
    written = changed(app, before)
    assert written["components/web.jsonnet"] == ""
    assert "// The front end\n" in written["components/params.libsonnet"]
    assert "web: {" not in written["components/params.libsonnet"]
    assert "    // What differs\n  },\n};" in written["environments/default/params.libsonnet"]
    assert len(written) == 3
    run(app, "component", "rm", "db-1")
    assert "components+: {\n  }" in (app / "environments/old/prod/params.libsonnet").read_text()


def test_nothing_is_removed_when_something_else_uses_it(app: Path) -> None:
    file = app / "environments/old/prod/params.libsonnet"
    text = OLD_ENVIRONMENT.replace(
        "import", 'std.extVar("__ksonnet/params"); local unused = import'
    )
    file.write_text(text.replace("'db-of-prod'", "params.components.web.replicas"))
    stderr = refused(app, "component", "rm", "web")
    assert '"web" cannot be removed: field does not exist: web' in stderr
    assert "environments/old/prod/params.libsonnet:4:22" in stderr


def test_a_component_that_main_jsonnet_adds_to_is_not_removed(app: Path) -> None:
    main = app / "environments/default/main.jsonnet"
    main.write_text('(import "base.libsonnet") + {\n  "web"+: { data+: { more: "x" } },\n}\n')
    stderr = refused(app, "component", "rm", "web")
    assert "environments/default/main.jsonnet:2:3" in stderr


def test_modules_are_made_and_chosen(app: Path) -> None:
    run(app, "module", "create", "app.sub")
    assert run(app, "module", "list").stdout.split() == ["MODULE", "/", "app", "app.sub"]
    for name in ("app.sub", "a..b", "a/b", "/"):
        refused(app, "module", "create", name)
    run(app, "env", "targets", "default", "--module", "/", "--module", "app")
    before = (app / APP_FILE).read_text()
    assert before == APP.replace("namespace: shop}\n", "namespace: shop}\n    targets: [/, app]\n")
    assert 'did you mean "app"?' in refused(app, "env", "targets", "default", "--module", "apq")
    only = run(app, "param", "list", "--env", "default", "--module", "app").stdout.splitlines()
    assert [line.split() for line in only[1:]] == [
        ["app.cache", "size", "1"], ["app.cache", "tier", "a"],
    ]  # fmt: skip
    own = run(app, "param", "list", "--env", "default", "--without-modules").stdout
    assert [line.split() for line in own.splitlines()[1:]] == [["web", "replicas", "2"]]
    run(app, "env", "targets", "default")
    assert (app / APP_FILE).read_text() == APP


def test_an_environment_is_added_as_ksonnet_did(app: Path) -> None:
    run(app, "env", "add", "us/west", "--server", "https://10.0.0.3", "-n", "west")
    assert (app / APP_FILE).read_text() == APP + (
        "  us/west:\n    destination:\n      namespace: west\n      server: https://10.0.0.3\n"
        "    k8sVersion: v1.34.0\n    path: us/west\n"
    )
    assert "configmap/web" in run(app, "show", "us/west", "-o", "name").stdout
    run(app, "param", "set", "web", "replicas", "7", "--env", "us/west")
    assert parameter(app, "web", "replicas", env="us/west") == "7"
    run(app, "env", "rm", "us/west", "--yes")
    assert snapshot(app) == FILES
    assert not (app / "environments/us").exists()
    for name in ("default", "old", "../x", "a b"):
        if name != "old":
            refused(app, "env", "add", name, "--server", "https://10.0.0.3")


def test_the_server_of_an_environment_comes_from_the_kubeconfig(app: Path, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: there\nusers: []\n"
        "clusters: [{name: c, cluster: {server: 'https://10.0.0.9'}}]\n"
        "contexts: [{name: there, context: {cluster: c, user: u, namespace: mine}}]\n"
    )
    for name, flags in (("one", ()), ("two", ("--context", "there", "-n", "other"))):
        done = run_kuplet("env", "add", name, *flags, cwd=app, env={"KUBECONFIG": str(kubeconfig)})
        assert done.code == 0, done.stderr
    listed = run(app, "env", "list").stdout
    assert "one       v1.34.0             mine       https://10.0.0.9\n" in listed
    assert "two       v1.34.0             other      https://10.0.0.9\n" in listed
    done = run_kuplet("env", "add", "three", cwd=app, env={"KUBECONFIG": "/nowhere"})
    assert (done.code, "KUBECONFIG names /nowhere: no such file" in done.stderr) == (3, True)


def test_an_environment_is_changed_and_comments_stay(app: Path) -> None:
    run(app, "env", "set", "old/prod", "--namespace", "live", "--api-spec", "version:v1.35.2")
    assert (app / APP_FILE).read_text() == APP.replace(
        "namespace: prod", "namespace: live"
    ).replace("old/prod:\n    k8sVersion: v1.34.0", "old/prod:\n    k8sVersion: v1.35.2")


def test_renaming_moves_the_directory_and_keeps_the_choice(app: Path) -> None:
    run(app, "env", "current", "--set", "default")
    assert (app / ".ks_environment").read_text() == "default"
    run(app, "env", "set", "default", "--name", "main", "-n", "new")
    assert (app / APP_FILE).read_text() == APP.replace("  default: ", "  main: ").replace(
        "path: default", "path: main"
    ).replace("namespace: shop", "namespace: new")
    assert (app / "environments/main/params.libsonnet").read_text() == ENVIRONMENT
    assert not (app / "environments/default").exists()
    assert run(app, "env", "current").stdout == "main\n"
    assert "configmap/web" in run(app, "show", "-o", "name").stdout
    stderr = refused(app, "env", "set", "old/prod", "--name", "prod")
    assert "environments/old/prod/main.jsonnet:1:1" in stderr
    assert "there is" in refused(app, "env", "set", "main", "--name", "old/prod")


def test_an_override_is_written_beside_and_removed_alone(app: Path) -> None:
    run(app, "env", "set", "default", "--server", "https://10.0.0.7", "-o")
    text = (app / "app.override.yaml").read_text()
    assert "path: default" in text
    assert "https://10.0.0.7" in run(app, "env", "list").stdout
    assert (app / APP_FILE).read_text() == APP
    stderr = refused(app, "env", "set", "default", "--namespace", "x")
    assert "hint: change it there: --override" in stderr
    run(app, "env", "targets", "default", "--module", "app", "-o")
    assert run(app, "module", "list", "--env", "default").stdout.split() == ["MODULE", "app"]
    run(app, "env", "rm", "default", "-o", "--yes")
    assert snapshot(app) == FILES


def test_removing_an_environment_keeps_those_inside_its_directory(app: Path) -> None:
    run(app, "env", "add", "default/sub", "--server", "https://10.0.0.3")
    run(app, "env", "rm", "default", "--yes")
    assert sorted(path.name for path in (app / "environments/default").iterdir()) == ["sub"]
    (app / APP_FILE).write_text(APP.replace("path: default", "path: .."))
    assert "lies outside environments/" in refused(app, "env", "rm", "default", "--yes")


def test_update_changes_nothing(app: Path) -> None:
    assert "kuplet brings its own k.libsonnet" in run(app, "env", "update", "default").stderr
    assert snapshot(app) == FILES


class _Registry(http.server.BaseHTTPRequestHandler):
    """Wants a token, as public registries do."""

    def do_HEAD(self) -> None:
        if self.headers.get("Authorization") != "Bearer t0ken":
            self.send_response(401)
            realm = f"http://{self.headers['Host']}/token"
            self.send_header(
                "WWW-Authenticate", f'Bearer realm="{realm}",scope="repository:x:pull"'
            )
        elif self.path == "/v2/team/web/manifests/1.2":
            self.send_response(200)
            self.send_header("Docker-Content-Digest", "sha256:" + 64 * "a")
        else:
            self.send_response(404)
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"token": "t0ken"}')

    def log_message(self, *args: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def registry() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_image_is_pinned_to_its_digest(app: Path, registry: str) -> None:
    run(app, "param", "set", "web", "replicas", f"{registry}/team/web:1.2", "--resolve-image")
    text = (app / "components/params.libsonnet").read_text()
    assert f'replicas: "{registry}/team/web@sha256:{64 * "a"}",' in text
    before = snapshot(app)
    done = run_kuplet(
        "param", "set", "web", "replicas", f"{registry}/team/web:9", "--resolve-image", cwd=app
    )
    assert (done.code, "answers 404" in done.stderr) == (3, True)
    assert snapshot(app) == before


def test_environments_that_no_label_tells_apart_are_shown_but_not_valid(app: Path) -> None:
    text = (app / "app.yaml").read_text()
    (app / "app.yaml").write_text(text + text[text.index("  old/prod") :].replace("/p", ".p", 1))
    shown = run_kuplet("show", "old.prod", cwd=app)
    assert shown.stdout.startswith("---\n")
    done = run_kuplet("validate", "old.prod", cwd=app)
    assert done.code == 1
    assert 'name-invalid]: environments "old.prod" and "old/prod" have the same' in done.stdout


def test_files_in_jsonnet_of_2018_are_edited_as_they_are_read(app: Path) -> None:
    params = app / "components/params.libsonnet"
    old = params.read_text().replace('name: "db-1"', 'name: +"db-1"')
    params.write_text(old)
    run(app, "param", "set", "web", "replicas", "7")
    assert params.read_text() == old.replace("replicas: -1", "replicas: 7")
