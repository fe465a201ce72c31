"""Tables of pairs: a critic's scores and log-probabilities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from elicit.evidence import Gains, PairScores
from elicit.io import from_rows, read

PAIRS = [
    {"task_id": "t1", "agent": "ann", "peer": "bob", "peer_task_id": "t1", "score": 1.0},
    {"task_id": "t2", "agent": "bob", "peer": "ann", "peer_task_id": "t2", "score": 0.5},
    {"task_id": "t2", "agent": "bob", "peer": "ann", "peer_task_id": "t3", "score": 0.0},
]
LOGPROBS = [
    {"task_id": "t1", "agent": "ann", "peer": "bob", "logp_cond": -6.0, "logp_base": -10.0, "n_tokens": 4},
    {"task_id": "t1", "agent": "cleo", "peer": "bob", "logp_cond": -12.0, "logp_base": -10.0, "n_tokens": 4},
    {"task_id": "t2", "agent": "bob", "peer": "ann", "logp_cond": -3.0, "logp_base": -3.0, "n_tokens": 2},
]


@pytest.mark.parametrize("name", ["p.jsonl", "p.json", "p.csv", "p.tsv", "p.parquet", "p.csv.gz", "p.parquet.gz"])
def test_scored_pairs_read_alike_in_every_format(write, name):
    evaluation = read([write(name, PAIRS)])
    scores = evaluation.evidence
    assert isinstance(scores, PairScores)
    assert evaluation.agents == ("ann", "bob")
    assert [task.id for task in evaluation.tasks] == ["t1", "t2", "t3"]
    assert_array_equal(scores.agent, [0, 1, 1])
    assert_array_equal(scores.peer, [1, 0, 0])
    assert_array_equal(scores.task, [0, 1, 1])
    assert_array_equal(scores.peer_task, [0, 1, 2])
    assert_array_equal(scores.score, [1, 0.5, 0])
    assert_array_equal(scores.weight, [1, 1, 1])
    assert_array_equal(scores.joint, [True, True, False])
    assert scores.score.dtype == scores.weight.dtype == np.float64


def test_weights_are_read_where_a_table_has_them():
    assert_array_equal(from_rows([{**row, "weight": 3} for row in PAIRS]).evidence.weight, [3, 3, 3])


def test_a_pair_of_an_agent_with_itself_is_left_out_and_counted():
    evaluation = from_rows([*PAIRS, {**PAIRS[0], "peer": "ann"}])
    assert len(evaluation.evidence.score) == 3
    assert "1 row left out, agent and peer are the same" in evaluation.notes


def test_an_agent_that_few_tasks_tell_about_is_counted():
    rows = [{**PAIRS[0], "task_id": f"t{k}", "peer_task_id": f"t{k}"} for k in range(4)]
    rows += [{**PAIRS[0], "agent": "cleo", "peer_task_id": "t2"}]
    assert "agent 'cleo' answered 1 of 4 tasks" in from_rows(rows).notes


@pytest.mark.parametrize("name", ["p.jsonl", "p.csv", "p.parquet"])
def test_log_probabilities_become_gains_per_token_of_the_peer(write, name):
    evaluation = read([write(name, LOGPROBS)])
    gains = evaluation.evidence
    assert isinstance(gains, Gains)
    assert evaluation.agents == ("ann", "cleo", "bob")
    expected = np.full((2, 3, 3), np.nan)
    expected[0, 0, 2] = 1.0  # ann's response makes bob's 4 nats likelier, over 4 tokens
    expected[0, 1, 2] = -0.5
    expected[1, 2, 0] = 0.0
    assert_array_equal(gains.gain, expected)
    assert_array_equal(gains.base, [[np.nan, np.nan, -2.5], [-1.5, np.nan, np.nan]])
    assert (gains.contrast, gains.unit, gains.gain.dtype) == (None, "nats per token", np.float64)


def test_bases_may_differ_by_rounding():
    rows = [LOGPROBS[0], {**LOGPROBS[1], "logp_base": -10.000001}]
    assert_allclose(from_rows(rows).evidence.gain[0, 1, 2], -0.5, atol=1e-6)


def test_an_agents_own_log_probability_gives_a_base_but_no_gain():
    own = {**LOGPROBS[0], "agent": "ann", "peer": "ann", "logp_base": -8.0}
    evaluation = from_rows([*LOGPROBS, own])
    assert evaluation.evidence.base[0, 0] == -2.0
    assert np.isnan(evaluation.evidence.gain[0, 0, 0])
    assert "1 row left out, agent and peer are the same" in evaluation.notes


def test_a_tasks_file_describes_pairs_too(write):
    tasks = write("tasks.csv", "task_id,prompt\nt1,Why?\nt2,Where?\nt3,When?\n")
    evaluation = read([write("pairs.csv", PAIRS)], tasks=tasks)
    assert [task.prompt for task in evaluation.tasks] == ["Why?", "Where?", "When?"]


def test_evidence_chooses_among_the_files_of_a_folder(write, tmp_path):
    responses = [{"task_id": "t1", "agent": agent, "response": "x"} for agent in ("ann", "bob")]
    write("run/pairs.csv", PAIRS)
    write("run/responses.jsonl", responses)
    folder = tmp_path / "run"
    default = read([folder])
    assert f"{folder / 'pairs.csv'}: not read, it holds pair-scores and the responses are ranked" in default.notes
    chosen = read([folder], evidence="pair-scores")
    assert isinstance(chosen.evidence, PairScores)
    assert f"not read: {folder / 'responses.jsonl'}: no column holds the peer" in chosen.notes
