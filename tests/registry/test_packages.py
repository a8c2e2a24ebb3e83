"""Registries and packages, by the commands that people run."""

import json
import shutil
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.registry.conftest import FIRST_TAG
from tests.registry.places import AppDirectory, Repository, new_app, write_package

URI = f"github.com/kubeflow/kubeflow/tree/{FIRST_TAG}/kubeflow"
BRANCH_URI = "github.com/kubeflow/kubeflow/tree/master/kubeflow"


@pytest.fixture
def app(tmp_path: Path, kubeflow: Repository) -> AppDirectory:
    """An app with Kubeflow's registry at a tag."""
    app = new_app(tmp_path)
    app.run("registry", "add", "kubeflow", URI)
    return app


@pytest.fixture
def following(tmp_path: Path, kubeflow: Repository) -> AppDirectory:
    """An app with a component from a package that follows a branch."""
    app = new_app(tmp_path)
    app.run("registry", "add", "kubeflow", BRANCH_URI)
    app.run("pkg", "install", "kubeflow/core")
    app.run("generate", "core", "hub")
    return app


def change_core(kubeflow: Repository, text: str, tag: str = "") -> str:
    directory = kubeflow.directory / "kubeflow/core"
    write_package(directory, "kubeflow", "core", "kubeflow-core", text=text)
    return kubeflow.commit(text, tag)


def test_the_commands_of_kubeflows_documentation_work(app: AppDirectory) -> None:
    for package in ("core", "tf-serving", "tf-job"):
        app.run("pkg", "install", f"kubeflow/{package}@{FIRST_TAG}")
    app.run("generate", "core", "kubeflow-core", "--name=kubeflow-core", "--cloud=gke")
    app.run("env", "add", "cloud")
    app.run("generate", "tf-job", "my-training")
    assert app.objects("cloud") == {
        "kubeflow-core": {"cloud": "gke", "text": "first"},
        "my-training": {"cloud": "null", "text": "first"},
    }
    assert "prototype: kubeflow/kubeflow-core" in app.read("environments/base.yaml")
    assert "kubeflow/tf-job: v0.2.0-rc.1" in app.read("app.yaml")


def test_prototypes_show_their_package_and_installed_ones_come_first(app: AppDirectory) -> None:
    app.run("pkg", "install", "kubeflow/core")
    listed = app.run("prototype", "list").stdout
    assert f"kubeflow/core@{FIRST_TAG}" in listed
    assert "kuplet/core" in listed
    assert "of package kubeflow/core@" in app.run("prototype", "describe", "core").stdout
    assert "of package kuplet/core" in app.run("prototype", "describe", "kuplet/core").stdout
    assert "text: first" in app.run("prototype", "preview", "core", "--name=x").stdout
    assert "kubeflow/kubeflow-core" in app.run("prototype", "search", "Makes core").stdout


def test_a_parameter_that_a_package_reads_need_not_be_declared(
    app: AppDirectory, kubeflow: Repository
) -> None:
    """Kubeflow's tf-serving declares only its name and hands all parameters to a library."""
    library = kubeflow.directory / "kubeflow/tf-serving/tf-serving.libsonnet"
    text = library.read_text().replace("text: 'first'", "text: params.modelPath")
    library.write_text(text)
    kubeflow.commit("a parameter", tag="v0.3")
    app.run("pkg", "install", "kubeflow/tf-serving@v0.3")
    app.run("generate", "tf-serving", "serve", "--modelPath=s3://models")
    app.run("param", "set", "serve", "modelPath", "http://minio2:9000")
    assert app.objects("staging")["serve"]["text"] == "http://minio2:9000"
    misspelt = app.fails("param", "set", "serve", "modelPahts", "x")
    assert misspelt.code == 1
    assert 'has no parameter "modelPahts"' in misspelt.stderr


