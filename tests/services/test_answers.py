"""How agents are asked, what counts as an answer, and how calls are counted, over a gateway that a test can read."""

import json
from dataclasses import replace

import numpy as np
import pytest

from elicit.calls import Completion, Request
from elicit.services.agents import LONGEST_ANSWER, STRATEGIES, answer_in
from elicit.services.answers import ask_agents
from elicit.services.asking import Asker, Ports
from elicit.services.judging import SCORERS
from elicit.services.plan import AgentSpec, Plan, ScorerSpec
from elicit.types import Task

TASKS = tuple(Task(f"t{number}", f"Question {number}?", f"Document {number}.") for number in range(10))
FAILURES = ("refused", "filtered", "truncated", "empty", "timed out", "failed")


class Kept(dict):
    """Completions in memory."""

    def get(self, keys):
        return {key: self[key] for key in keys if key in self}

    def put(self, answers):
        self.update({request.key: answer for request, answer in answers})


class Models:
    """Answers every request by a function of its last message, at most so many; keeps the requests.

    A reply that is the name of a failure is that failure, with half a text.
    """

    def __init__(self, reply, at_most=None, **fields):
        self.reply, self.at_most, self.fields = reply, at_most, fields
        self.requests = []

    def complete(self, requests, *, budget, on_done):
        for request in requests:
            if len(self.requests) == self.at_most:
                return "budget"
            self.requests.append(request)
            on_done([(request, self.completion(request))])
        return "done"

    def completion(self, request):
        text = self.reply(text_of(request))
        failure, text = (text, "half a text") if text in FAILURES else (None, text)
        return Completion(request.key, text, failure, **self.fields)


def text_of(request):
    content = request.messages[-1].content
    return content if isinstance(content, str) else content[0]["text"]


def asker(models, kept=None):
    return Asker(Ports(models, Kept() if kept is None else kept, budget=None))


def plan(*agents, tasks=TASKS, **more):
    return Plan("test", tasks, agents, **more)


def asked(models, *agents, **more):
    """The answers, and the asker that has counted."""
    asking = asker(models)
    return ask_agents(plan(*agents, **more), asking), asking


X = AgentSpec("x", "model-x")


# --- what is asked --------------------------------------------------------------------------------------------------


def test_a_request_has_all_that_the_plan_says_of_its_agent():
    agent = replace(X, system="Be brief.", api_base="http://here/v1", samples=2, params=(("temperature", 0.5),))
    models = Models(lambda text: "yes")
    asked(models, agent, tasks=TASKS[:1], epoch="second")
    first, second = models.requests
    assert [(turn.role, turn.content) for turn in first.messages] == [
        ("system", "Be brief."),
        ("user", "Question 0?\nDocument 0."),
    ]
    assert (first.model, first.api_base, first.epoch) == ("model-x", "http://here/v1", "second")
    assert first.params == (("max_tokens", LONGEST_ANSWER), ("temperature", 0.5))
    assert second == replace(first, sample=1)


def test_an_answer_is_limited_to_the_documented_length_unless_the_plan_limits_it():
    assert LONGEST_ANSWER == 1024
    for limit in ("max_tokens", "max_completion_tokens"):
        models = Models(lambda text: "yes")
        asked(models, replace(X, params=((limit, 9),)), tasks=TASKS[:1])
        assert models.requests[0].params == ((limit, 9),)


def test_tasks_are_asked_one_after_another_so_that_a_broken_run_has_whole_ones():
    models = Models(lambda text: "yes")
    asked(models, X, AgentSpec("y", "model-y"), tasks=TASKS[:3])
    assert [(request.model[-1], text_of(request)[9]) for request in models.requests] == [
        (agent, task) for task in "012" for agent in "xy"
    ]


def test_images_are_shown_where_the_task_is_and_not_with_the_notes():
    models = Models(lambda text: "notes")
    asked(models, replace(X, strategy="read-then-write"), tasks=TASKS[:2], images={"t0": ("http://here/a.png",)})
    shown = [not isinstance(request.messages[-1].content, str) for request in models.requests]
    assert shown == [True, False, False, False]  # both tasks read, both written


def test_the_strategies_keep_what_makes_them():
    assert list(STRATEGIES) == ["direct", "chain-of-thought", "read-then-write"]
    assert [len(strategy.steps) for strategy in STRATEGIES.values()] == [1, 1, 2]
    assert STRATEGIES["direct"].steps == ("{task}",)
    assert "ANSWER:" in STRATEGIES["chain-of-thought"].steps[0]
    assert "{question}" in STRATEGIES["read-then-write"].steps[1]
    assert "{notes}" in STRATEGIES["read-then-write"].steps[1]


