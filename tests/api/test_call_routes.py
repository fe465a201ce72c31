"""What models were asked and answered in a run, read back word for word: all of it, and nothing else."""

import json
from collections import Counter
from importlib.resources import files
from itertools import permutations

import pytest
from facts import wait_for_run

LINES = (files("elicit") / "demo_data" / "tasks.jsonl").read_text("utf-8").splitlines()[:4]
TASKS = [{"task_id": f"{row['task_id']}/of it", "prompt": row["prompt"]} for row in map(json.loads, LINES)]
STRATEGIES = {"careful": "direct", "concise": "chain-of-thought", "hurried": "read-then-write"}
STEPS = {"careful": 1, "concise": 1, "hurried": 2}
SCORERS = {
    "critic": {"kind": "critic", "model": "openai/mock-critic"},
    "judge": {"kind": "judge", "model": "openai/mock-judge"},
    "likelihood": {"kind": "likelihood", "model": "openai/mock-lm"},
    "pmi": {"kind": "pmi", "model": "openai/mock-rater"},
    "questions": {"kind": "questions", "model": "openai/mock-questions"},
}


def ran(with_models, scorer, name="e", agents=tuple(STRATEGIES), **more):
    """A finished run of three models with a strategy each, which this scorer compares."""
    server, llm = with_models
    http = server.http("evaluate")
    http.post("/task-sets", json={"name": "s", "tasks": TASKS}).raise_for_status()
    for agent in agents:
        # Keys of answers are the same in all projects: a word of this one makes them its own.
        spec = {"model": f"openai/mock-{agent}", "api_base": llm.url, "strategy": STRATEGIES[agent]}
        spec["system"] = f"You are {agent} of {server.project}."
        http.post("/agents", json={"name": agent, "spec": spec}).raise_for_status()
    called = {} if scorer["kind"] == "lexical" else {"api_base": llm.url}
    body = {"name": name, "task_set": "s", "agents": list(agents), "scorer": scorer | called, **more}
    http.post("/evaluations", json=body).raise_for_status()
    run_id = http.post("/runs", json={"evaluation": name}).json()["id"]
    ended = wait_for_run(server.http("read"), run_id)
    assert (ended["state"], ended["reason"]) == ("done", None)
    return run_id


def calls(with_models, run_id, task=TASKS[0], agent=None, peer=None):
    """The calls behind an answer, or about two."""
    query = {"task": task["task_id"], "agent": agent, "peer": peer}
    known = {name: value for name, value in query.items() if value is not None}
    return with_models[0].http("read").get(f"/runs/{run_id}/calls", params=known).raise_for_status().json()


def asked_in(call):
    """What tells a call from others: its text."""
    return call["prompt"] or json.dumps([[message["role"], message["content"]] for message in call["messages"]])


def received(llm):
    """The same of everything that the models were sent."""
    return [
        body.get("prompt") or json.dumps([[message["role"], message["content"]] for message in body["messages"]])
        for body in llm.bodies()
    ]


def document(with_models, run_id):
    """What the leaderboard says of the run."""
    return with_models[0].http("read").get(f"/runs/{run_id}/leaderboard").json()["diagnostics"]["run"]


def about_pairs(with_models, run_id):
    """The calls about every two agents on every task, each once."""
    found = [
        call
        for task in TASKS
        for agent, peer in permutations(STRATEGIES, 2)
        for call in calls(with_models, run_id, task, agent, peer)
    ]
    return {asked_in(call): call for call in found}


