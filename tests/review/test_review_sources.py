"""A change without a parameter: packages, prototypes and sources, shown by what they change."""

import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler.bundled import bundled_schema
from tests.registry.places import write_package
from tests.review.repository import commit, edit, git, make_repository
from tests.review.test_review import review, reviewed

WEB = 'import "web.libsonnet"'
LIBRARY = """\
{
  apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { text: "first" },
}
"""
FILES = {
    "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: demo\n"
    "registries: {ml: {uri: 'https://git.example.com/ml.git'}}\npackages:\n  ml/core: v1\n",
    "components/web.jsonnet": WEB,
    "components/web.libsonnet": LIBRARY,
    "components/other.jsonnet": LIBRARY.replace('"web"', '"other"'),
    "environments/prod.yaml": """\
components:
  web: {source: components/web.jsonnet}
  other: {source: components/other.jsonnet}
  hub:
    prototype: ml/hub
""",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    made = make_repository(tmp_path, FILES)
    write_package(made / "vendor/ml/core@v1", "ml", "core", "hub")
    edit(made, "environments/prod.yaml", "ml/hub\n", "ml/hub\n    params: {name: hub}\n")
    commit(made, "with a package")
    git(made, "branch", "--force", "main")
    return made


def sources(app: Path) -> list[dict[str, Any]]:
    document = reviewed(app)
    jsonschema.Draft202012Validator(bundled_schema("review")).validate(document)
    found: list[dict[str, Any]] = document["environments"][0]["sources"]
    return found


def test_another_version_of_a_package_is_one_line_and_what_it_changes(app: Path) -> None:
    old = app / "vendor/ml/core@v1"
    shutil.rmtree(old)
    write_package(app / "vendor/ml/core@v2", "ml", "core", "hub", text="second")
    edit(app, "app.yaml", "ml/core: v1", "ml/core: v2")
    (found,) = sources(app)
    assert (found["kind"], found["name"]) == ("package", "ml/core")
    assert (found["before"], found["after"]) == ("v1", "v2")
    assert (found["file"], found["line"]) == ("app.yaml", 6)
    text = review(app).stdout
    assert "package ml/core: v1 → v2  (app.yaml:6:3)" in text
    assert 'data.text: "first" → "second"' in text


def test_a_package_that_was_changed_by_hand_is_shown_by_its_files(app: Path) -> None:
    file = "vendor/ml/core@v1/core.libsonnet"
    edit(app, file, "first", "tampered")
    (found,) = sources(app)
    assert (found["kind"], found["name"], found["components"]) == ("file", file, ["hub"])


def test_a_prototype_of_a_package_is_a_file_like_others(app: Path) -> None:
    file = "vendor/ml/core@v1/prototypes/hub.jsonnet"
    edit(app, file, "std.prune(", "(")
    assert file in [item["name"] for item in sources(app)]


def test_a_changed_source_names_who_reads_it(app: Path) -> None:
    edit(app, "components/web.libsonnet", "first", "second")
    edit(app, "components/other.jsonnet", "first", "second")
    text = review(app).stdout
    assert "file components/other.jsonnet changed  (read by other)" in text
    assert "file components/web.libsonnet changed  (read by web)" in text
    markdown = review(app, "-o", "markdown").stdout
    assert "- file components/web.libsonnet changed (read by web)" in markdown


@pytest.mark.parametrize("file", [".own/data.libsonnet", "lib/data.libsonnet"])
def test_a_source_is_seen_wherever_it_lies_and_however_it_is_named(app: Path, file: str) -> None:
    name = f"../{app.name}/{file}" if file.startswith("lib") else file
    (app / file).parent.mkdir()
    (app / file).write_text('"first"', encoding="utf-8")
    edit(app, "components/web.libsonnet", '"first"', f"import /* it */ '../{name}'")
    commit(app, "the text has a file of its own")
    git(app, "branch", "--force", "main")
    edit(app, file, "first", "second")
    assert [item["name"] for item in sources(app)] == [file]
    assert 'data.text: "first" → "second"' in review(app).stdout


def test_files_that_come_and_go_say_so(app: Path) -> None:
    edit(app, "components/web.jsonnet", WEB, LIBRARY)
    edit(app, "components/other.jsonnet", '"first"', 'importstr "text.txt"')
    (app / "components/text.txt").write_text("first", encoding="utf-8")
    assert {item["name"]: item["difference"] for item in sources(app)} == {
        "components/other.jsonnet": "changed",
        "components/text.txt": "added",
        "components/web.jsonnet": "changed",
        "components/web.libsonnet": "removed",
    }
    assert reviewed(app)["environments"][0]["objects"] == []


def test_another_prototype_is_named_with_the_old_one(app: Path) -> None:
    edit(app, "environments/prod.yaml", "components/other.jsonnet", "components/web.jsonnet")
    edit(app, "environments/prod.yaml", "  web: {source: components/web.jsonnet}\n", "")
    assert (
        "prototype of other: components/other.jsonnet → components/web.jsonnet"
        "  (environments/prod.yaml:4:3)" in review(app).stdout
    )


def test_files_of_versions_that_an_environment_does_not_use_are_not_its_sources(app: Path) -> None:
    write_package(app / "vendor/ml/core@v2", "ml", "core", "hub", text="second")
    edit(app, "components/other.jsonnet", '"first"', '"second"')
    assert [item["name"] for item in sources(app)] == ["components/other.jsonnet"]


def test_what_an_environment_says_besides_parameters_is_shown(app: Path) -> None:
    web = "components/web.jsonnet}"
    edit(app, "environments/prod.yaml", web, f"{web[:-1]}, needs: [other]}}")
    commit(app, "web needs other")
    needs = "needs: [{component: other, until: completed}, hub]"
    edit(app, "environments/prod.yaml", "needs: [other]", needs)
    with (app / "environments/prod.yaml").open("a", encoding="utf-8") as file:
        file.write('external: [Secret/x]\nkubernetes: "1.35"\npromotion: {freeze: holidays}\n')
    text = review(app, "HEAD").stdout
    assert "external: nothing → Secret/x\n" in text
    assert "kubernetes: 1.36 → 1.35\n" in text
    place = "(environments/prod.yaml:4:3)"
    assert f"needs of web: other → other (completed), hub  {place}\n" in text
    assert "promotion.freeze: nothing → holidays  (environments/prod.yaml:" in text
    assert {item["kind"] for item in sources(app)} == {"setting"}
