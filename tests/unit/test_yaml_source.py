import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.text.yaml_source import MAX_BYTES, read_all_yaml, read_yaml

texts = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda children: st.lists(children) | st.dictionaries(texts, children),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1e3", "1e3"),
        ("0755", "0755"),
        ("0o17", "0o17"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("2026-11-23", "2026-11-23"),
        ("12:30:45", "12:30:45"),
        ("true", True),
        ("~", None),
        ("12", 12),
        ("-3", -3),
        ("1.10", 1.10),
        ("2.5e-3", 0.0025),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("!!str 1.10", "1.10"),
        ("9007199254740993", "9007199254740993"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_plain_scalars_are_read_without_silent_conversion(text: str, value: object) -> None:
    found = read_yaml(f"key: {text}\n", "f.yaml").value
    assert repr(found) == repr({"key": value})


@given(json_values)
def test_json_is_read_as_json(value: object) -> None:
    assert read_yaml(json.dumps({"key": value}, ensure_ascii=False), "f.json").value == {
        "key": value
    }


def test_every_value_knows_its_position() -> None:
    document = read_yaml("a:\n  b: [1, two]\n", "f.yaml")
    span = document.spans["a", "b", 1]
    assert (str(span), span.end_column, span.excerpt) == ("f.yaml:2:10", 13, "  b: [1, two]")
    assert str(document.key_spans["a", "b"]) == "f.yaml:2:3"


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("a: 1\na: 2\n", "yaml-duplicate-key", "f.yaml:2:1"),
        ("a:\n\tb: 1\n", "yaml-syntax", "f.yaml:2:1"),
        ("a: [1\n", "yaml-syntax", "f.yaml:1:4"),
        ("a: &x [*x]\n", "yaml-alias", "f.yaml:1:4"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "yaml-merge-key", "f.yaml:3:3"),
        ("a: !secret x\n", "yaml-tag", "f.yaml:1:4"),
        ('a: !!int "5"\n', "yaml-tag", "f.yaml:1:4"),
        ("? [a]\n: 1\n", "yaml-key", "f.yaml:1:3"),
        ("a: 1\n---\nb: 2\n", "yaml-syntax", "f.yaml:3:1"),
    ],
    ids=lambda value: value if str(value).startswith("yaml-") else "",
)
def test_what_kuplet_refuses_is_named_with_its_place(text: str, rule: str, place: str) -> None:
    with pytest.raises(AppError) as caught:
        read_yaml(text, "f.yaml")
    finding = caught.value.findings[0]
    assert (finding.rule, str(finding.span)) == (rule, place)


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)]
    with pytest.raises(AppError) as caught:
        read_yaml("\n".join(lines), "f.yaml")
    assert caught.value.findings[0].rule == "yaml-size"


def test_a_huge_file_is_refused() -> None:
    with pytest.raises(AppError) as caught:
        read_yaml("a" * (MAX_BYTES + 1), "f.yaml")
    assert caught.value.findings[0].rule == "yaml-size"


def test_merge_conflict_markers_are_recognised() -> None:
    text = "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n"
    with pytest.raises(AppError) as caught:
        read_yaml(text, "f.yaml")
    finding = caught.value.findings[0]
    assert (finding.rule, str(finding.span)) == ("yaml-conflict", "f.yaml:2:1")


def test_a_tab_is_called_a_tab() -> None:
    with pytest.raises(AppError) as caught:
        read_yaml("a:\n\tb: 1\n", "f.yaml")
    assert "tab" in caught.value.findings[0].message


def test_empty_documents_of_a_stream_are_left_out() -> None:
    documents = list(read_all_yaml("---\n---\na: 1\n---\n# only a comment\n", "f.yaml"))
    assert [document.value for document in documents] == [{"a": 1}]


def test_aliases_are_expanded() -> None:
    assert read_yaml("a: &x [1]\nb: *x\n", "f.yaml").value == {"a": [1], "b": [1]}
