"""``kuplet affected``: what a change of files may reach."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import run_kuplet

OBJECT = "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: NAME}, data: import 'LIBRARY'}\n"


def source(name: str, library: str) -> str:
    return OBJECT.replace("NAME", f"'{name}'").replace("LIBRARY", library)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(
        tmp_path / "app",
        {
            "environments/base.yaml": "abstract: true\n"
            "components:\n  one: {source: components/one.jsonnet}\n",
            "environments/dev.yaml": "extends: base\n",
            "environments/prod.yaml": "extends: base\n"
            "components:\n  two: {source: components/two.jsonnet}\n",
            "components/one.jsonnet": source("one", "one.libsonnet"),
            "components/two.jsonnet": source("two", "../lib/two.libsonnet"),
            "components/one.libsonnet": "import 'deep.libsonnet'\n",
            "components/deep.libsonnet": "{a: 'b'}\n",
            "lib/two.libsonnet": "{a: 'b'}\n",
            "README.md": "\n",
        },
    )


EVERYTHING = "dev: one\nprod: one, two\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["components/one.jsonnet"], "dev: one\nprod: one\n"),
        (["components/deep.libsonnet"], "dev: one\nprod: one\n"),
        (["lib/two.libsonnet"], "prod: two\n"),
        (["./lib/../lib/two.libsonnet", "README.md"], "prod: two\n"),
        (["environments/prod.yaml"], "prod: one, two\n"),
        (["environments/base.yaml"], EVERYTHING),
        (["app.yaml"], EVERYTHING),
        (["kuplet.lock"], EVERYTHING),
        (["README.md"], ""),
        (["../elsewhere/one.jsonnet"], ""),
        (["nothing.libsonnet"], ""),
    ],
)
def test_what_may_read_a_file_is_listed(app: Path, files: list[str], expected: str) -> None:
    done = run_kuplet("affected", *files, cwd=app)
    assert (done.code, done.stdout, done.stderr) == (0, expected, "")


def test_names_come_from_git_and_are_relative_to_where_one_stands(app: Path) -> None:
    done = run_kuplet("affected", "-", cwd=app / "components", stdin="../lib/two.libsonnet\n\n")
    assert done.stdout == "prod: two\n"
    absolute = run_kuplet("affected", str(app / "lib/two.libsonnet"), "-o", "json", cwd=app)
    assert json.loads(absolute.stdout) == {"environments": {"prod": ["two"]}}


def test_a_file_that_is_gone_still_reaches_who_imported_it(app: Path) -> None:
    (app / "lib/two.libsonnet").unlink()
    assert run_kuplet("affected", "lib/two.libsonnet", cwd=app).stdout == "prod: two\n"


@pytest.mark.parametrize("changed", ["real/x.libsonnet", "link/x.libsonnet", "link", "real"])
def test_a_link_gives_a_file_more_names(app: Path, changed: str) -> None:
    (app / "real").mkdir()
    (app / "real/x.libsonnet").write_text("{a: 'b'}\n")
    (app / "link").symlink_to("real")
    (app / "components/one.jsonnet").write_text(source("one", "../link/x.libsonnet"))
    (app / "components/two.jsonnet").write_text(source("two", "x.libsonnet"))
    (app / "components/x.libsonnet").symlink_to("../real/x.libsonnet")
    assert run_kuplet("affected", changed, cwd=app).stdout == EVERYTHING
    (app / "real/x.libsonnet").unlink()
    if changed == "real/x.libsonnet":
        assert run_kuplet("affected", changed, cwd=app).stdout == EVERYTHING


def test_links_that_lead_nowhere_or_out_stop_nothing(app: Path) -> None:
    (app / "loop").symlink_to("loop")
    (app / "nowhere").symlink_to("gone")
    (app / "out").symlink_to(app.parent)
    done = run_kuplet("affected", "lib/two.libsonnet", "loop", "nowhere", "out", cwd=app)
    assert (done.code, done.stdout, done.stderr) == (0, "prod: two\n", "")


def test_an_environment_that_is_a_link_is_affected_by_what_it_leads_to(app: Path) -> None:
    (app / "shared.yaml").write_text((app / "environments/base.yaml").read_text())
    (app / "environments/base.yaml").unlink()
    (app / "environments/base.yaml").symlink_to("../shared.yaml")
    assert run_kuplet("affected", "shared.yaml", cwd=app).stdout == EVERYTHING


def test_an_app_may_be_reached_by_a_link(app: Path) -> None:
    link = app.parent / "link"
    link.symlink_to(app)
    expected = "prod: two\n"
    assert run_kuplet("affected", str(link / "lib/two.libsonnet"), cwd=app).stdout == expected
    assert run_kuplet("affected", "lib/two.libsonnet", cwd=link).stdout == expected
    done = run_kuplet("--dir", "link", "affected", "link/lib/two.libsonnet", cwd=app.parent)
    assert done.stdout == expected


def test_who_reads_other_components_is_affected_with_them(app: Path) -> None:
    reader = "std.extVar('__ksonnet/components').one + {metadata+: {name: 'two'}}\n"
    (app / "components/two.jsonnet").write_text(reader)
    assert run_kuplet("affected", "components/one.jsonnet", cwd=app).stdout == EVERYTHING


KSONNET = {
    "app.yaml": "apiVersion: 0.3.0\nkind: ksonnet.io/app\nname: shop\nenvironments:\n"
    "  dev: {k8sVersion: v1.34.0, path: dev, destination: {server: 'https://a', namespace: a}}\n"
    "  prod:\n    k8sVersion: v1.34.0\n    path: eu/prod\n    targets: [/, more]\n"
    "    destination: {server: 'https://b', namespace: b}\n",
    "components/params.libsonnet": "import 'shared.libsonnet'\n",
    "components/shared.libsonnet": "{components: {one: {}, two: {}}}\n",
    "components/one.jsonnet": "local p = std.extVar('__ksonnet/params').components.one;\n"
    "import 'incubator/x/x.libsonnet'\n",
    "components/two.jsonnet": "import '../lib/two.libsonnet'\n",
    "components/plain.yaml": "{}\n",
    "components/more/params.libsonnet": "{components: {three: {}}}\n",
    "components/more/three.jsonnet": 'std.extVar("__ksonnet/components").one\n',
    "environments/base.libsonnet": "std.extVar('__ksonnet/components')\n",
    **{
        f"environments/{path}/{file}": text
        for path in ("dev", "eu/prod")
        for file, text in (
            ("main.jsonnet", "import 'base.libsonnet'\n"),
            ("params.libsonnet", "std.extVar('__ksonnet/params') + import 'globals.libsonnet'\n"),
            ("globals.libsonnet", "{}\n"),
        )
    },
    "vendor/incubator/x@1.0/x.libsonnet": "{}\n",
    "lib/two.libsonnet": "{}\n",
}
ALL_OF_DEV, ALL_OF_PROD = "dev: one, plain, two\n", "prod: more.three, one, plain, two\n"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("components/two.jsonnet", "dev: two\nprod: more.three, two\n"),
        ("lib/two.libsonnet", "dev: two\nprod: more.three, two\n"),
        ("vendor/incubator/x@1.0/x.libsonnet", "dev: one\nprod: more.three, one\n"),
        ("components/more/three.jsonnet", "prod: more.three\n"),
        ("components/more/params.libsonnet", "prod: more.three\n"),
        ("components/shared.libsonnet", ALL_OF_DEV + ALL_OF_PROD),
        ("environments/dev/globals.libsonnet", ALL_OF_DEV),
        ("environments/eu/prod/params.libsonnet", ALL_OF_PROD),
        ("environments/base.libsonnet", ALL_OF_DEV + ALL_OF_PROD),
        ("app.yaml", ALL_OF_DEV + ALL_OF_PROD),
        ("app.override.yaml", ALL_OF_DEV + ALL_OF_PROD),
        ("README.md", ""),
    ],
)
def test_an_app_of_ksonnet_is_read_as_ksonnet_read_it(
    tmp_path: Path, file: str, expected: str
) -> None:
    app = write_app(tmp_path / "shop", KSONNET)
    done = run_kuplet("affected", file, cwd=app)
    assert (done.code, done.stdout, done.stderr) == (0, expected, "")


def git(repository: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=repository, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("options", [[], ["-z"]])
@pytest.mark.parametrize("name", ["two.libsonnet", "wört.libsonnet", 'tab\tand "quotes".libsonnet'])
def test_names_are_read_as_git_writes_them(app: Path, name: str, options: list[str]) -> None:
    (app / "components/two.jsonnet").write_text(source("two", f"../lib/{name}"))
    (app / "lib/two.libsonnet").rename(app / "lib" / name)
    git(app.parent, "init", "--quiet")  # the app is a directory of the repository
    git(app.parent, "add", ".")
    git(app.parent, "commit", "--quiet", "--message", "first")
    (app / "lib" / name).rename(app / "lib/other.libsonnet")
    git(app.parent, "add", ".")
    changed = git(
        app, "diff", "--cached", "--name-only", "--no-renames", "--relative", *options, "HEAD"
    )
    assert run_kuplet("affected", "-", cwd=app, stdin=changed).stdout == "prod: two\n"
