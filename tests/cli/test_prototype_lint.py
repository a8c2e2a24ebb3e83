"""Packages of one's own: started by one command, checked by another, used like any other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A directory with a new package, whose case has been reviewed."""
    folder = tmp_path / "mine"
    folder.mkdir()
    assert run_kuplet("prototype", "new", "web", cwd=folder).code == 0
    updated = run_kuplet("prototype", "lint", "web", "--update", cwd=folder)
    assert (updated.code, "wrote web/golden/default.yaml" in updated.stderr) == (0, True)
    return folder


def lint(registry: Path, *arguments: str) -> Done:
    return run_kuplet("prototype", "lint", "web", *arguments, cwd=registry)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_new_package_is_sound_and_can_be_used(registry: Path, tmp_path: Path) -> None:
    assert lint(registry).code == 0
    app = write_app(tmp_path / "app", {"environments/dev.yaml": ""})
    for command in (
        ("registry", "add", "mine", str(registry)),
        ("pkg", "install", "mine/web"),
        ("generate", "mine/web", "shop", "--image=shop:1"),
        ("validate",),
    ):
        done = run_kuplet(*command, cwd=app)
        assert done.code == 0, done.stderr
    names = run_kuplet("compile", "dev", "-o", "name", cwd=app).stdout.split()
    assert names == ["service/shop", "deployment.apps/shop"]


def test_nothing_is_overwritten(registry: Path) -> None:
    again = run_kuplet("prototype", "new", "web", cwd=registry)
    assert (again.code, 'there is a "web" already' in again.stderr) == (2, True)
    odd = run_kuplet("prototype", "new", "../x", cwd=registry)
    assert (odd.code, (registry.parent / "x").exists()) == (2, False)


HEADER, LIBRARY = "prototypes/web.jsonnet", "web.libsonnet"
Change = Callable[[Path], None]


@pytest.mark.parametrize(
    ("file", "old", "new", "rule", "words"),
    [
        (HEADER, " Number of pods", "", "prototype-undescribed", '"replicas"'),
        (HEADER, "// @shortDescription A web server\n", "", "prototype-undescribed", "@short"),
        (HEADER, "pkg.web", "pkg.wep", "prototype-name", 'ends in "wep"'),
        (
            HEADER,
            "// @optionalParam port",
            "// @optionalParam host string x Its host\n// @optionalParam port",
            "prototype-unread",
            "host",
        ),
        ("README.md", "`replicas`", "replicas", "prototype-undescribed", '"replicas"'),
        ("parts.yaml", "name: web", "name: wep", "prototype-package", 'name is "wep"'),
        ("cases/default.yaml", ":1.0.0", ":latest", "prototype-image", "can change by itself"),
        ("cases/default.yaml", "image:", "imago:", "parameter-unknown", "imago"),
        ("cases/default.yaml", "image:", "replicas: -1\nimage:", "parameter-value", "replicas"),
        (LIBRARY, "replicas: params", "replikas: params", "object-schema", "replikas"),
        (LIBRARY, "port: 80,", "port: 81,", "prototype-golden", "something else"),
        (LIBRARY, "parts(params)::", "parts(params:: ", "jsonnet-error", ""),
    ],
)
def test_what_others_would_stumble_over_is_named(
    registry: Path, file: str, old: str, new: str, rule: str, words: str
) -> None:
    edit(registry / "web" / file, old, new)
    done = lint(registry, "-o", "json")
    found = [item for item in json.loads(done.stdout)["findings"] if item["rule"] == rule]
    assert found, done.stdout
    assert words in found[0]["message"]


def test_what_is_no_package_is_refused(registry: Path) -> None:
    (registry / "empty").mkdir()
    done = run_kuplet("prototype", "lint", "empty", cwd=registry)
    assert (done.code, "error[prototype-package]" in done.stderr) == (2, True)


def test_a_changed_prototype_is_reviewed_by_its_golden_files(registry: Path) -> None:
    edit(registry / "web" / LIBRARY, "port: 80,", "port: 81,")
    assert lint(registry).code == 1
    assert lint(registry, "--update").code == 0
    assert "port: 81" in (registry / "web/golden/default.yaml").read_text()
    assert lint(registry).code == 0
