"""The likelihood scorer through plans, over real HTTP: the ranking of the offline scorer, and servers that cannot."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import elicit
from elicit.errors import InvalidInput
from elicit.mock_llm import Rule, local_models, serve
from elicit.mock_llm.wire import chunks
from elicit.scorers.likelihood import WAYS, spelled
from elicit.store import Store

DEMO = Path(elicit.__file__).parent / "demo_data" / "responses.jsonl"
AGENTS = ("careful", "concise", "junior", "constant", "evasive")
REPEATERS = {"constant", "evasive"}  # some of their answers are the same to several tasks

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def rows():
    """Answers of some of the demo's agents to its first five tasks, one of them missing."""
    rows = [json.loads(line) for line in DEMO.read_text().splitlines()]
    tasks = list(dict.fromkeys(row["task_id"] for row in rows))[:5]
    kept = [row for row in rows if row["task_id"] in tasks and row["agent"] in AGENTS]
    kept.remove(next(row for row in kept if row["agent"] == "junior" and row["task_id"] == tasks[3]))
    return kept


@pytest.fixture
def serving(tmp_path):
    """A function that serves the word model of some rows."""

    def serving(rows, script=None):
        (tmp_path / "part.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return serve(script, models=local_models(lexical=tmp_path / "part.jsonl"))

    return serving


def plan(rows, url, via="echo", **more):
    """Agents whose answers are given, compared in full by the word model."""
    prompts = {row["task_id"]: row["prompt"] for row in rows}
    answers = {row["agent"]: [] for row in rows}
    for row in rows:
        answers[row["agent"]].append({"task_id": row["task_id"], "response": row["response"]})
    return {
        "tasks": [{"task_id": task, "prompt": prompt} for task, prompt in prompts.items()],
        "agents": [{"name": agent, "responses": told} for agent, told in answers.items()],
        "scorer": {"kind": "likelihood", "model": "openai/mock-words", "api_base": url, "via": via},
        "design": {"pairs": "full"},
        "limits": {"concurrency": 16},
    } | more


def stored(board):
    """A board's scores by agent, each task's share in them, and the evidence behind them."""
    with Store.open() as store:
        run = store.run(board.run_id)
        evidence = store.evaluation(run.input_hash).evidence
    scores = {row["agent"]: row["score"] for row in board.document["agents"]}
    return scores, run.arrays["task_scores"], evidence


def check_same(asked, offline):
    scores, by_task, _ = stored(asked)
    expected, expected_by_task, _ = stored(offline)
    assert scores == pytest.approx(expected, rel=0, abs=1e-6)
    assert_allclose(by_task, expected_by_task, rtol=0, atol=1e-6)
    assert [row["agent"] for row in asked.document["agents"]] == [row["agent"] for row in offline.document["agents"]]


@pytest.mark.parametrize(("via", "seed"), [("echo", 0), ("prompt_logprobs", 5)])
def test_the_word_model_asked_over_http_scores_as_the_offline_scorer_does(serving, rows, via, seed):
    with serving(rows) as server:
        asked = elicit.evaluate(plan(rows, server.url, via, mechanism="gem-s", seed=seed))
    check_same(asked, elicit.rank(rows, clones=False, peers="uniform", seed=seed))


def test_a_task_need_not_be_shown_where_no_answer_is_given_to_two_tasks(serving, rows):
    rows = [row for row in rows if row["agent"] not in REPEATERS]
    with serving(rows) as server:
        asked = elicit.evaluate(plan(rows, server.url, mechanism="gem"))
    check_same(asked, elicit.rank(rows, clones=False, peers="uniform"))


def test_mi_has_the_same_gains_divided_by_the_tokens_of_the_answer_that_is_told_of(serving, rows):
    with serving(rows) as server:
        whole = elicit.evaluate(plan(rows, server.url, mechanism="gem"))
        asked = len(server.requests())
        each = elicit.evaluate(plan(rows, server.url, mechanism="mi"))
        assert len(server.requests()) == asked, "the requests are the same"
    _, _, gem = stored(whole)
    _, _, mi = stored(each)
    agents = [agent["name"] for agent in plan(rows, "http://x")["agents"]]
    tasks = [task["task_id"] for task in plan(rows, "http://x")["tasks"]]
    tokens = np.ones((len(tasks), len(agents)))
    for row in rows:
        place = tasks.index(row["task_id"]), agents.index(row["agent"])
        tokens[place] = len(chunks(spelled(row["response"])))
    assert mi.unit == "nats per token"
    assert_allclose(mi.gain * tokens[:, None, :], gem.gain, atol=1e-12)
    assert_allclose(mi.contrast * tokens[:, None, :], gem.contrast, atol=1e-12)


def test_prompt_log_probabilities_give_the_scores_of_the_echo(serving, rows):
    with serving(rows, [Rule(endpoint="completions", answer="")]) as server:  # the one token written may be an end
        echo = elicit.evaluate(plan(rows, server.url, "echo"))
        server.reset()
        vllm = elicit.evaluate(plan(rows, server.url, "prompt_logprobs"))
        assert all("echo" not in body and body["prompt_logprobs"] == 1 for body in server.bodies())
    assert stored(vllm)[0] == pytest.approx(stored(echo)[0], rel=0, abs=1e-9)
    assert_allclose(stored(vllm)[1], stored(echo)[1], rtol=0, atol=1e-9)
    assert vllm.diagnostics["run"]["likelihood"] == {"via": "prompt_logprobs"}


def test_a_server_that_echoes_nothing_is_asked_for_prompt_log_probabilities(serving, rows):
    refusing = [Rule(endpoint="completions", status=400, answer="echo is not supported", times=1)]
    with serving(rows, refusing) as server:
        board = elicit.evaluate(plan(rows, server.url, None))
        assert [bool(body.get("echo")) for body in server.bodies()[:2]] == [True, False]
    assert board.diagnostics["run"]["likelihood"] == {"via": "prompt_logprobs"}
    assert board.diagnostics["run"]["pairs"]["scored"] == board.diagnostics["run"]["design"]["pairs"]


def test_a_server_that_echoes_is_probed_once(serving, rows):
    with serving(rows) as server:
        board = elicit.evaluate(plan(rows, server.url, None))
        assert not any("prompt_logprobs" in body for body in server.bodies())
    assert board.diagnostics["run"]["likelihood"] == {"via": "echo"}


@pytest.mark.parametrize(("via", "tried"), [(None, list(WAYS)), ("echo", ["echo"])])
def test_a_server_that_does_not_return_log_probabilities_of_given_text_is_refused(serving, rows, via, tried):
    with serving(rows, [Rule(endpoint="completions", fault="no logprobs")]) as server:
        with pytest.raises(InvalidInput, match="does not return them") as refusal:
            elicit.evaluate(plan(rows, server.url, via))
        assert len(server.requests()) == len(tried)
    assert all(f"{way}: " in str(refusal.value) for way in tried)
