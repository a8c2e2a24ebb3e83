import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.text.yaml_source import MAX_BYTES, read_all_yaml, read_manifests, read_yaml

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
        ("1.5e3", 1500.0),
        ("1.0e+400", "1.0e+400"),
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
        ("a: !mine {b: 1}\n", "yaml-tag", "f.yaml:1:4"),
        ("a: !mine [1]\n", "yaml-tag", "f.yaml:1:4"),
        ("a: !!set {b}\n", "yaml-tag", "f.yaml:1:4"),
        ("!mine a: 1\n", "yaml-tag", "f.yaml:1:1"),
        ("a: !!int x\n", "yaml-tag", "f.yaml:1:4"),
        ("a: !!binary aGk=\n", "yaml-tag", "f.yaml:1:4"),
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", False),
        ("on", True),
        ("y", True),
        ("nO", "nO"),
        ("0400", 256),
        ("0o400", 256),
        ("-0b11", -3),
        ("0x1F", 31),
        ("1_000", 1000),
        ("0889", 889.0),
        ("1e3", 1000.0),
        ("1.5e3", 1500.0),
        ("5.", 5.0),
        ("1e400", "1e400"),
        ("+", "+"),
        ("12:30", "12:30"),
        ("2026-11-23", "2026-11-23"),
        ("'no'", "no"),
        ("!!str no", "no"),
        ("!!str 0400", "0400"),
        ("!!float 1", 1),
        ("9007199254740993", 9007199254740993),  # more than Jsonnet could hold
        ("18446744073709551616", 18446744073709551616.0),
    ],
)
def test_manifests_are_read_as_kubectl_reads_them(text: str, value: object) -> None:
    (found,) = read_manifests(f"key: {text}\n", "f.yaml")
    assert repr(found.value) == repr({"key": value})


def test_keys_of_manifests_become_what_kubectl_makes_of_them() -> None:
    (found,) = read_manifests("on: 1\n0x10: 2\n1.50: 3\n'no': 4\n", "f.yaml")
    assert found.value == {"true": 1, "16": 2, "1.5": 3, "no": 4}


def test_manifests_may_merge_mappings() -> None:
    text = "a: &a {x: 1, w: 2}\nb: &b {x: 3, z: 4}\nc:\n  <<: [*a, *b]\n  w: 5\nd:\n  <<: *b\n"
    (found,) = read_manifests(text, "f.yaml")
    assert found.value == {
        "a": {"x": 1, "w": 2},
        "b": {"x": 3, "z": 4},
        "c": {"x": 1, "w": 5, "z": 4},
        "d": {"x": 3, "z": 4},
    }
    assert str(found.spans["c", "w"]) == "f.yaml:5:6"
    assert str(found.spans["c",]) == "f.yaml:4:3"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("on: 1\nyes: 2\n", "yaml-duplicate-key"),
        ("a: .inf\n", "yaml-number"),
        ("~: 1\n", "yaml-key"),
        ("a: &a {<<: *a}\n", "yaml-alias"),
        ("a:\n  <<: text\n", "yaml-merge-key"),
        ("a: !mine x\n", "yaml-tag"),
    ],
)
def test_what_manifests_cannot_say_is_named(text: str, rule: str) -> None:
    with pytest.raises(AppError) as caught:
        read_manifests(text, "f.yaml")
    assert caught.value.findings[0].rule == rule


def test_a_bomb_of_merge_keys_is_refused() -> None:
    lines = ["a0: &a0 {k: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}" for i in range(1, 8)]
    with pytest.raises(AppError) as caught:
        read_manifests("\n".join(lines), "f.yaml")
    assert caught.value.findings[0].rule == "yaml-size"
