"""Names and answers from outside: nothing in them is obeyed by a terminal, a spreadsheet or a Markdown page."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.untrusted import markdown_safe, printable, spreadsheet_safe

any_text = st.text(st.characters(), max_size=20) | st.text(
    "\x00\x07\x1b\x7f\x9b\r\n\t\u2028\u202e\u200b\ud800 a=|", max_size=9
)


@given(any_text)
def test_printable_text_is_one_line_of_visible_characters(text):
    for character in printable(text):
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(any_text)
def test_printable_keeps_every_other_character_in_its_place(text):
    for before, after in zip(text, printable(text), strict=True):
        assert after in (before, " ")
        assert (after == before) or not before.isprintable()


@pytest.mark.parametrize("text", ["gpt-4o", "Añejo ü 東京 ไทย 😀", "e\u0301", "no\u00a0break", ""])
def test_ordinary_text_is_left_alone(text):
    assert printable(text) == spreadsheet_safe(text) == text


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_cell_that_starts_as_a_formula_is_quoted(start):
    assert spreadsheet_safe(f"{start}1+1") == f"'{start}1+1"
    assert spreadsheet_safe(f" {start}1+1") == f"' {start}1+1"
    assert spreadsheet_safe(f"a{start}1") == f"a{start}1"


@pytest.mark.parametrize("start", ["\t", "\r"])
def test_a_cell_that_starts_with_a_tab_or_a_return_is_quoted(start):
    assert spreadsheet_safe(f"{start}x") == f"'{start}x"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a|b", "a\\|b"),
        ("a\\|b", "a\\\\\\|b"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
        ("[a](http://b)", "\\[a\\](http://b)"),
        ("two\nlines\x1b[0m", "two lines \\[0m"),
    ],
)
def test_a_markdown_cell_ends_nowhere_but_at_its_end_and_starts_no_markup(text, cell):
    assert markdown_safe(text) == cell


@given(any_text)
def test_no_markdown_cell_holds_a_bare_bar_or_a_line_end(text):
    assert "|" not in markdown_safe(text).replace("\\\\", "").replace("\\|", "")
    assert len(markdown_safe(text).splitlines()) <= 1
