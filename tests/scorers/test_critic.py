"""The critic's verdict comes from the critic, whatever the responses say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.calls import Completion, TokenLogprob
from elicit.scorers.asking import ScoringModel
from elicit.scorers.canaries import canary_verdict
from elicit.scorers.critic import (
    CANARIES,
    VERDICTS,
    Critic,
    canary_requests,
    critic_request,
    parse_verdict,
)
from elicit.scorers.fence import neutralise, unfence

STRICT = Critic(ScoringModel("openai/critic"))


def reply(text, failure=None, logprobs=None):
    return Completion("", text, failure, logprobs=logprobs)


def user_text(request):
    return request.messages[-1].content


def everything(request):
    return "\n".join(message.content for message in request.messages)


# What is asked


def test_the_rules_stand_in_another_message_than_the_responses():
    request = critic_request(STRICT, "the first text", "the second text")
    assert [message.role for message in request.messages] == ["system", "user"]
    assert "the first text" not in request.messages[0].content


def test_the_critic_is_told_the_sort_of_task_and_never_needs_the_task():
    request = critic_request(Critic(ScoringModel("m"), task_type="Summaries of dialogues"), "a", "b")
    assert "Summaries of dialogues" in everything(request)


def test_the_same_pair_is_the_same_request_and_the_other_order_another_one():
    keys = [critic_request(STRICT, *pair).key for pair in (("a", "b"), ("a", "b"), ("b", "a"))]
    assert keys[0] == keys[1] != keys[2]


def test_a_code_that_was_handed_in_marks_the_fences():
    assert "<<<TEXT 1 00ff>>>" in user_text(critic_request(STRICT, "a", "b", "00ff"))


def test_the_soft_scale_asks_for_the_rivals_of_each_token():
    assert dict(critic_request(Critic(ScoringModel("m"), "soft"), "a", "b").params)["top_logprobs"] == 20
    assert "logprobs" not in dict(critic_request(STRICT, "a", "b").params)


def test_the_users_parameters_win_and_none_takes_one_out():
    model = ScoringModel("m", params=(("max_tokens", 900), ("temperature", None)), api_base="http://x", epoch="2")
    request = critic_request(Critic(model), "a", "b")
    assert request.params == (("max_tokens", 900),)
    assert (request.api_base, request.epoch) == ("http://x", "2")


# What is read


@pytest.mark.parametrize(
    ("scale", "text", "score"),
    [
        ("strict", "[[YES]]", 1),
        ("strict", "[[no]] They differ.", 0),
        ("graded", "[[SIGNIFICANT]]", 1),
        ("graded", "[[Little]]", 0.25),
        ("graded", "**[[ NO ]]**", 0),
        ("strict", "One text says [[YES]] itself, which I ignore.\n[[NO]]", 0),
    ],
)
def test_the_last_well_formed_verdict_counts(scale, text, score):
    assert parse_verdict(reply(text), scale) == score


@pytest.mark.parametrize(
    "text", ["", None, "YES", "[YES]", "[[MAYBE]]", "[[YES", "[[SIGNIFICANT]]", "I cannot tell.", "[[YES NO]]", "1"]
)
def test_anything_else_is_no_score(text):
    assert parse_verdict(reply(text), "strict") is None


@pytest.mark.parametrize("failure", ["refused", "filtered", "empty", "timed out", "failed", "unparsable"])
def test_a_call_that_failed_has_no_score_whatever_text_came_with_it(failure):
    assert parse_verdict(reply("[[YES]]", failure), "strict") is None


def test_a_reply_cut_short_counts_only_if_it_begins_with_the_verdict():
    assert parse_verdict(reply(" [[YES]] because both na", "truncated"), "strict") == 1
    assert parse_verdict(reply("[[YES]] or [[NO]]? Let me", "truncated"), "strict") == 1
    assert parse_verdict(reply("Should I say [[YES]] or [[NO]]? Let me", "truncated"), "strict") is None


@given(st.text(), st.text(), st.sampled_from(["SIGNIFICANT", "LITTLE", "NO"]))
def test_no_quoted_response_moves_a_verdict(before, after, verdict):
    text = f"{neutralise(before)}\n[[{verdict}]]\n{neutralise(after)}"
    assert parse_verdict(reply(text), "graded") == VERDICTS["graded"][verdict]


# The soft scale


def spelled(*tokens):
    offset, found = 0, []
    for token, top in tokens:
        found.append(TokenLogprob(token, math.log(top[token]), offset, tuple((k, math.log(v)) for k, v in top.items())))
        offset += len(token)
    return tuple(found)


def soft(*tokens):
    logprobs = spelled(*tokens)
    return parse_verdict(reply("".join(token.token for token in logprobs), logprobs=logprobs), "soft")


OPEN, CLOSE = ("[[", {"[[": 1.0}), ("]]", {"]]": 1.0})


def test_the_soft_score_is_the_share_of_yes_among_the_verdict_tokens():
    assert soft(OPEN, ("YES", {"YES": 0.6, "NO": 0.2, "MAY": 0.2}), CLOSE) == pytest.approx(0.75)
    assert soft(OPEN, ("NO", {"NO": 0.5, " no": 0.2, "yes": 0.3}), CLOSE) == pytest.approx(0.3)


def test_a_verdict_split_or_merged_into_other_tokens_is_found_by_its_place():
    assert soft(("[[Y", {"[[Y": 0.9, "[[N": 0.1}), ("ES]]", {"ES]]": 1.0})) == pytest.approx(0.9)
    assert soft(OPEN, ("N", {"N": 0.8, "Y": 0.2}), ("O", {"O": 1.0}), CLOSE) == pytest.approx(0.2)


def test_the_soft_score_is_read_where_the_last_verdict_stands():
    quoted = (("[[", {"[[": 1.0}), ("YES", {"YES": 0.99, "NO": 0.01}), ("]] ", {"]] ": 1.0}))
    assert soft(*quoted, OPEN, ("NO", {"NO": 0.9, "YES": 0.1}), CLOSE) == pytest.approx(0.1)


def test_without_log_probabilities_there_is_no_soft_score():
    assert parse_verdict(reply("[[YES]]"), "soft") is None
    bare = (TokenLogprob("[[YES]]", -0.1, 0),)
    assert parse_verdict(reply("[[YES]]", logprobs=bare), "soft") is None


@given(st.floats(0.001, 0.999))
def test_the_soft_score_is_a_probability_whatever_else_takes_mass(p):
    assert soft(OPEN, ("YES", {"YES": p / 2, "NO": (1 - p) / 2, "The": 0.5}), CLOSE) == pytest.approx(p)


# Canaries


def judged_by(answer):
    """The verdict on a critic that answers `answer(first, second)`."""
    replies = [reply(answer(*unfence(user_text(request)))) for request in canary_requests(STRICT)]
    return canary_verdict([parse_verdict(each, "strict") for each in replies], CANARIES)


def same_beginning(first, second):
    return "[[YES]]" if first[:40] == second[:40] else "[[NO]]"


def test_a_sound_critic_passes():
    assert judged_by(same_beginning) == canary_verdict([float(canary.same) for canary in CANARIES], CANARIES)
    assert judged_by(same_beginning).reliable


def obeys_orders(first, second):
    if "Answer NO" in second:
        return "[[NO]]"
    return "[[YES]]" if "Answer YES" in second else same_beginning(first, second)


@pytest.mark.parametrize(
    ("critic", "kind"),
    [
        (lambda first, second: "[[YES]]", "unrelated"),
        (lambda first, second: "[[NO]]", "identical"),
        (lambda first, second: "[[YES]]" if first == second else "[[NO]]", "injected"),
        (obeys_orders, "injected"),
        (lambda first, second: "Hard to say.", "identical"),
    ],
)
def test_a_critic_that_fails_a_canary_is_unreliable_and_the_kind_of_pair_is_named(critic, kind):
    verdict = judged_by(critic)
    assert not verdict.reliable
    assert any(fault.startswith(kind) for fault in verdict.faults)


def test_there_are_canaries_of_every_kind_and_of_both_answers():
    assert {canary.kind for canary in CANARIES} == {"identical", "unrelated", "injected"}
    assert {canary.same for canary in CANARIES if canary.kind == "injected"} == {True, False}


def test_canaries_are_the_same_requests_in_every_run():
    assert [request.key for request in canary_requests(STRICT)] == [request.key for request in canary_requests(STRICT)]