def test_one_bad_prototype_is_a_warning_until_it_is_used(
    app: AppDirectory, kubeflow: Repository
) -> None:
    bad = kubeflow.directory / "kubeflow/core/prototypes/bad.jsonnet"
    bad.write_text("// @name io.ksonnet.pkg.bad\n// @odd\n{}\n")
    kubeflow.commit("bad", "v2")
    app.run("pkg", "install", "kubeflow/core@v2")
    listed = app.run("prototype", "list")
    assert "kubeflow/kubeflow-core" in listed.stdout
    assert "warning[prototype-directive]" in listed.stderr
    assert app.fails("generate", "bad", "x").code == 1
    base = app.root / "environments/base.yaml"
    base.write_text(base.read_text() + "components: {x: {prototype: kubeflow/bad}}\n")
    assert 'error[prototype-directive]: unknown directive "@odd"' in app.fails("validate").stdout


def test_only_the_commit_and_the_files_that_are_needed_are_fetched(
    app: AppDirectory, kubeflow: Repository, cache: Path
) -> None:
    app.run("pkg", "install", "kubeflow/core")
    (copy,) = (cache / "registries/git").iterdir()
    cached = Repository(copy).git("cat-file", "--batch-all-objects", "--batch-check")
    huge = kubeflow.git("rev-parse", "HEAD:huge.bin")
    assert huge not in cached
    assert cached.count(" commit ") == 1
    assert app.vendored() == [f"kubeflow/core@{FIRST_TAG}"]


def test_a_fresh_clone_is_restored_without_network(
    app: AppDirectory, kubeflow: Repository, tmp_path: Path
) -> None:
    app.run("pkg", "install", "kubeflow/core")
    shutil.rmtree(app.root / "vendor")
    kubeflow.vanish()
    assert "1 installed" in app.run("pkg", "install").stderr
    assert "1 package as locked" in app.run("pkg", "verify").stderr
    app.run("pkg", "remove", "kubeflow/core")
    again = app.run("pkg", "install", f"kubeflow/core@{FIRST_TAG}")
    assert "cannot reach" not in again.stderr


def test_without_cache_the_lock_brings_back_the_commit_though_the_tag_has_moved(
    app: AppDirectory, kubeflow: Repository, cache: Path
) -> None:
    app.run("pkg", "install", "kubeflow/core")
    shutil.rmtree(app.root / "vendor")
    shutil.rmtree(cache)
    change_core(kubeflow, "second")
    kubeflow.git("tag", "--force", FIRST_TAG)
    app.run("pkg", "install")
    app.run("generate", "core", "hub")
    assert app.objects("staging")["hub"]["text"] == "first"


def test_another_content_than_the_locked_one_is_refused(tmp_path: Path, cache: Path) -> None:
    write_package(tmp_path / "parts/core", "own", "core", "own-core")
    app = new_app(tmp_path)
    app.run("registry", "add", "own", "../parts")
    app.run("pkg", "install", "own/core")
    write_package(tmp_path / "parts/core", "own", "core", "own-core", text="second")
    shutil.rmtree(app.root / "vendor")
    shutil.rmtree(cache)
    refused = app.fails("pkg", "install")
    assert (refused.code, "error[package-digest]" in refused.stderr) == (3, True)
    assert app.vendored() == []
    app.run("pkg", "update", "own/core", "--yes")
    assert app.vendored() == ["own/core"]


def test_a_vanished_registry_fails_only_what_needs_it(
    app: AppDirectory, kubeflow: Repository, cache: Path
) -> None:
    app.run("pkg", "install", "kubeflow/core")
    kubeflow.vanish()
    shutil.rmtree(cache)
    assert "core" in app.run("pkg", "list", "--installed").stdout
    listed = app.run("pkg", "list")
    assert "warning[registry-unreachable]" in listed.stderr
    assert "kuplet" in listed.stdout
    failed = app.fails("pkg", "install", "kubeflow/tf-job")
    assert (failed.code, "error[registry-unreachable]" in failed.stderr) == (3, True)
    app.run("generate", "core", "hub")
    app.run("validate")


