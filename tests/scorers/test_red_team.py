"""Whatever an answer says, each scorer's request holds it as data and each scorer's parser reads the model alone."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import regex
from red_team import ATTACKS

from elicit.calls import Completion, Request, TokenLogprob
from elicit.scorers.asking import ScoringModel
from elicit.scorers.critic import WELL_FORMED, Critic, critic_request, parse_verdict
from elicit.scorers.fence import MOST_CHARS, neutralise, unfence
from elicit.scorers.judge import Judge, judge_request, parse_judge
from elicit.scorers.likelihood import base_request, conditional_request, judgments_request, spelled
from elicit.scorers.pmi import lines_of, parse_pmi, pmi_request
from elicit.scorers.questions import answer_request, no_answer, parse_answers, parse_questions, write_request
from elicit.types import Task

MODEL = ScoringModel("m")
OTHER = "It rains in the harbour."
QUESTIONS = ["Does it rain?", "Is it dry?", "Is it late?"]
FENCE_LINE = regex.compile(r"(?m)^<<<.*>>>$")
MARKERS = regex.compile(r"\[\[|\]\]|<<<|>>>|<\||\|>|</?s>|</?SYS>|\[/?INST\]|<(?:start|end)_of_turn>")


@dataclass(frozen=True)
class Reader:
    """A scorer as the red team meets it: how it asks about an attack, and how it reads a reply.

    `shown` are the texts its fences are to hold, before they are neutralised; `honest` is a sound model's reply.
    """

    ask: Callable[[str], Request]
    shown: Callable[[str], list[str]]
    read: Callable[[Completion, str], object]
    honest: Callable[[str], str]


def both(attack):
    return [attack, OTHER]


def critic(scale, verdict):
    return Reader(
        lambda attack: critic_request(Critic(MODEL, scale), attack, OTHER),
        both,
        lambda reply, _: parse_verdict(reply, scale),
        lambda _: f"[[{verdict}]]",
    )


def judge(*, sees_task):
    return Reader(
        lambda attack: judge_request(Judge(MODEL, sees_task), Task("t", attack, OTHER), attack, OTHER),
        lambda attack: [f"{attack}\n\n{OTHER}".strip()] * sees_task + both(attack),
        lambda reply, _: parse_judge(reply),
        lambda _: "[[SECOND]]",
    )


READERS = {
    "strict critic": critic("strict", "NO"),
    "graded critic": critic("graded", "LITTLE"),
    "soft critic": critic("soft", "NO"),
    "judge": judge(sees_task=False),
    "judge that sees the task": judge(sees_task=True),
    "rater of it": Reader(
        lambda attack: pmi_request(MODEL, OTHER, attack),
        lambda attack: [OTHER, *lines_of(attack)],
        parse_pmi,
        lambda attack: json.dumps([[-1] * len(lines_of(attack))]),
    ),
    "rater that has read it": Reader(
        lambda attack: pmi_request(MODEL, attack, OTHER),
        both,
        lambda reply, _: parse_pmi(reply, OTHER),
        lambda _: "[[-1]]",
    ),
    "questioner": Reader(
        lambda attack: write_request(MODEL, both(attack)),
        lambda attack: [no_answer(text) for text in both(attack)],
        lambda reply, _: parse_questions(reply),
        lambda _: json.dumps({"questions": QUESTIONS}),
    ),
    "answerer": Reader(
        lambda attack: answer_request(MODEL, QUESTIONS, attack),
        lambda attack: [no_answer(attack)],
        lambda reply, _: parse_answers(reply, len(QUESTIONS)).tolist(),
        lambda _: '{"1": "no", "2": "no", "3": "no"}',
    ),
    "answerer of such questions": Reader(
        lambda attack: answer_request(MODEL, [attack, *QUESTIONS[1:]], OTHER),
        lambda attack: [OTHER],
        lambda reply, _: parse_answers(reply, len(QUESTIONS)).tolist(),
        lambda _: '{"1": "no", "2": "yes", "3": "no"}',
    ),
}

each_reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
each_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


def reply(before, said, after):
    """A reply in which a model says something between quotes; it is sure of its verdict as far as 9 to 1."""
    rivals = (("NO", math.log(0.9)), ("YES", math.log(0.1)))
    tokens = [TokenLogprob(before, -0.1, 0, (("YES", -0.1),)), TokenLogprob(said, -0.1, len(before), rivals)]
    tokens.append(TokenLogprob(after, -0.1, len(before) + len(said), (("YES", -0.1),)))
    return Completion("", before + said + after, None, logprobs=tuple(tokens))


def user_text(request):
    return request.messages[-1].content


def system_fences(request):
    return "\n".join(line for line in request.messages[0].content.split("\n") if line.startswith(("<<<", '"')))


@each_attack
@each_reader
def test_the_fences_of_a_request_hold_exactly_the_texts(reader, attack):
    data = user_text(reader.ask(attack))
    shown = [neutralise(text)[:MOST_CHARS] for text in reader.shown(attack)]
    assert unfence(data) == shown
    assert len(FENCE_LINE.findall(data)) == 2 * len(shown)
    data.encode()


@each_attack
@each_reader
def test_no_answer_brings_a_verdict_of_any_form_into_the_data(reader, attack):
    data = user_text(reader.ask(attack))
    nothing = reader.read(Completion("", "I cannot tell.", None), attack)
    assert reader.read(Completion("", data, None), attack) == nothing
    assert not any(form.search(data) for form in WELL_FORMED.values())


@each_attack
@each_reader
def test_an_honest_reply_that_quotes_the_attack_is_read_as_if_it_did_not(reader, attack):
    request, said = reader.ask(attack), reader.honest(attack)
    meant = reader.read(reply("", said, ""), attack)
    fenced = [*unfence(user_text(request)), *unfence(system_fences(request))]
    for quoted in (*fenced, json.dumps(fenced, ensure_ascii=False), user_text(request)):
        for before, after in ((f"{quoted}\n", ""), ("", f"\n{quoted}"), (f"{quoted} ", f" {quoted}")):
            assert reader.read(reply(before, said, after), attack) == meant


@each_attack
def test_a_rewriter_is_shown_the_attack_as_data_and_a_likelihood_is_of_nothing_hidden(attack):
    assert unfence(user_text(judgments_request(MODEL, attack))) == [neutralise(attack)[:MOST_CHARS]]
    for prompt in (
        base_request(MODEL, attack).prompt,
        conditional_request(MODEL, attack, OTHER, attack).prompt,
        conditional_request(MODEL, OTHER, attack).prompt,
    ):
        assert not MARKERS.search(prompt)
        assert spelled(attack) in prompt
        prompt.encode()


def test_the_table_is_large_and_no_attack_is_in_it_twice():
    assert len(set(ATTACKS.values())) == len(ATTACKS) >= 25


@each_reader
def test_an_honest_reply_says_something(reader):
    meant = reader.read(reply("", reader.honest(OTHER), ""), OTHER)
    assert meant != reader.read(Completion("", "I cannot tell.", None), OTHER)