# --- what counts as an answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "answer"), [("ANSWER: 1, or ANSWER: 2 ", "2"), ("7", None), ("ANSWER:  \n", None)])
def test_the_answer_of_a_chain_of_thought_stands_after_the_last_mark(text, answer):
    agent = replace(X, strategy="chain-of-thought")
    assert answer_in(agent, Completion("", text, None), use_truncated=False) == answer


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("use_truncated", [False, True])
def test_of_replies_that_failed_only_a_truncated_one_may_be_an_answer(failure, use_truncated):
    usable = use_truncated and failure == "truncated"
    reply = Completion("", "half a text", failure)
    assert (answer_in(X, reply, use_truncated=use_truncated) == "half a text") is usable


@pytest.mark.parametrize(
    ("reply", "use_truncated", "calls"), [("refused", True, 1), ("truncated", False, 1), ("truncated", True, 2)]
)
def test_notes_that_cannot_be_used_are_not_written_from(reply, use_truncated, calls):
    models = Models(lambda text: reply if "Do not answer yet" in text else f"from {text}")
    answers, _ = asked(models, replace(X, strategy="read-then-write"), tasks=TASKS[:1], use_truncated=use_truncated)
    assert len(models.requests) == calls
    assert (answers.texts[0][0] is not None) is (calls == 2)
    assert calls == 1 or "half a text" in answers.texts[0][0]


@pytest.mark.parametrize(
    ("reply", "use_truncated", "failures"),
    [
        ("no mark", False, {"unparsable": 10}),
        ("truncated", False, {"truncated": 10}),
        ("truncated", True, {"truncated": 10, "unparsable": 10}),
        ("refused", True, {"refused": 10}),
    ],
)
def test_a_reply_that_holds_no_answer_is_counted_as_unparsable_unless_it_failed(reply, use_truncated, failures):
    _, asking = asked(Models(lambda text: reply), replace(X, strategy="chain-of-thought"), use_truncated=use_truncated)
    assert asking.spend["x"].failures == failures


def test_answers_that_were_given_stay_as_they_are():
    outside = AgentSpec("o", answers=(("t1", "  as it was\n"),))
    answers, _ = asked(Models(lambda text: "yes"), outside, X, tasks=TASKS[:2])
    assert answers.texts == [[None, "yes"], ["  as it was\n", "yes"]]
    assert answers.asked.tolist() == [[False, True]] * 2


@pytest.mark.parametrize(("refused", "reason"), [(2, None), (3, "usable answers for 17 of 20 tasks asked, under 90%")])
def test_nine_tenths_of_what_was_asked_must_be_usable(refused, reason):
    tasks = tuple(Task(f"t{k}", f"Question {k}?") for k in range(20))
    bad = {task.prompt for task in tasks[:refused]}
    answers, _ = asked(Models(lambda text: "refused" if text in bad else "yes"), X, tasks=tasks)
    assert answers.unranked() == ({} if reason is None else {"x": reason})


def test_an_agent_without_any_usable_answer_has_no_rank():
    answers, _ = asked(Models(lambda text: "empty"), X)
    assert answers.unranked() == {"x": "usable answers for 0 of 10 tasks asked, under 90%"}


def test_what_a_broken_run_did_not_ask_is_not_held_against_anybody():
    answers, asking = asked(Models(lambda text: "yes", at_most=6), X)
    assert asking.stop == "budget"
    assert answers.asked.sum() == answers.usable.sum() == 6
    assert answers.unranked() == {}


def test_an_agent_left_out_loses_its_texts_and_the_others_keep_theirs():
    answers, _ = asked(Models(lambda text: "yes"), X, AgentSpec("y", "model-y"), tasks=TASKS[:1])
    assert answers.without(["x"]) == [[None, "yes"]]


# --- what is asked again, and counted -------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES)
def test_only_what_may_pass_is_asked_again_by_a_later_run(failure):
    kept = Kept()
    for models in (Models(lambda text: failure), Models(lambda text: "yes")):
        ask_agents(plan(X, tasks=TASKS[:2]), asker(models, kept))
    assert len(models.requests) == (2 if failure in ("timed out", "failed") else 0)


def test_within_a_run_nothing_is_asked_twice_and_equal_calls_count_once():
    models, request = Models(None), Request("m", prompt="same")
    models.completion = lambda asked: Completion(asked.key, None, "failed", cost=1.0)
    asking = asker(models)
    for _ in range(2):
        assert [reply.failure for reply in asking.ask(lambda: [("a", request), ("b", request)], "stage", 2)] == [
            "failed",
            "failed",
        ]
    assert len(models.requests) == 1
    assert {who: spend.calls for who, spend in asking.spend.items()} == {"a": 1}


def test_after_a_stop_no_later_stage_asks_anything():
    models = Models(lambda text: "yes", at_most=1)
    asking = asker(models)
    requests = [Request("m", prompt=str(number)) for number in range(4)]
    models.completion = lambda asked: Completion(asked.key, "yes", None)
    assert [reply is None for reply in asking.ask(lambda: [("a", r) for r in requests[:2]], "one", 2)] == [False, True]
    models.at_most = 9
    assert list(asking.ask(lambda: [("a", r) for r in requests[2:]], "two", 2)) == [None, None]
    assert asking.stop == "budget"


