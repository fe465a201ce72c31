"""A target's log-likelihood is read from the echo by place, and refused where the echo does not hold it."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from elicit.calls import Completion, TokenLogprob
from elicit.design import full
from elicit.scorers.asking import ScoringModel
from elicit.scorers.likelihood import (
    VARIANTS,
    Likelihood,
    base_of,
    base_request,
    conditional_request,
    gain_of,
    gains_of,
    judgments_request,
    parse_judgments,
    probe_fault,
    probe_request,
    spelled,
    target_likelihood,
    unable,
)

MODEL = ScoringModel("local/model")
words = st.text(st.characters(codec="utf-8", exclude_characters="\ufffd"), min_size=1, max_size=30).filter(
    lambda text: spelled(text)
)


def echoed(prompt, cuts, *, before="", after=""):
    """The echo of a prompt cut into tokens at `cuts`, each with its own log-probability; -k/8 for token k."""
    text = before + prompt + after
    borders = sorted({0, *cuts, len(text)} | ({len(before)} if before else set()) | {len(before + prompt)})
    tokens = tuple(
        TokenLogprob(text[start:end], None if k == 0 else -k / 8, start)
        for k, (start, end) in enumerate(pairwise(borders))
    )
    return Completion("", text, None, logprobs=tokens)


@given(words, words, st.data())
def test_the_target_is_the_tokens_that_overlap_its_place(shown, target, data):
    request = conditional_request(MODEL, shown, target)
    end = len(request.prompt)
    start = end - len(spelled(target))
    cuts = data.draw(st.sets(st.integers(1, end - 1))) | {1}
    completion = echoed(request.prompt, cuts)
    within = [token for token in completion.logprobs if token.offset + len(token.token) > start]
    found = target_likelihood(completion, request, target)
    assert found.tokens == len(within)
    assert found.total == pytest.approx(sum(token.logprob for token in within))


@given(words, st.sampled_from(["<s>", "<|begin_of_text|>"]))
def test_a_start_token_that_the_server_counts_shifts_the_place(target, start_token):
    request = base_request(MODEL, target)
    cuts = range(1, len(request.prompt))
    plain = target_likelihood(echoed(request.prompt, cuts), request, target)
    marked = echoed(request.prompt, [len(start_token) + cut for cut in cuts], before=start_token)
    found = target_likelihood(marked, request, target)
    assert found.tokens == plain.tokens
    # Every token stands one place later, so that each costs 1/8 more.
    assert found.total == pytest.approx(plain.total - plain.tokens / 8)


@pytest.mark.parametrize(
    "parts",
    [["\ufffd", "\ufffd"], [" \ufffd", "\ufffd", "\ufffd"], ["", "", " 😀"], ["bytes: \\xf0\\x9f", "bytes:\\x98\\x80"]],
)
@pytest.mark.parametrize("generated", [[], [" And"]])
@pytest.mark.parametrize("before", [[], ["<s>"]])
def test_characters_split_over_tokens_shift_nothing(parts, generated, before):
    request = conditional_request(MODEL, "Sun 😀!", "Rain 😀")
    head, between = request.prompt.split(" 😀")[:2]
    texts = [*before, head, *parts, between[:-4], "Rain", *parts, *generated]
    if not parts[0].startswith((" ", "bytes: ")) and parts[0]:
        texts = [*before, head, " ", *parts, between[:-4], "Rain", " ", *parts, *generated]
    # What a server says of offsets counts every token as it is written.
    tokens = tuple(TokenLogprob(text, -1.0, sum(map(len, texts[:k]))) for k, text in enumerate(texts))
    found = target_likelihood(Completion("", "", None, logprobs=tokens), request, "Rain 😀")
    of_target = len(texts) - texts.index("Rain") - len(generated)
    assert found == Likelihood(-1.0 * of_target, of_target)


@pytest.mark.parametrize("first", ["", "Response"])  # a start token, or one of the prompt, of which no text is told
def test_a_first_token_without_a_text_shifts_nothing(first):
    request = conditional_request(MODEL, "Sun.", "Rain. Rain.", "The weather?" if not first else "")
    rest = request.prompt.removeprefix(first)
    texts = ["", rest[:-11], "Rain.", " Rain", "."]
    tokens = tuple(TokenLogprob(text, -1.0 if text else None, 0) for text in texts)
    assert target_likelihood(Completion("", "", None, logprobs=tokens), request, "Rain. Rain.") == Likelihood(-3.0, 3)


def test_a_space_that_a_tokeniser_puts_before_everything_shifts_nothing():
    request = base_request(MODEL, "Rain.")
    tokens = [" " + request.prompt[:-5], "Rain", "."]
    completion = Completion("", "", None, logprobs=tuple(TokenLogprob(text, -1.0, 0) for text in tokens))
    assert target_likelihood(completion, request, "Rain.") == Likelihood(-2.0, 2)


@given(words, words, st.data())
def test_an_echo_of_another_text_is_no_score(one, other, data):
    assume(not spelled(other).startswith(spelled(one)))
    mine, others = base_request(MODEL, one), base_request(MODEL, other)
    completion = echoed(others.prompt, data.draw(st.sets(st.integers(1, len(others.prompt)))))
    assert target_likelihood(completion, mine, one) is None


def test_a_start_token_that_the_server_does_not_count_shifts_nothing():
    request = base_request(MODEL, "Rain.")
    plain = echoed(request.prompt, [4, len(request.prompt) - 5])
    marked = replace(
        plain, logprobs=(TokenLogprob("<s>", None, 0), *(replace(t, logprob=-1.0) for t in plain.logprobs))
    )
    assert target_likelihood(marked, request, "Rain.") == Likelihood(-1.0, 1)


def test_tokens_generated_after_the_prompt_take_no_part():
    request = base_request(MODEL, "Rain.")
    start = len(request.prompt) - 5
    bare = target_likelihood(echoed(request.prompt, [4, start]), request, "Rain.")
    assert target_likelihood(echoed(request.prompt, [4, start], after=" It pours."), request, "Rain.") == bare


@pytest.mark.parametrize("logprob", [None, -math.inf, math.nan])
def test_a_target_token_without_a_finite_log_probability_is_no_score(logprob):
    request = base_request(MODEL, "Rain.")
    completion = echoed(request.prompt, [4, len(request.prompt) - 5])
    broken = (*completion.logprobs[:-1], replace(completion.logprobs[-1], logprob=logprob))
    assert target_likelihood(replace(completion, logprobs=broken), request, "Rain.") is None


def test_a_prompt_the_server_cut_short_at_either_end_is_no_score():
    request = base_request(MODEL, "It rains today.")
    completion = echoed(request.prompt, range(1, len(request.prompt)))
    for some in (completion.logprobs[:-3], completion.logprobs[-3:]):
        assert target_likelihood(replace(completion, logprobs=some), request, "It rains today.") is None


@pytest.mark.parametrize("completion", [Completion("", None, "failed"), Completion("", "text", None)])
def test_a_failed_call_and_an_echo_without_log_probabilities_are_no_score(completion):
    assert target_likelihood(completion, base_request(MODEL, "Rain."), "Rain.") is None


def test_an_empty_response_is_no_target():
    request = base_request(MODEL, " \u200b")
    assert target_likelihood(echoed(request.prompt, [4]), request, " \u200b") is None


def test_base_and_conditional_prompt_end_alike_and_show_the_task_only_when_told_to():
    base, cond = base_request(MODEL, "Rain."), conditional_request(MODEL, "Sun.", "Rain.")
    assert cond.prompt.endswith(base.prompt)
    assert "Task" not in base.prompt
    assert base_request(MODEL, "Rain.", "The weather?").prompt.startswith("Task:\nThe weather?\n\n")


def test_responses_cannot_bring_turn_markers_into_a_prompt():
    assert "<|" not in conditional_request(MODEL, "<|im_end|>", "a<|im_start|>").prompt


def test_nothing_is_generated_and_all_is_echoed():
    assert dict(base_request(MODEL, "a").params) == {"echo": True, "logprobs": 1, "max_tokens": 0, "temperature": 0}


# Gains


def test_a_gain_is_counted_a_token_or_whole_as_the_mechanism_has_it():
    base, cond = Likelihood(-12.0, 4), Likelihood(-10.0, 5)
    assert gain_of(base, cond, VARIANTS["mi"]) == 0.5
    assert gain_of(base, cond, VARIANTS["gem"]) == 2.0
    assert base_of(base, VARIANTS["gppm"]) + gain_of(base, cond, VARIANTS["gppm"]) == -2.5


def test_the_gains_of_a_design_stand_by_target_and_what_was_not_answered_is_nan():
    pairs = full(np.ones((2, 2), dtype=bool), seed=0)
    base = {(t, i): Likelihood(-10.0 - i, 2) for t in range(2) for i in range(2) if (t, i) != (1, 1)}
    gain, alone = gains_of(pairs, base, [Likelihood(-8.0, 2)] * len(pairs), VARIANTS["mi"])
    gains = pairs.gained(gain, alone, VARIANTS["mi"].unit)
    assert gains.unit == "nats per token"
    assert gains.gain[:, 1, 0].tolist() == [1.0, 1.0]
    assert gains.gain[0, 0, 1] == gains.contrast[0, 0, 1] == 1.5
    assert np.isnan([gains.gain[1, 0, 1], gains.contrast[1, 0, 1], gains.base[1, 1]]).all()


def test_what_is_missing_is_nan():
    some = Likelihood(-1.0, 1)
    assert np.isnan([gain_of(None, some, VARIANTS["mi"]), gain_of(some, None, VARIANTS["mi"])]).all()
    assert np.isnan(base_of(None, VARIANTS["mi"]))


def test_a_prompt_is_scored_by_either_way():
    base, cond = base_request(MODEL, "a", via="prompt_logprobs"), conditional_request(MODEL, "b", "a", "", "echo")
    assert dict(base.params) == {"prompt_logprobs": 1, "max_tokens": 1, "temperature": 0}
    assert dict(cond.params) == {"echo": True, "logprobs": 1, "max_tokens": 0, "temperature": 0}
    assert base.prompt == base_request(MODEL, "a").prompt


# The probe


def test_a_server_that_echoes_log_probabilities_passes_the_probe():
    request = probe_request(MODEL)
    assert probe_fault(request, echoed(request.prompt, range(1, len(request.prompt), 4))) is None


def flat(completion, value):
    return replace(completion, logprobs=tuple(replace(token, logprob=value) for token in completion.logprobs))


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (lambda prompt: Completion("", None, "failed"), "the call ended as 'failed'"),
        (lambda prompt: Completion("", prompt, None), "holds no log-probabilities"),
        (lambda prompt: echoed("Some generated text", [5]), "not those of the prompt"),
        (lambda prompt: flat(echoed(prompt, [9, 40]), 0.0), "no log-probabilities"),
        (lambda prompt: flat(echoed(prompt, [9, 40]), -9999.0), "no log-probabilities"),
        (lambda prompt: flat(echoed(prompt, [9, 40]), None), "not those of the prompt"),
    ],
)
def test_a_server_that_does_not_is_refused_with_the_reason(answer, fault):
    request = probe_request(MODEL)
    found = probe_fault(request, answer(request.prompt))
    assert fault in found
    error = unable(MODEL.model, {"echo": found})
    assert f"local/model does not return them (echo: {found})" in str(error)


# Judgments


def test_a_response_is_rewritten_inside_a_fence():
    request = judgments_request(MODEL, "[[x]] <<<END>>>")
    assert [message.role for message in request.messages] == ["system", "user"]
    assert "<<<END>>>" not in request.messages[1].content


@pytest.mark.parametrize(
    ("text", "judgments"),
    [
        ("Here you are:\nmethod | It is sound.\n\n* scope | Narrow\n", "method: It is sound.\nscope: Narrow"),
        ("Not available", "Not available"),
        ("I would rather not.", None),
        ("", None),
    ],
)
def test_judgments_are_the_lines_of_the_form_asked_for(text, judgments):
    assert parse_judgments(Completion("", text, None)) == judgments


def test_a_list_of_judgments_cut_short_is_not_used():
    assert parse_judgments(Completion("", "method | It is sound.", "truncated")) is None
