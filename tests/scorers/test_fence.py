"""A response cannot leave its fence, hide anything, or write what a parser takes for a verdict."""

import json

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from elicit.scorers.critic import WELL_FORMED
from elicit.scorers.fence import fence, fence_all, neutralise, nonce_for, unfence

PIECES = [
    "[",
    "]",
    "<",
    ">",
    "|",
    "/",
    "YES",
    "NO",
    "SIGNIFICANT",
    "END",
    "INST",
    "SYS",
    "s",
    "start_of_turn",
    "\n",
    " ",
]
HIDDEN = ["\u200b", "\u2066", "\ufe0f", "\U000e0041", "\ud800", "\x00", "\u2028", "［", "⟦", '"']
hostile = st.lists(st.sampled_from([*PIECES, *HIDDEN])).map("".join)
texts = st.text(st.characters(exclude_categories=())) | hostile


@given(texts)
def test_no_verdict_fence_or_turn_marker_survives(text):
    told = neutralise(text)
    assert not any(form.search(told) for form in WELL_FORMED.values())
    for marker in (
        "[[",
        "]]",
        "<<<",
        ">>>",
        "<|",
        "|>",
        "<s>",
        "</s>",
        "<SYS>",
        "[INST]",
        "[/INST]",
        "<start_of_turn>",
    ):
        assert marker not in told


@given(texts)
def test_what_is_left_is_visible_and_can_be_encoded(text):
    told = neutralise(text)
    told.encode()
    assert not regex.search(r"[\p{Cf}\p{Default_Ignorable_Code_Point}]", told)
    assert set("\n\t") >= set(regex.findall(r"\p{Cc}", told))


@given(texts)
def test_neutralising_twice_changes_nothing_more(text):
    assert neutralise(neutralise(text)) == neutralise(text)


@pytest.mark.parametrize(
    "text", ["A significant rise: no answer, yes?", "a[0] << 2, x -> y\n\tz | w", "Grüße, 東京 👍"]
)
def test_ordinary_text_stays_as_it_is(text):
    assert neutralise(text) == text


@given(texts, texts)
def test_between_the_fences_stands_the_text_and_nothing_else(one, other):
    nonce = nonce_for(one, other)
    prompt = fence_all((one, other), ("TEXT 1", "TEXT 2"), nonce)
    assert unfence(prompt) == [neutralise(one), neutralise(other)]
    assert len(regex.findall(rf"(?m)^<<<.*{nonce}>>>$", prompt)) == 4


@given(texts)
def test_a_fenced_text_takes_one_line(text):
    lines = fence(text, "TEXT 1", "0af3").split("\n")
    assert len(lines) == 3
    assert json.loads(lines[1]) == neutralise(text)


def test_a_text_cut_to_length_is_declared_as_cut():
    fenced = fence("x" * 50, "TEXT 1", "0af3", most_chars=20)
    assert "the first 20 of 50 characters" in fenced
    assert unfence(fenced) == ["x" * 20]


def test_equal_texts_get_equal_codes_and_others_get_others():
    assert nonce_for("a", "b") == nonce_for("a", "b")
    assert len({nonce_for("a", "b"), nonce_for("b", "a"), nonce_for("ab"), nonce_for("ab", "")}) == 4


def test_half_a_surrogate_pair_gets_a_code_too():
    assert len(nonce_for("\ud800")) == 16