def test_a_branch_follows_and_a_tag_stays(following: AppDirectory, kubeflow: Repository) -> None:
    following.run("pkg", "install", f"kubeflow/tf-job@{FIRST_TAG}")
    new = change_core(kubeflow, "second")
    (kubeflow.directory / "kubeflow/tf-job/parts.yaml").write_text("{}")
    kubeflow.commit("third")
    text = following.read("app.yaml")
    dry = following.run("pkg", "update", "--dry-run")
    assert "-  text: first" in dry.stdout
    assert "+  text: second" in dry.stdout
    assert "it is pinned" in dry.stderr
    refused = following.fails("pkg", "update")
    assert (refused.code, "error[confirmation]" in refused.stderr) == (2, True)
    assert following.read("app.yaml") == text
    following.run("pkg", "update", "--yes")
    assert following.objects("staging")["hub"]["text"] == "second"
    assert f"kubeflow/tf-job@{FIRST_TAG}" in following.vendored()
    assert len(following.vendored()) == 2
    assert new != kubeflow.git("rev-parse", "HEAD")
    assert "it is up to date" in following.run("pkg", "update").stderr


def test_an_unreachable_branch_is_used_as_it_was_seen_last(
    following: AppDirectory, kubeflow: Repository
) -> None:
    following.run("pkg", "install", "kubeflow/tf-job")
    following.run("pkg", "remove", "kubeflow/tf-job")
    kubeflow.vanish()
    done = following.run("pkg", "install", "kubeflow/tf-job")
    assert 'using "master" as it was seen last' in done.stderr


def test_an_update_that_breaks_an_environment_is_refused(
    following: AppDirectory, kubeflow: Repository
) -> None:
    library = kubeflow.directory / "kubeflow/core/core.libsonnet"
    library.write_text("{ parts(params):: error 'no longer' }")
    kubeflow.commit("broken")
    before = following.read("app.yaml"), following.read("kuplet.lock"), following.vendored()
    refused = following.fails("pkg", "update", "--yes")
    assert (refused.code, "no longer" in refused.stderr) == (1, True)
    after = following.read("app.yaml"), following.read("kuplet.lock"), following.vendored()
    assert after == before
    following.run("pkg", "update", "--yes", "--force")
    assert following.fails("validate").code == 1


def test_an_update_names_parameters_that_vanish(
    following: AppDirectory, kubeflow: Repository
) -> None:
    following.run("param", "set", "hub", "cloud", "null")
    directory = kubeflow.directory / "kubeflow/core"
    for path in (directory / "core.libsonnet", directory / "prototypes/kubeflow-core.jsonnet"):
        text = path.read_text().replace("params.cloud", "params.provider")
        path.write_text(text.replace("optionalParam cloud", "optionalParam provider"))
    kubeflow.commit("renamed")
    done = following.run("pkg", "update", "--yes")
    assert "staging: 0 objects change" in done.stderr
    declares = "kubeflow/kubeflow-core no longer declares cloud and now declares provider"
    assert declares in done.stderr
    said = 'warning[parameter-unread]: nothing reads parameter "cloud" of component "hub"'
    assert said in done.stderr
    assert said in following.run("validate").stdout


def test_versions_live_side_by_side_in_environments(
    app: AppDirectory, kubeflow: Repository
) -> None:
    change_core(kubeflow, "second", tag="v2")
    app.run("env", "add", "prod")
    app.run("pkg", "install", "kubeflow/core@v2")
    app.run("pkg", "install", f"kubeflow/core@{FIRST_TAG}", "--env", "prod")
    app.run("generate", "core", "hub")
    assert app.objects("staging")["hub"]["text"] == "second"
    assert app.objects("prod")["hub"]["text"] == "first"
    rows = json.loads(app.run("pkg", "list", "--installed", "-o", "json").stdout)["data"]
    assert [(row["version"], row["environments"]) for row in rows] == [
        (FIRST_TAG, "prod"), ("v2", ""),
    ]  # fmt: skip
    app.run("pkg", "remove", "kubeflow/core", "--env", "prod")
    assert app.objects("prod")["hub"]["text"] == "second"
    assert app.vendored() == ["kubeflow/core@v2"]


