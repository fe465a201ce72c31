"""Paid answers and started plans come back as they went in."""

from datetime import UTC, datetime

import pytest

from elicit.calls import Completion, Request, TokenLogprob, chat
from elicit.errors import UnknownRun

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def answered(number, **fields):
    request = Request("openai/gpt", chat(("user", f"question {number}")))
    return request, Completion(request.key, **({"text": f"answer {number}", "failure": None} | fields))


def test_an_answer_comes_back_the_same_also_with_odd_characters_and_log_probabilities(store):
    tokens = (TokenLogprob("a", None, 0), TokenLogprob("b", -1 / 3, 1, (("b", -1 / 3), ("c", -2.0))))
    request, answer = answered(1, text="nul \0 and half a pair \ud83d", logprobs=tokens, cost=0.1 + 0.2, attempts=2)
    store.add_completions("run", [(request, answer)], NOW)
    assert store.completions([request.key, "0" * 64]) == {request.key: answer}


def test_more_keys_than_a_statement_takes_are_found(store):
    answers = [answered(number) for number in range(1201)]
    store.add_completions("run", answers, NOW)
    assert len(store.completions(request.key for request, _ in answers)) == 1201


def test_a_later_answer_takes_the_place_of_a_failed_one(store):
    request, failed = answered(1, text=None, failure="timed out")
    store.add_completions("run", [(request, failed)], NOW)
    _, answer = answered(1)
    store.add_completions("later", [(request, answer)], NOW)
    assert store.completions([request.key]) == {request.key: answer}


def test_a_started_plan_is_found_by_the_start_of_its_id_and_as_the_latest(store):
    plan = {"name": "first", "tasks": [{"prompt": "nul \0"}]}
    store.start_plan("6ff880mq6p", plan, NOW)
    assert store.plan("6ff8") == store.plan("latest") == ("6ff880mq6p", plan)
    assert not store.has_run("6ff880mq6p")
    with pytest.raises(UnknownRun, match="there is no run 'zzz'"):
        store.plan("zzz")
