"""The document of a ranking: names that programs rely on, plain values, unknown as `None`."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from small_evaluations import POOLS, by_agent, of_gains, of_labels, of_texts, pool_labels, pool_texts, ranked

from elicit.estimators.ranks import spearman
from elicit.services.document import plain
from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options

KEYS = ["mechanism", "scorer", "n_agents", "n_tasks", "seed", "agents", "diagnostics"]
AGENT_KEYS = ["agent", "rank", "rank_low", "rank_high", "score", "low", "high", "n_tasks", "coverage", "cluster"]

each_pool = pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)


@each_pool
def test_the_keys_are_those_programs_rely_on(pool):
    result = ranked(pool, seed=3)
    assert list(result) == KEYS
    assert (result["n_agents"], result["n_tasks"], result["seed"]) == (5, len(pool.tasks), 3)
    for agent in result["agents"]:
        assert list(agent)[: len(AGENT_KEYS)] == AGENT_KEYS
    assert {tuple(agent) for agent in result["agents"]} == {tuple(result["agents"][0])}


@each_pool
def test_values_are_plain_and_survive_json(pool):
    result = ranked(pool)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    for agent in result["agents"]:
        kinds = {name: type(value) for name, value in agent.items() if value is not None}
        assert set(kinds.values()) <= {str, int, float}
        assert all(kinds[name] is int for name in ("rank", "rank_low", "rank_high", "n_tasks", "cluster", "tie_group"))


def test_agents_stand_in_rank_order_and_the_unranked_last():
    texts = [[None, *row[::-1]] for row in pool_texts()]
    result = ranked(of_texts(texts))
    assert [agent["agent"] for agent in result["agents"]] == ["a5", "a4", "a3", "a2", "a1", "a0"]
    assert [agent["rank"] for agent in result["agents"]] == [1, 2, 3, 4, 5, None]


def test_agents_that_tie_stand_in_the_order_of_the_input():
    texts = [[row[2], *row] for row in pool_texts()]
    names = [agent["agent"] for agent in ranked(of_texts(texts))["agents"]]
    assert names == ["a1", "a2", "a0", "a3", "a4", "a5"]


def test_clusters_and_tie_groups_go_by_name():
    texts = [[*row, row[4], row[0]] for row in pool_texts()]
    result = ranked(of_texts(texts))
    assert sorted(result["diagnostics"]["clusters"]) == [["a0", "a6"], ["a4", "a5"]]
    cluster = by_agent(result, "cluster")
    assert cluster["a0"] == cluster["a6"] != cluster["a4"] == cluster["a5"]
    assert min(cluster.values()) == 1
    groups = result["diagnostics"]["tie_groups"]
    assert groups == [["a0", "a6"], ["a1"], ["a2"], ["a3"], ["a4", "a5"]]
    assert [by_agent(result, "tie_group")[names[0]] for names in groups] == [1, 2, 3, 4, 5]


def test_win_probabilities_stand_in_rank_order():
    result = ranked(of_texts([row[::-1] for row in pool_texts()]))
    win = result["diagnostics"]["win_probability"]
    assert [agent["agent"] for agent in result["agents"]] == ["a4", "a3", "a2", "a1", "a0"]
    for i in range(5):
        for j in range(5):
            assert win[i][j] == (None if i == j else 1 if i < j else 0)


def test_the_length_control_speaks_of_the_leaderboards_scores():
    texts = pool_texts()
    result = ranked(of_texts(texts))
    length = result["diagnostics"]["length"]
    mean_words = by_agent(result, "mean_words")
    assert_allclose(mean_words["a2"], np.mean([len(row[2].split()) for row in texts]))
    assert_allclose(length["spearman_with_score"], -1)  # worse agents talk more here
    score, adjusted = (list(by_agent(result, name).values()) for name in ("score", "score_length_adjusted"))
    assert length["spearman_raw_with_adjusted"] == spearman(np.array(score), np.array(adjusted)) < 1
    slope = rank_evaluation(of_texts(texts), Options()).length_slope
    assert_allclose(length["score_per_doubling"], slope * np.log(2))
    assert slope < 0


@pytest.mark.parametrize("kind", ["labels", "pair scores", "gains"])
def test_without_text_nothing_is_said_about_length(kind):
    result = ranked(POOLS[kind])
    assert result["diagnostics"]["length"] is None
    for name in ("mean_words", "score_length_adjusted"):
        assert set(by_agent(result, name).values()) == {None}


def test_effective_numbers_count_votes_and_say():
    codes = pool_labels()
    diagnostics = ranked(of_labels(np.column_stack([codes, codes[:, 3]])))["diagnostics"]
    assert_allclose([diagnostics["effective_agents"], diagnostics["effective_peers"]], 5)
    assert ranked(POOLS["labels"], peers="softmax")["diagnostics"]["effective_peers"] < 4


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("responses", "nats per response"),
        ("labels", "nats"),
        ("pair scores", "critic score above chance"),
        ("gains", "nats per token"),
    ],
)
def test_the_unit_is_that_of_the_evidence(kind, unit):
    pool = POOLS[kind]
    if kind == "gains":
        pool = replace(pool, evidence=replace(pool.evidence, unit=unit))
    assert ranked(pool)["diagnostics"]["unit"] == unit


@pytest.mark.parametrize(
    ("pool", "options", "caution"),
    [
        (POOLS["responses"], {}, "the lexical scorer counts shared words"),
        (POOLS["labels"], {"mechanism": "output_agreement"}, "output agreement is a control"),
        (POOLS["responses"], {}, "only 24 tasks"),
    ],
    ids=["lexical", "control", "few tasks"],
)
def test_what_a_reader_should_know_is_noted(pool, options, caution):
    noted = [note for note in ranked(pool, **options)["diagnostics"]["notes"] if note.startswith(caution)]
    assert len(noted) == 1
    assert not any(note.startswith(caution) for note in ranked(POOLS["labels"])["diagnostics"]["notes"])


def test_a_score_that_is_not_tested_has_no_p_value():
    result = ranked(POOLS["gains without contrasts"])
    assert result["diagnostics"]["signal"]["p_value"] is None
    assert set(by_agent(result, "p_value").values()) == set(by_agent(result, "chance").values()) == {None}


def test_the_mean_score_is_over_agents_that_have_one():
    gain = POOLS["gains"].evidence.gain.copy()
    gain[:, 4, :] = gain[:, :, 4] = np.nan
    result = ranked(of_gains(gain))
    scores = [agent["score"] for agent in result["agents"] if agent["score"] is not None]
    assert len(scores) == 4
    assert_allclose(result["diagnostics"]["signal"]["mean_score"], np.mean(scores))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.5), 0.5),
        (np.float32("nan"), None),
        (float("inf"), None),
        (np.int64(3), 3),
        (True, True),
        ("nan", "nan"),
    ],
)
def test_unknown_numbers_are_none_and_others_python_values(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


@each_pool
def test_neighbours_in_rank_are_set_beside_each_other_on_the_same_draws_of_tasks(pool):
    result = ranked(pool)
    agents, pairs = result["agents"], result["diagnostics"]["separation"]
    assert [(pair["agent"], pair["next"]) for pair in pairs] == [
        (one["agent"], other["agent"]) for one, other in pairwise(agents)
    ]
    for pair, one, other in zip(pairs, agents, agents[1:], strict=False):
        assert pair["difference"] == one["score"] - other["score"]
        assert pair["low"] <= pair["difference"] <= pair["high"]
        told_apart = one["tie_group"] != other["tie_group"]
        assert pair["more_tasks"] > 0 or pair["low"] > 0
        assert told_apart or pair["more_tasks"] > 0
        assert type(pair["more_tasks"]) is int


def test_agents_that_share_a_rank_need_more_than_tasks():
    texts = [[row[2], *row] for row in pool_texts()]
    pairs = {(pair["agent"], pair["next"]): pair for pair in ranked(of_texts(texts))["diagnostics"]["separation"]}
    copies = pairs["a0", "a3"]
    assert (copies["difference"], copies["more_tasks"]) == (0.0, None)


def test_one_task_and_agents_without_a_rank_leave_nothing_to_separate():
    texts = [[None, *row] for row in pool_texts()]
    pairs = ranked(of_texts(texts))["diagnostics"]["separation"]
    assert "a0" not in {name for pair in pairs for name in (pair["agent"], pair["next"])}
    pairs = ranked(of_texts(pool_texts(m=1)))["diagnostics"]["separation"]
    assert all((pair["low"], pair["high"], pair["p_value"], pair["more_tasks"]) == (None,) * 4 for pair in pairs)
