"""What a Jsonnet source may read is found without running it: too much rather than too little."""

from pathlib import Path

import pytest

from compiler.formats.kuplet.imported_files import SourceTree

FILES = {
    "lib/a.libsonnet": "import 'b.libsonnet'",
    "lib/b.libsonnet": "1",
    "other/b.libsonnet": "2",
    "vendor/registry/pkg/c.libsonnet": "3",
    "vendor/registry/pkg@v1.2/d.libsonnet": "import 'e.libsonnet'",
    "vendor/registry/pkg@v1.2/e.libsonnet": "import 'registry/pkg@v1.2/d.libsonnet'",
    "data/words.txt": "words",
    "components/lonely.libsonnet": "6",
    "lonely.libsonnet": "4",
    ".git/b.libsonnet": "5",
    ".own/f.libsonnet": "import 'g.libsonnet'",
    ".own/g.libsonnet": "7",
}


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return SourceTree(tmp_path)


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("1", []),
        ('import "lib/a.libsonnet"', ["lib/a.libsonnet", "lib/b.libsonnet"]),
        ("import @'../lib/b.libsonnet'", ["lib/b.libsonnet"]),
        ('import "b.libsonnet"', ["lib/b.libsonnet", "other/b.libsonnet"]),
        ('import "pkg/c.libsonnet"', ["vendor/registry/pkg/c.libsonnet"]),
        (
            'import "registry/pkg/d.libsonnet"',
            ["vendor/registry/pkg@v1.2/d.libsonnet", "vendor/registry/pkg@v1.2/e.libsonnet"],
        ),
        (
            'import "registry/pkg@v1.2/e.libsonnet"',
            ["vendor/registry/pkg@v1.2/d.libsonnet", "vendor/registry/pkg@v1.2/e.libsonnet"],
        ),
        ('import "lonely.libsonnet"', ["components/lonely.libsonnet", "lonely.libsonnet"]),
        ('importstr"data/words.txt"', ["data/words.txt"]),
        ('import /* it */ // is\n # there\n "data/words.txt"', ["data/words.txt"]),
        ("import '../../app/lib/b.libsonnet'", ["lib/b.libsonnet", "other/b.libsonnet"]),
        ("import '../.own/f.libsonnet'", [".own/f.libsonnet", ".own/g.libsonnet"]),
        ('import "nowhere.libsonnet"', []),
        ('important("lib/a.libsonnet")', []),
    ],
)
def test_imports_are_followed(tree: SourceTree, source: str, reached: list[str]) -> None:
    assert list(tree.digests({"components/web.jsonnet": source})) == reached


@pytest.mark.parametrize(
    "source",
    [
        r'import "lib\u002fa.libsonnet"',
        "import |||\n  x\n|||",
        "import @'it''s.libsonnet'",
        "import 'a\nb.libsonnet'",
        "import " + "/**/" * 9 + "'lonely.libsonnet'",
        f"import // {'long ' * 50}\n 'lonely.libsonnet'",
    ],
)
def test_an_import_that_cannot_be_read_here_makes_everything_count(
    tree: SourceTree, source: str
) -> None:
    assert list(tree.digests({"web.jsonnet": source})) == sorted(
        name for name in FILES if not name.startswith(".git")
    )


@pytest.mark.parametrize("part", ["import /*", "import \n//", "import //", "import '", "import \n"])
def test_no_text_takes_long(tree: SourceTree, part: str) -> None:
    assert set(tree.digests({"web.jsonnet": part * 200_000})) <= set(FILES)


def test_a_digest_follows_the_content(tree: SourceTree, tmp_path: Path) -> None:
    before = tree.digests({}, ["lonely.libsonnet", "missing.libsonnet"])
    (tmp_path / "lonely.libsonnet").write_text("5")
    after = SourceTree(tmp_path).digests({}, ["lonely.libsonnet", "missing.libsonnet"])
    assert list(before) == list(after) == ["lonely.libsonnet"]
    assert before != after


def test_links_to_directories_are_followed_but_not_in_circles(
    tree: SourceTree, tmp_path: Path
) -> None:
    (tmp_path / "linked").symlink_to("lib")
    (tmp_path / "lib/up").symlink_to("..")
    found = SourceTree(tmp_path).digests({"web.jsonnet": 'import "linked/b.libsonnet"'})
    assert list(found) == ["linked/b.libsonnet"]
