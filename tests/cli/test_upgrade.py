"""``kuplet upgrade``: the same objects before and after, or nothing is written."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.kuplet import Done, run_kuplet

APP = """\
apiVersion: 0.3.0
kind: ksonnet.io/app
name: My_App
environments:
  us/dev:
    path: us/dev
    k8sVersion: v1.8.0
    destination: {server: https://10.0.0.1, namespace: dev}
    targets: [/, data]
  prod:
    path: prod
    k8sVersion: v1.30.0
    destination: {server: https://10.0.0.2, namespace: prod}
"""
PARAMS = """\
{
  global: { team: "ml" },
  components: {
    // How many.
    web: { replicas: 1, env: { a: "1", b: "2" } },
    text: { data: { more: "yes" } },
  },
}
"""
WEB = """\
local params = std.extVar("__ksonnet/params").components.web;
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "web" },
  data: {
    all: std.toString(params),
    block: |||
      one newline more
    |||,
  },
}
"""
STORE = """\
local params = std.extVar("__ksonnet/params").components["store"];
local k = import "k.libsonnet";
k.core.v1.list.new([
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "store" }, data: params },
])
"""
TEXT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: text}
data: {on: "off"}
immutable: no
---
apiVersion: v1
kind: ConfigMap
metadata: {name: never-read}
"""
ENVIRONMENT = """\
local params = std.extVar("__ksonnet/params");
local globals = import "globals.libsonnet";
local envParams = params + { components+: { web+: { replicas: 3, env: { a: "1" } } } };
local all = envParams.components;
{ components: { [x]: all[x] + globals for x in std.objectFields(all) } }
"""
FILES = {
    "app.yaml": APP,
    "components/params.libsonnet": PARAMS,
    "components/web.jsonnet": WEB,
    "components/text.yaml": TEXT,
    "components/plain.json": '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}',
    "components/data/params.libsonnet": '{global: {}, components: {store: {size: "1"}}}',
    "components/data/store.jsonnet": STORE,
    "environments/base.libsonnet": 'std.extVar("__ksonnet/components")',
    "environments/us/dev/main.jsonnet": 'import "base.libsonnet"',
    "environments/us/dev/params.libsonnet": 'std.extVar("__ksonnet/params")',
    "environments/us/dev/globals.libsonnet": "{}",
    "environments/prod/main.jsonnet": 'local base = import "base.libsonnet"; base + {}',
    "environments/prod/params.libsonnet": ENVIRONMENT,
    "environments/prod/globals.libsonnet": '{ tier: "prod" }',
}
OVERRIDING_MAIN = """\
local base = import "base.libsonnet";
base + {
  web+: { data+: { overridden: "yes" } },
  added: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "added" } },
}
"""


