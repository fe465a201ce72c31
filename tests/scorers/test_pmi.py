"""Ratings count when there is exactly one for every line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.calls import Completion
from elicit.scorers.asking import ScoringModel
from elicit.scorers.fence import unfence
from elicit.scorers.pmi import MOST_LINES, lines_of, parse_pmi, pmi_request

MODEL = ScoringModel("m")
THREE_LINES = "- It rains.\n- Take a coat.\n- [3, 3, 3]"


def told(text, failure=None):
    return parse_pmi(Completion("", text, failure), THREE_LINES)


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("[[3, 0, -1]]", 2),
        ("[[+1,+1,+1]]", 3),
        ("Like [[0, 2, -1, 1]]? No: [[0, 0, -3]].", -3),
        ("[[1,1,1]] [a] [[b]] [3, 3, 3]", 3),
    ],
)
def test_the_last_list_of_ratings_is_summed(text, bits):
    assert told(text) == bits


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "[1, 2, 3]",
        *("[[1, 2]]", "[[1, 2, 3, 0]]", "[[1, 2, 4]]", "[[1, 2, x]]", "1, 2, 3", "[[]]", "[[1, 2.5, 0]]", "[[1 2 3]]"),
    ],
)
def test_a_reply_that_does_not_rate_every_line_within_three_bits_is_no_score(text):
    assert told(text) is None


@given(st.text())
def test_no_reply_brings_the_parser_down(text):
    assert told(text) is None or -9 <= told(text) <= 9
    assert told(f"[[{'9' * 5000}, 1, 1]]") is None


def test_a_failed_call_is_no_score_and_one_cut_short_only_if_it_begins_with_the_ratings():
    assert told("[[1, 1, 1]]", "refused") is None
    assert told("[[1, 1, 1]] The", "truncated") == 3
    assert told("Should it be [[1, 1, 1]] or", "truncated") is None


@given(st.text())
def test_every_line_is_fenced_by_itself_after_the_response_that_was_shown(target):
    shown, *lines = unfence(pmi_request(MODEL, "It pours.", target).messages[-1].content)
    assert shown == "It pours."
    assert lines == lines_of(target)
    assert len(lines) <= MOST_LINES


def test_a_single_line_is_rated_sentence_by_sentence():
    assert lines_of("It rains. Take a coat!  Why? 3.5 mm fell") == ["It rains.", "Take a coat!", "Why?", "3.5 mm fell"]