@pytest.mark.parametrize("kind", SCORERS)
def test_every_call_of_a_run_but_canaries_and_contrasts_is_found_and_no_other(with_models, kind):
    run_id = ran(with_models, SCORERS[kind])
    sent = received(with_models[1])
    answers = [call for task in TASKS for call in calls(with_models, run_id, task)]
    assert Counter(call["agent"] for call in answers) == {agent: 4 * steps for agent, steps in STEPS.items()}
    about = about_pairs(with_models, run_id)
    assert {asked_in(call) for call in answers} | set(about) <= set(sent)
    purposes = Counter(call["purpose"] for call in about.values())
    facts = document(with_models, run_id)
    if kind == "critic":
        assert purposes == {"verdict": facts["pairs"]["joint"] + facts["critic"]["order"]["pairs"]}
    elif kind == "judge":
        assert purposes == {"verdict": 2 * facts["pairs"]["designed"]}
    elif kind == "pmi":
        assert purposes == {"rating": facts["pairs"]["joint"]}
    elif kind == "likelihood":
        alone = {asked_in(call) for call in about.values() if call["peer"] is None}
        assert purposes == {"likelihood": facts["pairs"]["joint"] + len(alone)}
        assert len(alone) == 4 * len(STRATEGIES)
        assert all(call["log_probability"] < 0 for call in about.values())
    else:
        assert purposes == {"questions": 4, "question answers": 4 * len(STRATEGIES)}


def test_a_call_is_told_word_for_word(with_models):
    run_id = ran(with_models, SCORERS["critic"])
    (call,) = calls(with_models, run_id, agent="careful")
    assert (call["purpose"], call["agent"], call["peer"]) == ("answer", "careful", None)
    assert call["messages"][0] == {"role": "system", "content": f"You are careful of {with_models[0].project}."}
    assert call["messages"][1]["content"] == TASKS[0]["prompt"]
    detail = with_models[0].http("read").get(f"/runs/{run_id}/tasks/{TASKS[0]['task_id']}").json()
    told = {answer["agent"]: answer["response"] for answer in detail["answers"]}
    assert call["text"] == told["careful"]
    assert (call["model"], call["failure"], call["attempts"]) == ("openai/mock-careful", None, 1)
    assert call["tokens_in"] > 0
    notes, written = calls(with_models, run_id, agent="hurried")
    assert notes["text"] in written["messages"][1]["content"]
    assert written["text"] == told["hurried"]
    (first, *_) = calls(with_models, run_id, agent="careful", peer="concise")
    shown = first["messages"][-1]["content"]
    assert shown.index(told[first["agent"]]) < shown.index(told[first["peer"]])


def test_answers_rewritten_before_they_are_scored_are_shown_both_ways(with_models):
    rewriter = {"model": "openai/mock-rewriter", "api_base": with_models[1].url}
    run_id = ran(with_models, SCORERS["pmi"] | {"rewriter": rewriter}, mechanism="mi")
    found = calls(with_models, run_id, agent="careful", peer="concise")
    assert [(call["purpose"], call["agent"]) for call in found[:2]] == [
        ("judgments", "careful"),
        ("judgments", "concise"),
    ]
    assert {call["purpose"] for call in found[2:]} <= {"rating"}


def test_pairs_that_another_run_has_paid_for_are_not_those_of_this_run(with_models):
    full = ran(with_models, SCORERS["critic"], name="all pairs", design={"pairs": "full"})
    few = ran(with_models, SCORERS["critic"], name="few pairs", design={"pairs": "rotating", "peers": 1})
    assert (
        document(with_models, few)["spend"]["paid_by_this_run"]["attempts"]
        < document(with_models, full)["pairs"]["joint"]
    )
    assert len(about_pairs(with_models, full)) >= document(with_models, full)["pairs"]["joint"] == 4 * 6
    assert document(with_models, few)["pairs"]["joint"] <= len(about_pairs(with_models, few)) < 4 * 3


def test_where_no_model_was_asked_there_are_no_calls(with_models):
    run_id = ran(with_models, {"kind": "lexical"})
    assert calls(with_models, run_id, agent="careful", peer="concise") == []


def test_answers_that_were_submitted_have_no_calls(server, done):
    http = server.http("read")
    assert http.get(f"/runs/{done}/calls", params={"task": "t/0", "agent": "careful"}).json() == []


def test_what_the_run_has_not_is_told(server, done):
    http = server.http("read")

    def status(**query):
        return http.get(f"/runs/{done}/calls", params=query).status_code

    assert status(task="t/0", agent="nobody") == status(task="none") == 404
    assert status(task="t/0", agent="careful", peer="nobody") == 404
    assert status(task="t/0", peer="careful") == status() == 422
