"""Text to words: what a reader sees counts, in any script; what a reader cannot see does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicit.scorers.words import places, words

LETTERS = st.text("abc XYZ é Ü ß Σς Жж 東京 ひ カ ไทย हिन्दी 한국 😀 ,.!'-_ 019", max_size=24)
INVISIBLE = {
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "soft hyphen": "\u00ad",
    "byte order mark": "\ufeff",
    "right-to-left mark": "\u200f",
    "bidirectional override": "\u202e",
    "word joiner": "\u2060",
    "tag letter": "\U000e0041",
    "variation selector": "\ufe0f",
    "supplementary variation selector": "\U000e0100",
    "combining grapheme joiner": "\u034f",
    "hangul filler": "\u3164",
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n\t ", []),
        ("Don't stop_now: it's 3.14!", ["don", "t", "stop_now", "it", "s", "3", "14"]),
        ("CRÈME brûlée", ["crème", "brûlée"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ΟΔΟΣ οδος οδοσ", ["οδοσ", "οδοσ", "οδοσ"]),
        ("Ｆｕｌｌ　ｗｉｄｔｈ　１２", ["full", "width", "12"]),
        ("ﾄｳｷｮｳ", ["トウ", "ウキ", "キョ", "ョウ"]),
        ("ﬁnal ² ①", ["final", "2", "1"]),
        ("Москва́ — это", ["москва́", "это"]),
    ],
    ids=str,
)
def test_case_width_and_compatibility_forms_are_folded(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我们喜欢猫", ["我们", "们喜", "喜欢", "欢猫"]),
        ("猫", ["猫"]),
        ("猫狗", ["猫狗"]),
        ("猫，狗。", ["猫", "狗"]),
        ("コーヒー", ["コー", "ーヒ", "ヒー"]),
        ("สวัสดี", ["สว", "วั", "ัส", "สด", "ดี"]),
        ("ພາສາ", ["ພາ", "າສ", "ສາ"]),
        ("ភាសា", ["ភា", "ាស", "សា"]),
        ("မြန်", ["မြ", "ြန", "န်"]),
    ],
    ids=str,
)
def test_scripts_written_without_spaces_yield_overlapping_pairs_of_characters(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("हिन्दी में लिखो", ["हिन्दी", "में", "लिखो"]),
        ("한국어를 씁니다", ["한국어를", "씁니다"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
    ],
    ids=str,
)
def test_combining_marks_stay_inside_their_word(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("iPhoneは高い", ["iphone", "は高", "高い"]),
        ("GPT4很好ok", ["gpt4", "很好", "ok"]),
        ("2024年12月", ["2024", "年", "12", "月"]),
        ("cat猫дом", ["cat", "猫", "дом"]),
    ],
    ids=str,
)
def test_mixed_scripts_part_where_spaces_would_be_missing(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    "text", ["😀 🎉", "👩‍🚀👨‍👩‍👧", "❤️", "👍🏽", "…—“”¿؟。、", "+-*/=<>", "\x00\x1b[\x07"], ids=repr
)
def test_emoji_and_punctuation_are_no_words(text):
    assert words(text) == []


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_ascii_text_yields_the_same_words_as_it_would_beside_other_text(text):
    assert words(text) == words(f"{text} —")


@given(LETTERS, LETTERS)
def test_the_words_of_two_texts_a_space_apart_are_the_words_of_each(one, other):
    assert words(f"{one} {other}") == words(one) + words(other)


@given(LETTERS)
def test_case_does_not_matter(text):
    assert words(text.upper()) == words(text.lower()) == words(text)


@pytest.mark.parametrize("character", INVISIBLE.values(), ids=INVISIBLE)
@settings(max_examples=30)
@given(text=LETTERS, places=st.lists(st.integers(0, 24), max_size=4))
def test_nothing_depends_on_invisible_characters(character, text, places):
    hidden = list(text)
    for place in places:
        hidden.insert(place, character)
    assert words("".join(hidden)) == words(text)


def test_an_accent_is_the_same_however_it_is_written():
    assert words("e\u0301t\u00e9") == words("\u00e9te\u0301") == words("e\u200b\u0301te\u0301") == ["été"]


def test_a_very_long_word_is_one_word():
    assert words("a" * 100_000) == ["a" * 100_000]


@given(LETTERS | st.text(max_size=24))
@settings(max_examples=200)
def test_the_place_of_a_word_is_the_text_that_it_was_folded_from(text):
    found = list(places(text))
    assert [word for word, _, _ in found] == words(text)
    for _, start, end in found:
        assert words(text[start:end])


def test_a_word_with_invisible_characters_inside_is_found_as_a_whole():
    assert list(places("e\u200bffo\u0301rt")) == [("effórt", 0, 8)]
