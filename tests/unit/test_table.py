"""Tables that fit their terminal, and break no word."""

from hypothesis import given
from hypothesis import strategies as st

from compiler.cli.report.table import paragraphs, table

ROW = ("long_name", "", "a/very/long/path of a file")
WORDS = st.lists(st.text("abcdef-/", min_size=1, max_size=12), max_size=8).map(" ".join)
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=4)
COLUMNS = ("name", "type", "description")


def test_without_a_terminal_nothing_wraps() -> None:
    text = ("x " * 100).rstrip()
    assert table(("name", "what"), [("a", text)]).splitlines()[1] == f"a     {text}"


def test_cells_wrap_at_words_below_their_head() -> None:
    found = table(("name", "what"), [("a", "one two-three four")], width=16)
    assert found == "NAME  WHAT\na     one\n      two-three\n      four"


def test_paragraphs_fit_and_stay_apart() -> None:
    assert paragraphs("one two\nthree\n\nfour", 9) == "one two\nthree\n\nfour"
    assert paragraphs("one two three", 8) == "one two\nthree"
    assert paragraphs("one two three", None) == "one two three"


def test_where_words_do_not_fit_a_row_is_a_list() -> None:
    found = table(("name", "type", "what"), [ROW], width=24)
    assert found == "long_name\n  what: a/very/long/path\n    of a file"


@given(ROWS, st.integers(20, 120))
def test_no_line_is_longer_than_the_terminal_and_no_word_is_lost(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    text = table(COLUMNS, rows, width)
    heads = {f"{column}:" for column in COLUMNS} | {column.upper() for column in COLUMNS}
    words = sorted(word for word in text.split() if word not in heads)
    assert words == sorted(word for row in rows for cell in row for word in cell.split())
    assert all(len(line) <= width or line[:1] != " " for line in text.splitlines())