def test_a_component_finds_no_package_that_only_another_environment_has(
    app: AppDirectory, kubeflow: Repository
) -> None:
    app.run("env", "add", "prod")
    app.run("pkg", "install", "kubeflow/core", "--env", "prod")
    app.run("generate", "core", "hub")
    app.run("validate", "prod")
    failed = app.fails("validate", "staging")
    assert (failed.code, "which is not installed here" in failed.stdout) == (1, True)


def test_verify_finds_changed_missing_and_foreign_files(app: AppDirectory) -> None:
    app.run("pkg", "install", "kubeflow/core")
    package = app.root / f"vendor/kubeflow/core@{FIRST_TAG}"
    (package / "core.libsonnet").write_text("{}")
    (package / "parts.yaml").unlink()
    (package / "more.txt").touch()
    done = app.fails("pkg", "verify")
    assert done.code == 1
    assert 'core.libsonnet" is changed' in done.stdout
    assert 'parts.yaml" is missing' in done.stdout
    assert 'more.txt" is not part of the package' in done.stdout
    refused = app.fails("pkg", "install", "kubeflow/core")
    assert (refused.code, "error[package-changed]" in refused.stderr) == (2, True)
    app.run("pkg", "install", "--force")
    app.run("pkg", "verify")


def test_a_package_in_use_is_not_removed(app: AppDirectory) -> None:
    app.run("pkg", "install", "kubeflow/core")
    app.run("generate", "core", "hub")
    refused = app.fails("pkg", "remove", "kubeflow/core")
    assert refused.code == 2
    assert 'component "hub" is made from package "kubeflow/core"' in refused.stderr
    assert "environments/base.yaml:8" in refused.stderr
    refused = app.fails("registry", "rm", "kubeflow")
    assert (refused.code, "error[registry-used]" in refused.stderr) == (2, True)
    app.run("component", "rm", "hub")
    app.run("pkg", "remove", "kubeflow/core")
    app.run("registry", "rm", "kubeflow")
    assert not (app.root / "kuplet.lock").exists()
    assert app.vendored() == []


def test_editing_keeps_comments(tmp_path: Path, kubeflow: Repository) -> None:
    text = "# mine\napiVersion: kuplet.dev/v1\nkind: App\nname: demo   # short\n"
    app = AppDirectory(write_app(tmp_path / "app", {"app.yaml": text, "environments/a.yaml": ""}))
    app.run("registry", "add", "kubeflow", URI)
    app.run("pkg", "get", "kubeflow/core")
    assert app.read("app.yaml").startswith(text)
    app.run("pkg", "remove", "kubeflow/core")
    app.run("registry", "rm", "kubeflow")
    assert app.read("app.yaml") == text


def test_an_install_that_fails_leaves_nothing_behind(app: AppDirectory) -> None:
    (app.root / "vendor").touch()  # no place for a directory
    before = app.read("app.yaml")
    failed = app.fails("pkg", "install", "kubeflow/core")
    assert (failed.code, "error[package-unwritable]" in failed.stderr) == (3, True)
    assert app.read("app.yaml") == before
    assert not (app.root / "kuplet.lock").exists()


def test_a_directory_serves_versions_from_folders(tmp_path: Path) -> None:
    for folder, text in (("core", "newest"), ("core@1.0", "old")):
        write_package(tmp_path / "parts" / folder, "own", "core", "own-core", text=text)
    app = new_app(tmp_path)
    app.run("registry", "add", "own", "../parts")
    app.run("pkg", "install", "own/core")
    app.run("generate", "own-core", "hub")
    assert app.objects("staging")["hub"]["text"] == "newest"
    app.run("pkg", "install", "own/core@1.0")
    assert app.objects("staging")["hub"]["text"] == "old"
    assert 'own/core: "1.0"' in app.read("app.yaml")
    assert app.vendored() == ["own/core@1.0"]
    described = app.run("registry", "describe", "own").stdout
    assert "core@1.0: The core." in described


