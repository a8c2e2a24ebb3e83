"""Nothing that lies in an app makes kuplet read what lies outside, or wait, or read for ever."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_edits import KSONNET, NATIVE
from tests.factories import write_app
from tests.kuplet import Done, run_kuplet

SECRET = "token-of-the-job"
BASE = "components: {web: {source: components/web.jsonnet}}\n"
SOURCE = (
    "// @optionalParam name string web n\n"
    '{cm: {apiVersion: "v1", kind: "ConfigMap", metadata: {name: params.name},'
    ' data: {x: importstr "%s"}}}\n'
)
Plant = Callable[[Path], None]


def linked(path: Path) -> None:
    outside = next(each for each in path.parents if each.name == "app").parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text(f"name: {SECRET}\n")
    path.symlink_to(outside / "secret")


def environ(path: Path) -> None:
    path.symlink_to("/proc/self/environ")


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 2**30)


PLANTS = pytest.mark.parametrize("plant", [linked, environ, endless, pipe, large])


def app_with(tmp_path: Path, file: str, plant: Plant, name: str = "l") -> Path:
    app = write_app(
        tmp_path / "app",
        {"environments/dev.yaml": BASE, "components/web.jsonnet": SOURCE % name},
    )
    (app / file).parent.mkdir(parents=True, exist_ok=True)
    (app / file).unlink(missing_ok=True)
    plant(app / file)
    return app


def kuplet(app: Path, *arguments: str) -> Done:
    done = run_kuplet(*arguments, cwd=app, env={"TOKEN": SECRET}, timeout_s=20)
    assert SECRET not in done.stdout + done.stderr
    return done


@PLANTS
def test_what_is_imported_is_a_file_of_the_app(tmp_path: Path, plant: Plant) -> None:
    app = app_with(tmp_path, "components/l", plant)
    done = kuplet(app, "compile", "dev")
    assert done.code == 1, done.stderr
    assert "error[jsonnet-error]" in done.stderr


def test_a_link_to_itself_is_called_so(tmp_path: Path) -> None:
    app = app_with(tmp_path, "environments/loop.yaml", lambda path: path.symlink_to(path.name))
    done = kuplet(app, "validate")
    assert (done.code, "its links lead in a circle" in done.stdout) == (1, True), done.stdout


def test_a_directory_that_leads_out_is_not_imported_from(tmp_path: Path) -> None:
    app = app_with(
        tmp_path, "components/d", lambda path: path.symlink_to("/proc/self"), "d/environ"
    )
    assert "leads out of the app" in kuplet(app, "compile", "dev").stderr


def test_a_link_inside_the_app_is_fine(tmp_path: Path) -> None:
    app = app_with(tmp_path, "components/l", lambda path: path.symlink_to("../app.yaml"))
    assert "kind: App" in kuplet(app, "compile", "dev").stdout


@PLANTS
@pytest.mark.parametrize(
    "file", ["app.yaml", "environments/dev.yaml", "components/web.jsonnet", "kuplet.lock"]
)
def test_the_files_of_an_app_lie_in_it(tmp_path: Path, plant: Plant, file: str) -> None:
    app = app_with(tmp_path, file, plant)
    command = ("pkg", "verify") if file == "kuplet.lock" else ("validate",)
    assert kuplet(app, *command).code in {0, 1, 2}  # a pipe is no file, so it is not there at all


@PLANTS
@pytest.mark.parametrize("file", ["components/l", "environments/dev.yaml", "components/x/y"])
def test_a_review_reads_only_the_app(tmp_path: Path, plant: Plant, file: str) -> None:
    app = app_with(tmp_path, file, plant, "x/y" if file.endswith("y") else "l")
    base = write_app(tmp_path / "base", {"environments/dev.yaml": BASE})
    (base / "components").mkdir()
    (base / "components/web.jsonnet").write_text("{}")
    done = kuplet(app, "review", "--against", str(base), "-o", "markdown")
    assert done.code == 1, done.stderr


def test_links_that_multiply_end_a_review(tmp_path: Path) -> None:
    app = app_with(tmp_path, "components/l", Path.touch)
    for number in range(20):  # a million ways to the last one
        place = app / f"b/{number}"
        place.mkdir(parents=True)
        for name in "xyz":
            (place / name).symlink_to(f"../{number + 1}")
    (app / "b/20").mkdir()
    base = write_app(tmp_path / "base", {"environments/dev.yaml": "components: {}\n"})
    done = kuplet(app, "review", "--against", str(base))
    assert "error[app-size]" in done.stderr


@PLANTS
def test_an_import_of_a_directory_stays_in_it(tmp_path: Path, plant: Plant) -> None:
    app = app_with(tmp_path, "given/x.yaml", plant)
    done = kuplet(app, "import", "-f", "given")
    assert (done.code, "cannot read" in done.stderr) == (1, True)


@pytest.mark.parametrize("plant", [endless, pipe, large])
def test_what_a_person_names_ends_too(tmp_path: Path, plant: Plant) -> None:
    app = app_with(tmp_path, "given/x.yaml", plant)
    for arguments in (
        ("import", "-f", "given/x.yaml"),
        ("generate", "kuplet/minio", "s", "--values-file", "given/x.yaml"),
        ("compile", "dev", "--ext-str-file", "x=given/x.yaml"),
    ):
        assert kuplet(app, *arguments).code in {1, 2}


def test_what_a_shell_opened_is_read(tmp_path: Path) -> None:
    app = app_with(tmp_path, "components/l", Path.touch)
    manifest = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}'
    done = run_kuplet(
        "import", "-f", "/dev/stdin", "--name", "x", cwd=app, stdin=manifest, timeout_s=20
    )
    assert done.code == 0, done.stderr


@PLANTS
def test_a_registry_of_files_is_refused(tmp_path: Path, plant: Plant) -> None:
    app = app_with(tmp_path, "registry/pkg/x.libsonnet", plant)
    (app / "registry/pkg/parts.yaml").write_text("name: pkg\n")
    done = kuplet(app, "registry", "add", "r", "registry")
    assert done.code == 0, done.stderr
    assert kuplet(app, "pkg", "install", "r/pkg").code == 3


@PLANTS
@pytest.mark.parametrize(
    "file",
    [
        *("components/l.jsonnet", "components/l.libsonnet", "components/sub/params.libsonnet"),
        *("environments/dev/globals.libsonnet", "vendor/r/p/l.libsonnet", "app.override.yaml"),
    ],
)
def test_the_files_of_an_app_of_ksonnet_lie_in_it(tmp_path: Path, plant: Plant, file: str) -> None:
    app = write_app(tmp_path / "app", KSONNET)
    (app / file).parent.mkdir(parents=True, exist_ok=True)
    (app / file).unlink(missing_ok=True)
    plant(app / file)
    for command in (("show", "dev"), ("validate",), ("param", "list")):
        assert kuplet(app, *command).code in {0, 1}


@pytest.mark.parametrize("directory", ["components", "vendor", "environments"])
@pytest.mark.parametrize("files", [NATIVE, KSONNET], ids=["kuplet", "ksonnet"])
def test_a_whole_directory_may_not_be_elsewhere(
    tmp_path: Path, directory: str, files: dict[str, str]
) -> None:
    app = write_app(tmp_path / "app", files)
    outside = tmp_path / "outside"
    (app / directory).rename(outside) if (app / directory).exists() else outside.mkdir()
    (app / directory).symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    for command in (
        ("import", "-f", "given"),
        ("env", "add", "more", "--server", "https://y"),
        ("env", "rm", "dev", "--yes"),
        ("env", "set", "dev", "--name", "test"),
        ("generate", "kuplet/minio", "storage"),
        ("component", "rm", "web"),
        ("param", "set", "web", "x", "1"),
    ):
        assert kuplet(app, *command).code in {0, 1, 2}
    after = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    assert after == before


def test_the_choice_of_an_environment_is_written_in_the_app(tmp_path: Path) -> None:
    app = app_with(tmp_path, ".ks_environment", linked)
    assert kuplet(app, "env", "current", "--set", "dev").code == 0
    assert SECRET in (tmp_path / "outside/secret").read_text()
    assert (app / ".ks_environment").read_text() == "dev"


def test_a_guide_of_a_prototype_lies_in_the_app(tmp_path: Path) -> None:
    app = app_with(tmp_path, "vendor/r/p/README.md", linked)
    write_app(
        app,
        {
            "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: demo\n"
            "registries: {r: {uri: /tmp}}\npackages: {r/p: ''}\n",
            "vendor/r/p/parts.yaml": "{}",
            "vendor/r/p/prototypes/x.jsonnet": "// @name io.x.pkg.x\n// @description d\n{}",
        },
    )
    done = kuplet(app, "prototype", "describe", "x", "--readme")
    assert (done.code, "leads out of app/" in done.stderr) == (1, True), done.stderr
