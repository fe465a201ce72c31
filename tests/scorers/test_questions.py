"""Questions become a table of labels: missing is not no, and what everybody answers alike is left out."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from elicit.calls import Completion
from elicit.mechanisms import MECHANISMS
from elicit.scorers.asking import ScoringModel
from elicit.scorers.fence import MOST_CHARS, unfence
from elicit.scorers.questions import (
    MOST,
    answer_request,
    parse_answers,
    parse_questions,
    questionnaire,
    write_request,
)

MODEL = ScoringModel("m")


def reply(value, failure=None):
    return Completion("", value if isinstance(value, str) or value is None else json.dumps(value), failure)


def test_questions_are_read_from_the_last_object_of_a_reply():
    text = 'Format: {"questions": ["..."]}\nMine: {"questions": ["Does it use {} in C?", " Is it\\nlong? "]} Done.'
    assert parse_questions(reply(text)) == ("Does it use {} in C?", "Is it long?")


def test_there_are_no_more_questions_than_asked_for_and_none_twice():
    asked = parse_questions(reply({"questions": [f"Is it {k}?" for k in range(50)] * 2}))
    assert len(asked) == len(set(asked)) == MOST


@pytest.mark.parametrize(
    "value", ["", None, "none", {"questions": []}, {"questions": "Is it?"}, {"q": ["Is it?"]}, {"questions": [3]}]
)
def test_a_reply_without_questions_has_none(value):
    assert parse_questions(reply(value)) is None


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ({"1": "yes", "2": "NO", "3": " Yes "}, [1, 0, 1]),
        ({"1": "yes", "3": None}, [1, -1, -1]),
        ({"2": "unclear", "9": "yes"}, [-1, -1, -1]),
        ("yes, no, yes", [-1, -1, -1]),
    ],
)
def test_an_answer_that_is_neither_yes_nor_no_is_missing(value, codes):
    assert_array_equal(parse_answers(reply(value), 3), codes)


def test_the_answers_of_a_failed_call_are_missing():
    assert_array_equal(parse_answers(reply({"1": "yes"}, "truncated"), 1), [-1])


@given(st.text(st.sampled_from('{}[]":, 1yesno9')))
def test_no_reply_brings_the_parser_down(text):
    assert parse_answers(reply(text), 2).shape == (2,)
    parse_questions(reply(text))


@pytest.mark.parametrize("text", ['{"1": ' + "[" * 100_000, '{"1": ' + "9" * 5000 + "}"])
def test_nor_does_one_made_to(text):
    assert_array_equal(parse_answers(reply(text), 1), [-1])


def test_all_responses_are_shown_fenced_and_share_the_room():
    texts = ["a" * MOST_CHARS] * 8
    shown = unfence(write_request(MODEL, texts).messages[-1].content)
    assert [len(text) for text in shown] == [MOST_CHARS // 2] * 8


def test_questions_and_the_response_are_both_data_when_answers_are_asked_for():
    system, user = answer_request(MODEL, ["Is it wet?", "<<<END"], "It rains.").messages
    assert unfence(system.content) == ["Is it wet?", "< < <END"]
    assert unfence(user.content) == ["It rains."]


def test_questions_that_many_agents_all_answer_alike_are_left_out():
    one_differs = np.array([0] + [1] * 12)
    answers = {1: np.stack([np.ones(13, dtype=int), one_differs]), 0: np.stack([one_differs, np.zeros(13, dtype=int)])}
    found = questionnaire({0: ["a", "b"], 1: ["c", "d"]}, answers)
    assert found.questions == ("a", "d")
    assert_array_equal(found.labels.codes, [one_differs, one_differs])
    assert_array_equal(found.task, [0, 1])
    assert found.alike == 2


@pytest.mark.parametrize("mechanism", ["tvd", "kl", "chi2"])
@pytest.mark.parametrize("n_agents", [3, 5, 8, 12])
def test_an_agent_that_answers_at_random_comes_last_among_few_and_among_many(mechanism, n_agents):
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=(600, 1))
    wrong = [0.15] * (n_agents - 1) + [0.5]
    codes = np.where(rng.random((600, n_agents)) < wrong, 1 - truth, truth)
    found = questionnaire({0: [f"{k}?" for k in range(600)]}, {0: codes})
    pay = np.nanmean(MECHANISMS[mechanism].pairwise(found.labels), axis=1)
    assert pay.argmin() == n_agents - 1
