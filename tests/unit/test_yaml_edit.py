import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.app.yaml_edit import delete_value, flow_text, set_value
from compiler.app.yaml_source import read_yaml
from compiler.errors import AppError
from compiler.model.manifest import value_at

FILE = """\
# what everybody shares
components:
  # about train
  train:
    prototype: kuplet/tf-job   # the job
    params:
      image: "a:1"   # keep me
      num_workers: 2
      args:
        - "--größe"
        - b
      # the end of train

  serve: {prototype: kuplet/tf-serving, params: {a: 1, b: 2}}
  nothing: {}
  empty:
kubernetes: "1.34"
"""

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line[0] == "-"], [
        line[2:] for line in lines if line[0] == "+"
    ]


@pytest.mark.parametrize(
    ("path", "value", "removed", "added"),
    [
        (
            "components.train.params.image",
            "b:2",
            ['      image: "a:1"   # keep me'],
            ["      image: b:2   # keep me"],
        ),
        (
            "components.train.params.args",
            ["x y"],
            ["      args:", '        - "--größe"', "        - b"],
            ['      args: ["x y"]'],
        ),
        ("components.train.params.new", "no", [], ['      new: "no"']),
        (
            "components.serve.params.c",
            True,
            ["  serve: {prototype: kuplet/tf-serving, params: {a: 1, b: 2}}"],
            ["  serve: {prototype: kuplet/tf-serving, params: {a: 1, b: 2, c: true}}"],
        ),
        (
            "components.nothing.params.a",
            1,
            ["  nothing: {}"],
            ["  nothing:", "    params:", "      a: 1"],
        ),
        ("components.empty.params.a", 1, [], ["    params:", "      a: 1"]),
        ("components.more.params.a", 1, [], ["  more:", "    params:", "      a: 1"]),
        ("destination.namespace", "ns", [], ["destination:", "  namespace: ns"]),
    ],
)
def test_only_the_touched_lines_change(
    path: str, value: object, removed: list[str], added: list[str]
) -> None:
    edited = set_value(FILE, path.split("."), value, "f.yaml")  # type: ignore[arg-type]
    assert changed_lines(FILE, edited) == (removed, added)


@given(values, st.sampled_from(["image", "num_workers", "args", "new"]))
def test_whatever_is_set_is_read_back(value: object, name: str) -> None:
    path = ["components", "train", "params", name]
    edited = set_value(FILE, path, value, "f.yaml")  # type: ignore[arg-type]
    document = read_yaml(edited, "f.yaml")
    assert value_at(document.value, *path) == value


def test_deleting_an_entry_removes_its_line_only() -> None:
    edited = delete_value(FILE, ["components", "train", "params", "num_workers"], "f.yaml")
    assert changed_lines(FILE, edited) == (["      num_workers: 2"], [])


def test_deleting_the_last_entry_removes_the_empty_mappings_around_it() -> None:
    text = "a: 1\ncomponents:\n  web:\n    params:\n      x: 1\n"
    assert delete_value(text, ["components", "web", "params", "x"], "f.yaml") == "a: 1\n"


@pytest.mark.parametrize(("name", "left"), [("a", "{b: 2}"), ("b", "{a: 1}")])
def test_deleting_in_a_flow_mapping_keeps_its_style(name: str, left: str) -> None:
    edited = delete_value(FILE, ["components", "serve", "params", name], "f.yaml")
    assert f"  serve: {{prototype: kuplet/tf-serving, params: {left}}}" in edited


def test_deleting_what_is_not_set_is_an_error() -> None:
    with pytest.raises(AppError) as caught:
        delete_value(FILE, ["components", "train", "params", "lr"], "f.yaml")
    assert caught.value.findings[0].rule == "edit-not-set"


def test_an_edit_that_would_go_wrong_is_refused_and_not_written() -> None:
    text = "base: &b {x: 1}\ncopy: *b\n"
    with pytest.raises(AppError) as caught:
        set_value(text, ["copy", "x"], 2, "f.yaml")
    assert caught.value.findings[0].rule == "edit-refused"


def test_line_ends_of_windows_stay() -> None:
    assert set_value("a: 1\r\nb: 2\r\n", ["a"], 3, "f.yaml") == "a: 3\r\nb: 2\r\n"


@given(values)
def test_flow_text_is_read_back_as_the_value(value: object) -> None:
    assert read_yaml(f"key: {flow_text(value)}", "f").value == {"key": value}  # type: ignore[arg-type]


def test_text_is_quoted_only_where_it_must_be() -> None:
    texts = ["a/b:1.2", "no", "1.10", "s3://x", "a b", ""]
    assert [flow_text(text) for text in texts] == [
        "a/b:1.2", '"no"', '"1.10"', "s3://x", '"a b"', '""',
    ]  # fmt: skip