def test_a_package_that_the_registry_does_not_list_is_installed(tmp_path: Path) -> None:
    for package in ("core", "extra"):
        write_package(tmp_path / "parts" / package, "own", package, f"own-{package}")
    (tmp_path / "parts/registry.yaml").write_text("libraries: {core: {path: core}}\n")
    app = new_app(tmp_path)
    assert "1 package\n" in app.run("registry", "add", "own", "../parts").stderr
    app.run("pkg", "install", "own/extra")
    assert app.vendored() == ["own/extra"]
    assert 'did you mean "extra"?' in app.fails("pkg", "install", "own/extr").stderr


def test_two_prototypes_called_alike_are_told_apart_by_their_package(tmp_path: Path) -> None:
    for package in ("core", "examples"):
        write_package(tmp_path / "parts" / package, "own", package, "board")
    app = new_app(tmp_path)
    app.run("registry", "add", "own", "../parts")
    app.run("pkg", "install", "own/core")
    app.run("generate", "own/board", "first")
    app.run("component", "rm", "first")
    app.run("pkg", "install", "own/examples")
    ambiguous = app.fails("generate", "own/board", "hub")
    assert "own/core/board, own/examples/board" in ambiguous.stderr
    for name in ("board", "io.ksonnet.pkg.board"):
        assert "own/core/board, own/examples/board" in app.fails("generate", name, "hub").stderr
    app.run("generate", "own/examples/board", "hub")
    app.run("validate")
    app.run("pkg", "remove", "own/core")
    app.run("validate")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("registry", "add", "kuplet", "."), 2, "cannot be the name of a registry"),
        (("registry", "add", "kubeflow", URI), 2, "there is a registry"),
        (("registry", "add", "x", "/nowhere"), 3, "there is no directory"),
        (("registry", "add", "x", "https://charts.example.com"), 2, "Helm charts"),
        (("registry", "add", "x", "github.com/kubeflow/kubeflow/tree/no/x"), 2, "no branch or tag"),
        (("registry", "add", "x", "github.com/kubeflow/kubeflow/tree/master/no"), 2, "directory"),
        (("registry", "add", "x", ".", "-o"), 2, "only apps of ksonnet have overrides"),
        (("registry", "add", "x", "environments"), 2, '"environments" holds no package'),
        (("registry", "set", "kubeflow", "--uri", "environments"), 2, "holds no package"),
        (("registry", "describe", "x"), 2, "there is no registry"),
        (("registry", "rm", "x"), 2, "there is no registry"),
        (("pkg", "install", "x/core"), 2, "there is no registry"),
        (("pkg", "install", "core"), 2, "names no package"),
        (("pkg", "install", "kubeflow/cor"), 2, 'did you mean "core"?'),
        (("pkg", "install", "kubeflow/core@v9"), 2, "no branch or tag"),
        (("pkg", "install", "kubeflow/core@--output=x"), 2, "cannot be a branch"),
        (("pkg", "install", "kubeflow/core@abcdef1"), 2, "all of its 40 digits"),
        (("pkg", "install", "kubeflow/core", "--env", "nope"), 2, "no environment"),
        (("pkg", "install", "kuplet/core"), 2, "nothing to install"),
        (("pkg", "remove", "kubeflow/core"), 2, "names no package"),
        (("pkg", "update", "kubeflow/core"), 2, "names no package"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    app: AppDirectory, arguments: tuple[str, ...], code: int, words: str
) -> None:
    before = app.read("app.yaml")
    done = app.fails(*arguments)
    assert done.code == code, done.stderr
    assert words in done.stderr
    assert app.read("app.yaml") == before
    assert not (app.root / "vendor").exists()
