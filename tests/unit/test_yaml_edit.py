import difflib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.model.json import JsonValue
from compiler.model.manifest import value_at
from compiler.stages.flow import flow_text
from compiler.text.yaml_edit import delete_value, rename_key, set_value
from compiler.text.yaml_source import read_yaml

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
            ['      image: "b:2"   # keep me'],
        ),
        (
            "components.train.params.args",
            ["x y"],
            ['        - "--größe"', "        - b"],
            ['        - "x y"'],
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


LISTS = """\
hosts:     # list
- a        # first
- b        # second
# end of list
env:
    LEVEL: 'warn'    # four spaces
    OLD: "x"
    # of the mode
    MODE: "fast"
    # tail comment
mounts:
  - name: a
    path: /a
  # the second
  - name: b
    path: /b
script: |
  one
  # no comment
next: 1
"""


@pytest.mark.parametrize(
    ("path", "value", "removed", "added"),
    [
        ("hosts", ["a", "x", "b"], [], ["- x"]),
        ("hosts", ["x", "a", "b", "y"], None, None),  # all between the ends is replaced
        ("hosts", ["a", "b", "no"], [], ['- "no"']),
        ("hosts", ["x", "a", "b"], [], ["- x"]),
        ("hosts", ["a"], None, None),
        ("hosts", [], None, None),
        (
            "env",
            {"LEVEL": "info", "MODE": "fast", "NEW": "x y"},
            ["    LEVEL: 'warn'    # four spaces", '    OLD: "x"'],
            ["    LEVEL: 'info'    # four spaces", '    NEW: "x y"'],
        ),
        ("env", {"LEVEL": "warn", "OLD": "x"}, None, None),  # the comment above would mislead
        ("env", {}, None, None),
        (
            "mounts",
            [{"name": "c", "path": "/c"}, {"name": "b", "path": "/b"}],
            ["  - name: a", "    path: /a"],
            ["  - name: c", "    path: /c"],
        ),
        ("mounts", [{"name": "a", "path": "/a"}], None, None),
        ("script", "two\nlines\n", ["  one", "  # no comment"], ["  two", "  lines"]),
        ("script", "one", ["script: |", "  # no comment"], ["script: |-"]),
        ("next", [1, {"a": "b"}], ["next: 1"], ["next: [1, {a: b}]"]),
    ],
)
def test_blocks_stay_blocks_and_comments_stay_where_they_belong(
    path: str, value: object, removed: list[str] | None, added: list[str] | None
) -> None:
    for newline in ("\n", "\r\n"):
        text = LISTS.replace("\n", newline)
        if removed is None or added is None:
            with pytest.raises(AppError) as caught:
                set_value(text, [path], value, "f.yaml")  # type: ignore[arg-type]
            (finding,) = caught.value.findings
            assert (finding.rule, finding.hint) == ("edit-refused", "edit the file by hand")
            assert finding.message == f'"{path}" cannot be edited without losing this comment'
            assert finding.span is not None
            assert "#" in finding.span.excerpt
            continue
        edited = set_value(text, [path], value, "f.yaml")  # type: ignore[arg-type]
        assert edited.count(newline) == edited.count("\n")
        assert changed_lines(LISTS, edited.replace("\r", "")) == (removed, added)


def test_a_list_that_is_replaced_as_a_whole_keeps_what_stands_behind_its_key() -> None:
    text = "hosts:     # list\n- a\n- b\n# end of list\nnext: 1\n"
    assert set_value(text, ["hosts"], [], "f") == "hosts: []     # list\n# end of list\nnext: 1\n"
    assert set_value(text, ["hosts"], ["c"], "f") == (
        "hosts:     # list\n- c\n# end of list\nnext: 1\n"
    )


def test_what_was_empty_keeps_the_comment_behind_its_key_and_the_indent_of_the_file() -> None:
    text = "a:\n    b: {}   # nothing yet\n    c:\n"
    assert set_value(text, ["a", "b", "x", "z"], 1, "f") == (
        "a:\n    b:   # nothing yet\n        x:\n            z: 1\n    c:\n"
    )
    assert set_value(text, ["a", "c"], 1, "f") == text.replace("c:", "c: 1")
    assert set_value("a: 'b'  # c", ["a"], "d", "f") == "a: 'd'  # c"


def test_lines_of_text_stay_lines_where_they_began() -> None:
    text = "a:\n  k: |\n\n      x\n\n  b: 1\n"
    assert set_value(text, ["a", "k"], "y\n\n  z\n", "f") == (
        "a:\n  k: |\n      y\n\n        z\n\n  b: 1\n"
    )
    assert set_value(text, ["a", "k"], " y", "f") == 'a:\n  k: " y"\n\n  b: 1\n'


class Writer:
    """Writes documents as people do: styles and comments are drawn."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.count = 0

    def comment(self) -> str:
        self.count += 1
        return f"# c{self.count}"

    def maybe(self) -> str:
        return f"  {self.comment()}" if self.draw(st.booleans()) else ""

    def above(self, indent: int) -> list[str]:
        shape = self.draw(st.sampled_from(["", "", "c", "c ", " c"]))
        lines = {"c": [" " * indent + self.comment()], " ": [""]}
        return [line for char in shape for line in lines[char]]

    def scalar(self) -> str:
        texts = ["a", "1", "true", "null", "'a # b'", '"x"', "'it''s'", '""']
        return self.draw(st.sampled_from(texts))

    def entry(self, head: str, indent: int, depth: int) -> list[str]:
        """Return the lines of a value behind ``head``, a key."""
        kind = self.draw(st.sampled_from(["scalar", "flow", "text", "object", "list"]))
        if depth == 0 and kind in {"object", "list"}:
            kind = "scalar"
        if kind == "scalar":
            return [f"{head} {self.scalar()}{self.maybe()}"]
        if kind == "flow":
            return [f"{head} {self.draw(st.sampled_from(['[]', '{}', '[a, 1]']))}{self.maybe()}"]
        if kind == "text":
            lines = ["# text", "  more"][: self.draw(st.integers(1, 2))]
            style = self.draw(st.sampled_from(["|", "|-", ">"]))
            return [f"{head} {style}{self.maybe()}", *(f"{' ' * indent}    {x}" for x in lines)]
        if kind == "object":
            step = self.draw(st.sampled_from([2, 4]))
            return [head + self.maybe(), *self.object(indent + step, depth - 1)]
        return [head + self.maybe(), *self.list(indent + self.draw(st.sampled_from([0, 2])))]

    def object(self, indent: int, depth: int) -> list[str]:
        lines = []
        for key in self.draw(st.sampled_from(["a", "ab", "abc", "bcd"])):
            lines += self.above(indent)
            lines += self.entry(f"{' ' * indent}{key}:", indent, depth)
        return lines + self.above(indent)

    def list(self, indent: int) -> list[str]:
        lines = []
        for _ in range(self.draw(st.integers(1, 4))):
            lines += self.above(indent)
            shape = self.draw(st.sampled_from(["scalar", "object", "flow"]))
            lines.append(f"{' ' * indent}- {self.draw(st.sampled_from(['a', 'b', '1']))}")
            if shape == "object":
                lines[-1] = f"{' ' * indent}- x: {self.scalar()}{self.maybe()}"
                lines.append(f"{' ' * indent}  y: {self.scalar()}{self.maybe()}")
            elif shape == "flow":
                lines[-1] = f"{' ' * indent}- [{self.scalar()}]{self.maybe()}"
            else:
                lines[-1] += self.maybe()
        return lines + self.above(indent)


@st.composite
def documents(draw: st.DrawFn) -> str:
    return "\n".join([*Writer(draw).object(0, 2), ""])


@st.composite
def near(draw: st.DrawFn, value: JsonValue) -> JsonValue:
    """Draw a value that is much like another one."""
    if draw(st.integers(0, 4)) == 0:
        return draw(values)
    if isinstance(value, list):
        kept = [draw(near(item)) for item in value if draw(st.integers(0, 3))]
        more: list[JsonValue] = draw(st.sampled_from([[], [], ["new"], [{"x": 1}]]))
        return [*kept, *more] if draw(st.booleans()) else [*more, *kept]
    if isinstance(value, dict):
        left = [key for key in value if draw(st.integers(0, 3))]
        fresh: dict[str, JsonValue] = draw(st.sampled_from([{}, {"new": [1]}, {"no": "x y"}]))
        return {**{key: draw(near(value[key])) for key in left}, **fresh}
    return value


def owner_of(line: str) -> str:
    """Return the item of a list that a line of a `Writer` holds, or its key."""
    text = line.partition("# c")[0].strip()
    return text if text.startswith("- ") and ":" not in text else text.partition(":")[0]


def comments_with_owners(text: str) -> list[tuple[str, str]]:
    """Return each comment with what it stands behind, or right above."""
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if match := re.search(r"# c\d+$", line):
            rest = (below for below in lines[number:] if not below.strip().startswith("# c"))
            found.append((match.group(), owner_of(next(rest, ""))))
    return found


@settings(max_examples=200, deadline=None)
@given(documents(), st.data())
def test_an_edit_loses_and_moves_no_comment_or_is_refused(text: str, data: st.DataObject) -> None:
    before = read_yaml(text, "f.yaml").value
    path: list[str] = []
    inner: JsonValue = before
    while isinstance(inner, dict) and inner and (not path or data.draw(st.booleans())):
        path.append(data.draw(st.sampled_from([*inner, "new"])))
        inner = inner.get(path[-1])
    value = data.draw(near(inner))
    try:
        edited = set_value(text, path, value, "f.yaml")
    except AppError as error:
        (finding,) = error.findings
        assert (finding.rule, "losing this comment" in finding.message) == ("edit-refused", True)
        return
    assert value_at(read_yaml(edited, "f.yaml").value, *path) == value
    assert comments_with_owners(edited) == comments_with_owners(text)


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


@pytest.mark.parametrize(
    "text",
    [
        "extends: base\n",
        "components: {}\n",
        "components: {train: {}}\n",
        "components: {train: {params: {other: 1}}}\n",  # the only one of its kind stays, too
        "components: null\n",
        "components: [train]\n",
    ],
)
def test_what_is_not_set_is_not_removed(text: str) -> None:
    with pytest.raises(AppError, match="is not set"):
        delete_value(text, ("components", "train", "params", "num_workers"), "a.yaml")


def test_a_byte_order_mark_stays_and_is_not_counted() -> None:
    text = "\ufeff# of Windows\r\na: 1  # one\r\nb: 2\r\n"
    assert set_value(text, ["a"], 3, "f.yaml") == text.replace("1", "3")
    assert delete_value(text, ["b"], "f.yaml") == text.replace("b: 2\r\n", "")
    assert rename_key(text, ["b"], "c", "f.yaml") == text.replace("b:", "c:")