def make_app(root: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write a ksonnet app that is committed to git."""
    for name, text in {**FILES, **(changes or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "init", "--quiet")
    commit(root)
    return root


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Jo", "-c", "user.email=jo@example.com")
    done = subprocess.run(
        ["git", "-C", str(root), *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "state", "--no-gpg-sign")


def objects(app: Path, environment: str) -> dict[tuple[str, str], object]:
    """Return what an apply would write, labels aside, by kind and name."""
    show = run_kuplet("show", environment, cwd=app)
    assert show.code == 0, show.stderr
    found: dict[tuple[str, str], object] = {}
    for body in yaml.safe_load_all(show.stdout):
        metadata = {k: v for k, v in body["metadata"].items() if k not in {"labels", "namespace"}}
        found[body["kind"], metadata["name"]] = {**body, "metadata": metadata}
    return found


def upgraded(app: Path) -> Done:
    done = run_kuplet("upgrade", "--yes", cwd=app)
    assert done.code == 0, done.stderr
    return done


def test_every_environment_compiles_to_the_same_objects(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    before = {"us-dev": objects(app, "us/dev"), "prod": objects(app, "prod")}
    upgraded(app)
    after = {name: objects(app, name) for name in before}
    assert after == before
    assert ("ConfigMap", "store") in after["us-dev"]
    assert ("ConfigMap", "store") not in after["prod"]
    assert ("ConfigMap", "never-read") not in after["prod"]


def test_parameters_are_where_a_person_would_look_for_them(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    upgraded(app)
    base = yaml.safe_load((app / "environments/base.yaml").read_text())
    assert base["components"]["web"] == {
        "source": "components/web.jsonnet",
        "params": {"env": {"a": "1", "b": "2"}, "replicas": 1, "team": "ml"},
    }
    prod = yaml.safe_load((app / "environments/prod.yaml").read_text())
    assert prod["destination"] == {"server": "https://10.0.0.2", "namespace": "prod"}
    assert prod["kubernetes"] == "1.30"
    assert prod["components"]["web"] == {
        "params": {"env": {"b": None}, "replicas": 3, "tier": "prod"}
    }
    assert prod["components"]["data-store"] == {"disabled": True}
    assert run_kuplet("param", "set", "web", "replicas", "5", "--env", "prod", cwd=app).code == 0


def test_nothing_of_ksonnet_stays_but_the_sources(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    upgraded(app)
    left = [path.relative_to(app).as_posix() for path in app.rglob("*") if path.is_file()]
    assert sorted(name for name in left if not name.startswith((".git/", "schemas/"))) == [
        "app.yaml",
        "components/data/store.jsonnet",
        "components/plain.json",
        "components/text.jsonnet",
        "components/text.yaml",
        "components/web.jsonnet",
        "environments/base.yaml",
        "environments/prod.yaml",
        "environments/us-dev.yaml",
    ]


def test_overrides_in_main_stay_as_they_were_and_go_on_to_count(tmp_path: Path) -> None:
    app = make_app(tmp_path, {"environments/prod/main.jsonnet": OVERRIDING_MAIN})
    before = objects(app, "prod")
    upgraded(app)
    assert objects(app, "prod") == before
    assert ("ConfigMap", "added") in before
    kept = (app / "environments/prod/main.jsonnet").read_text()
    assert kept == OVERRIDING_MAIN.replace('"base.libsonnet"', '"../base.libsonnet"')
    prod = yaml.safe_load((app / "environments/prod.yaml").read_text())
    assert prod["components"]["web"]["source"] == "components/overrides/prod-web.jsonnet"


def test_packages_go_into_the_lock(tmp_path: Path) -> None:
    sha = "0123456789" * 4
    packages = f"""\
registries:
  ml: {{protocol: github, uri: github.com/example/ml/tree/master/packages}}
libraries:
  ml/core: {{name: core, registry: ml, version: {sha}}}
"""
    library = f"vendor/ml/core@{sha}"
    source = 'local ml = import "ml/core/all.libsonnet"; ml.config'
    config = '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "from-package"}}'
    app = make_app(
        tmp_path,
        {
            "app.yaml": APP + packages,
            f"{library}/parts.yaml": "name: core",
            f"{library}/all.libsonnet": f"{{config: {config}}}",
            "components/packaged.jsonnet": source,
        },
    )
    upgraded(app)
    assert ("ConfigMap", "from-package") in objects(app, "prod")
    lock = yaml.safe_load((app / "kuplet.lock").read_text())
    assert lock["packages"][f"ml/core@{sha}"]["commit"] == sha
    assert run_kuplet("pkg", "verify", cwd=app).code == 0


def test_a_dry_run_shows_everything_and_writes_nothing(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    done = run_kuplet("upgrade", "--dry-run", cwd=app)
    assert done.code == 0, done.stderr
    assert "environment prod: the same 3 objects as before" in done.stdout
    assert "      team: ml" in done.stdout
    assert 'environment "us/dev" is called "us-dev" from now on' in done.stderr
    assert "upgrade-comments" in done.stderr
    assert git(app, "status", "--porcelain") == ""


def test_what_would_change_an_object_keeps_the_app_as_it_is(tmp_path: Path) -> None:
    spied = 'std.objectFields(std.extVar("__ksonnet/params"))'
    source = f"""{{
      apiVersion: "v1", kind: "ConfigMap", metadata: {{ name: "spy" }},
      data: {{ names: std.join(",", std.objectFields(std.extVar("__ksonnet/params").components)),
               fields: std.join(",", {spied}) }},
    }}"""
    app = make_app(tmp_path, {"components/data/spy.jsonnet": source})
    done = run_kuplet("upgrade", "--yes", cwd=app)
    assert done.code == 1
    assert 'component "data.spy" would not compile to the same objects' in done.stderr
    assert "ConfigMap/spy: data.names" in done.stderr
    assert git(app, "status", "--porcelain") == ""


def test_an_override_file_is_not_made_everybodys(tmp_path: Path) -> None:
    text = "apiVersion: 0.3.0\nkind: ksonnet.io/app-override\n"
    app = make_app(tmp_path, {"app.override.yaml": text})
    done = run_kuplet("upgrade", "--yes", cwd=app)
    assert (done.code, "upgrade-override" in done.stderr) == (1, True)


def test_what_git_could_not_bring_back_is_not_touched(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    (app / "components/web.jsonnet").write_text(WEB + "\n")
    done = run_kuplet("upgrade", "--yes", cwd=app)
    assert (done.code, "not committed" in done.stderr) == (2, True)
    assert (app / "app.yaml").read_text() == APP
    assert run_kuplet("upgrade", "--yes", "--force", cwd=app).code == 0


def test_an_app_of_kuplet_needs_no_upgrade(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    upgraded(app)
    again = run_kuplet("upgrade", "--yes", cwd=app)
    assert (again.code, "an app of kuplet already" in again.stderr) == (2, True)