def test_without_a_gateway_what_is_missing_is_said_to_be():
    kept = Kept()
    ask_agents(plan(X, tasks=TASKS[:2]), asker(Models(lambda text: "yes"), kept))
    for tasks, stop in ((TASKS[:2], "done"), (TASKS[:3], "not asked")):
        asking = asker(None, kept)
        ask_agents(plan(X, tasks=tasks), asking)
        assert asking.stop == stop


def test_a_spend_adds_up_and_a_later_run_takes_it_from_the_store():
    kept, fields = Kept(), {"tokens_in": 10, "tokens_out": 3, "cost": 0.25, "latency_s": 0.5}
    for models, from_store in ((Models(lambda text: "yes", **fields), 0), (Models(None), 4)):
        asking = asker(models, kept)
        ask_agents(plan(X, tasks=TASKS[:4]), asking)
        assert asking.spend["x"].document() == {
            "calls": 4,
            "asked_now": 4 - from_store,
            "from_store": from_store,
            "tokens_in": 40,
            "tokens_out": 12,
            "cost": 1.0,
            "mean_latency_s": 0.5,
            "failures": {},
        }


def test_one_call_of_unknown_cost_makes_the_sum_unknown_whenever_it_comes():
    for costs in ((None, 0.5), (0.5, None)):
        models, left = Models(None), list(costs)
        models.completion = lambda request, left=left: Completion(request.key, "yes", None, cost=left.pop(0))
        _, asking = asked(models, X, tasks=TASKS[:2])
        assert asking.spend["x"].cost is None


# --- questions ------------------------------------------------------------------------------------------------------


def judged_by_questions(texts, reply, mechanism=None, tasks=TASKS):
    whole = plan(X, scorer=ScorerSpec("questions", "examiner"), mechanism=mechanism, tasks=tasks[: len(texts)])
    asking = asker(Models(reply))
    return SCORERS["questions"](whole, texts, asking), asking


def examiner(text):
    """Writes two questions about a task's replies, and answers them by the text."""
    if "REPLY 1" in text:
        return '{"questions": ["Is it wet?", "Is it cold?"]}'
    told = {word: "yes" if word in text else "no" for word in ("wet", "cold")}
    return json.dumps({"1": told["wet"], "2": told["cold"]})


def test_each_agent_gets_its_own_answers_on_the_tasks_it_answered():
    texts = [["wet", "cold", None], ["wet cold", None, None], ["dry", "wet cold", "cold"]]
    found, asking = judged_by_questions(texts, examiner)
    assert found.evidence.codes.tolist() == [[1, 0, -1], [0, 1, -1], [0, 1, 0], [0, 1, 1]]
    assert [task.prompt for task in found.tasks] == ["Question 0?"] * 2 + ["Question 2?"] * 2
    assert found.facts == {"questions": {"kept": 4, "answered_alike": 0, "tasks": 2}}
    assert asking.spend["scorer"].calls == 2 + 4  # none on a task with one answer; "cold" is asked about once


def test_an_answer_that_is_neither_yes_nor_no_is_missing():
    found, _ = judged_by_questions([["wet", "cold"]], lambda text: examiner(text).replace('"2": "yes"', '"2": "both"'))
    assert found.evidence.codes.tolist() == [[1, 0], [0, -1]]


def test_a_call_that_was_not_made_leaves_its_answers_missing():
    whole = plan(X, scorer=ScorerSpec("questions", "examiner"), tasks=TASKS[:1])
    found = SCORERS["questions"](whole, [["wet", "cold"]], asker(Models(examiner, at_most=2)))
    assert np.array_equal(found.evidence.codes, [[1, -1], [0, -1]])


def test_a_task_whose_questions_cannot_be_read_is_left_out():
    def half(text):
        return "no JSON" if "REPLY 1" in text and "dry" in text else examiner(text)

    found, _ = judged_by_questions([["wet", "cold"], ["dry", "cold"]], half)
    assert found.facts["questions"]["tasks"] == 1


def test_questions_that_many_agents_answer_alike_rank_nobody():
    found, _ = judged_by_questions([[f"wet cold {k}" for k in range(12)]], examiner)
    assert found.evidence is None
    assert found.facts["questions"] == {"kept": 0, "answered_alike": 2, "tasks": 1}


@pytest.mark.parametrize("mechanism", [None, "kl"])
def test_the_plan_s_mechanism_reads_the_questions(mechanism):
    found, _ = judged_by_questions([["wet", "cold"]], examiner, mechanism)
    assert found.mechanism == (mechanism or "tvd")
