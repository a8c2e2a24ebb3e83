"""Another state of an app beside it: what differs is there, and the rest is linked."""

from pathlib import Path

from compiler.formats.overlay import overlay

CHANGED, OTHER = "environments/prod.yaml", "environments/base.yaml"


def app(root: Path) -> Path:
    for file in ("app.yaml", CHANGED, OTHER, "components/a/b.jsonnet", ".venv/lib/heavy.py"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(f"old {file}")
    (root / ".venv/lib64").symlink_to("lib")
    return root


def state(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


def test_what_changes_is_changed_and_the_rest_is_there(tmp_path: Path) -> None:
    root = app(tmp_path / "mnist")
    before = state(root)
    texts = {CHANGED: "new", "components/new/c.jsonnet": "made"}
    with overlay(root, texts, removed=[OTHER]) as shown:
        assert shown.name == "mnist"
        assert (shown / CHANGED).read_text() == "new"
        assert (shown / "components/new/c.jsonnet").read_text() == "made"
        assert not (shown / OTHER).exists()
        for file in ("app.yaml", "components/a/b.jsonnet", ".venv/lib64/heavy.py"):
            assert (shown / file).read_text() == (root / file).read_text()
    assert state(root) == before
    assert not shown.exists()


def test_nothing_is_copied(tmp_path: Path) -> None:
    root = app(tmp_path / "mnist")
    with overlay(root, {CHANGED: "new"}) as shown:
        assert state(shown) == {CHANGED: "new"}
        assert (shown / ".venv").is_symlink()


def test_what_is_to_be_written_in_is_copied(tmp_path: Path) -> None:
    root = app(tmp_path / "mnist")
    before = state(root)
    with overlay(root, {}, copied=["environments", "vendor"]) as shown:
        (shown / CHANGED).write_text("written")
        assert (shown / OTHER).read_text() == f"old {OTHER}"
        assert not (shown / "vendor").exists()
    assert state(root) == before


def test_a_source_does_not_lead_out(tmp_path: Path) -> None:
    root = app(tmp_path / "mnist")
    source = "components/a/b.jsonnet"
    with overlay(root, {CHANGED: "new"}, copied=[source]) as shown:
        assert (shown / source).resolve().is_relative_to(shown.resolve())
        assert state(shown).keys() == {CHANGED, source}


def test_a_link_in_the_place_of_what_changes_is_not_followed(tmp_path: Path) -> None:
    root = app(tmp_path / "mnist")
    (root / CHANGED).unlink()
    (root / CHANGED).symlink_to("base.yaml")
    with overlay(root, {CHANGED: "new"}) as shown:
        assert (shown / CHANGED).read_text() == "new"
    assert (root / OTHER).read_text() == f"old {OTHER}"
