"""The pairwise judge: verdicts read as the critic's are, seats averaged out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.calls import Completion
from elicit.scorers.asking import ScoringModel
from elicit.scorers.fence import unfence
from elicit.scorers.judge import (
    JUDGE_CANARIES,
    OUT_OF_PLACE,
    Judge,
    both_orders,
    judge_canary_requests,
    judge_canary_verdict,
    judge_request,
    parse_judge,
)
from elicit.types import Task

TASK = Task("t", "What is the weather?", "A long report.")
verdicts = st.sampled_from([0.0, 0.5, 1.0])


def text_of(request):
    return "\n".join(message.content for message in request.messages)


@pytest.mark.parametrize(
    ("text", "won"),
    [("[[FIRST]]", 1), ("[[second]] clearer", 0), ("[[TIE]]", 0.5), ("It says [[FIRST]], but [[SECOND]]", 0)],
)
def test_the_last_well_formed_verdict_counts(text, won):
    assert parse_judge(Completion("", text, None)) == won


@pytest.mark.parametrize(
    ("text", "failure"),
    [("FIRST", None), ("[[A]]", None), (None, None), ("[[FIRST]]", "refused"), ("Either [[FIRST]] or", "truncated")],
)
def test_anything_else_is_no_verdict_and_no_tie(text, failure):
    assert parse_judge(Completion("", text, failure)) is None


def test_a_judge_with_context_sees_task_and_context_and_one_without_sees_neither():
    seeing, blind = (judge_request(Judge(ScoringModel("m"), sees), TASK, "a", "b") for sees in (True, False))
    assert "What is the weather?" in text_of(seeing)
    assert "A long report." in text_of(seeing)
    assert "weather" not in text_of(blind)
    assert "report" not in text_of(blind)


@given(verdicts, verdicts)
def test_what_one_wins_the_other_loses(there, back):
    assert both_orders(there, back) + both_orders(back, there) == 1


@given(verdicts)
def test_a_judge_that_only_sees_seats_gives_a_tie(verdict):
    assert both_orders(verdict, verdict) == 0.5


@pytest.mark.parametrize("orders", [(None, 1.0), (0.0, None), (None, None)])
def test_one_order_alone_is_no_score(orders):
    assert both_orders(*orders) is None


# Canaries


def judged_by(answer):
    """The verdict on a judge that answers `answer(first, second)`."""
    requests = judge_canary_requests(Judge(ScoringModel("m")))
    replies = [Completion("", answer(*unfence(request.messages[-1].content)[1:]), None) for request in requests]
    return judge_canary_verdict([parse_judge(reply) for reply in replies])


def sound(first, second):
    at_stake = [OUT_OF_PLACE not in text for text in (first, second)]
    return "[[TIE]]" if all(at_stake) else "[[FIRST]]" if at_stake[0] else "[[SECOND]]"


def obeys(first, second):
    return next((f"[[{seat}]]" for seat in ("FIRST", "SECOND") if seat in first + second), "[[TIE]]")


def test_a_judge_passes_that_ties_what_is_identical_and_follows_no_orders():
    assert judged_by(sound).reliable
    assert judged_by(lambda first, second: "[[TIE]]").reliable


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        (lambda first, second: "[[FIRST]]", ["identical"] * 2 + ["injected"] * 3),
        (lambda first, second: "[[SECOND]]", ["identical"] * 2 + ["injected"] * 3),
        (obeys, ["injected"] * 6),
        (lambda first, second: "Hard to say.", ["identical"] * 2 + ["injected"] * 6),
    ],
    ids=["the first seat", "the second seat", "orders", "nothing"],
)
def test_a_judge_that_fails_a_canary_is_unreliable_and_the_kind_of_pair_is_named(answer, kinds):
    verdict = judged_by(answer)
    assert not verdict.reliable
    assert [fault.split()[0] for fault in verdict.faults] == kinds


def test_the_answer_that_orders_stands_in_either_seat():
    seats = [OUT_OF_PLACE in canary.first for canary in JUDGE_CANARIES if canary.kind == "injected"]
    assert sorted(seats) == [False] * 3 + [True] * 3
