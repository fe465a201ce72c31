"""Two agents of one run: worse only where it is no noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from small_evaluations import POOLS, of_texts, pool_texts

from elicit.errors import InvalidInput
from elicit.services.compare import Board
from elicit.services.difference import difference
from elicit.services.document import document
from elicit.services.ranking import rank_evaluation, same_prompt_blocks
from elicit.services.scoring import Options

NAN = np.nan


def told(task_scores, *, block=None, agent="a1", baseline="a0", seed=0):
    """The difference of two columns of task scores."""
    m, n = task_scores.shape
    agents = tuple(f"a{i}" for i in range(n))
    facts = {"score_length_adjusted": None, "mean_words": None}
    written = {
        "agents": [{"agent": name, **facts} for name in agents],
        "diagnostics": {"unit": "nats", "signal": {"p_value": 0.01}},
    }
    board = Board("run", "mi", tuple(f"t{t}" for t in range(m)), agents, np.zeros(n), task_scores, task_scores)
    return difference(board, np.arange(m) if block is None else block, written, agent, baseline, seed=seed)


def noisy(m, drop, *, seed=0):
    """A baseline and an agent that earns `drop` less, on tasks that differ much more than the two do."""
    rng = np.random.default_rng(seed)
    return rng.normal(scale=5, size=(m, 1)) + rng.normal(size=(m, 2)) - [0, drop]


def test_a_drop_that_tasks_would_hide_is_found_task_by_task():
    found = told(noisy(100, 0.8))
    assert found.verdict == "worse"
    assert found.low < found.difference < found.high < 0
    assert found.n_tasks == 100


def test_the_other_way_round_it_is_better():
    scores = noisy(100, 0.8)
    there, back = told(scores), told(scores, agent="a0", baseline="a1")
    assert back.verdict == "better"
    assert_allclose(back.difference, -there.difference)


def test_agents_that_are_alike_are_seldom_called_worse():
    verdicts = [told(noisy(30, 0, seed=seed), seed=seed).verdict for seed in range(400)]
    assert set(verdicts) <= {"worse", "better", "not told apart"}
    assert verdicts.count("worse") <= 16  # 2.5 % are expected


def test_only_tasks_that_both_have_answered_count():
    scores = noisy(60, 0)
    scores[:30, 1] = NAN
    scores[:30, 0] += 100
    found = told(scores)
    assert found.n_tasks == 30
    assert abs(found.difference) < 1


@pytest.mark.parametrize("scores", [np.full((5, 2), NAN), np.array([[1.0, 2.0]])])
def test_without_two_tasks_in_common_nothing_is_said(scores):
    found = told(scores)
    assert (found.verdict, found.low, found.p_value) == ("unknown", None, None)


def test_tasks_with_one_prompt_count_as_one():
    scores = noisy(100, 0.8)
    assert told(scores, block=np.zeros(100, dtype=int)).verdict == "unknown"
    assert told(np.repeat(noisy(4, 3), 25, axis=0), block=np.repeat(np.arange(4), 25)).verdict == "not told apart"


def test_the_same_run_says_the_same_again():
    scores = noisy(40, 0.3)
    assert told(scores) == told(scores)


@pytest.mark.parametrize(("agent", "baseline", "problem"), [("a1", "a1", "twice"), ("zed", "a1", "no agent 'zed'")])
def test_it_takes_two_agents_of_the_run(agent, baseline, problem):
    with pytest.raises(InvalidInput, match=problem):
        told(noisy(10, 0), agent=agent, baseline=baseline)


def of(evaluation, agent, baseline):
    ranking = rank_evaluation(evaluation, Options())
    tasks = tuple(task.id for task in evaluation.tasks)
    board = Board("run", "mi", tasks, evaluation.agents, ranking.score, ranking.task_scores, ranking.pseudo_values)
    block = same_prompt_blocks(evaluation.tasks)
    return ranking, difference(board, block, document(ranking), agent, baseline, seed=0)


@pytest.mark.parametrize("kind", POOLS)
def test_of_every_kind_of_evidence_the_difference_is_that_of_the_scores(kind):
    ranking, found = of(POOLS[kind], "a4", "a0")
    assert_allclose(found.difference, ranking.score[4] - ranking.score[0], atol=1e-6)
    assert found.verdict == "worse"


def test_the_length_control_is_shown_beside_it():
    _, found = of(of_texts(pool_texts()), "a1", "a0")
    assert found.agent_words > found.baseline_words
    assert found.length_adjusted is not None
    _, without_text = of(POOLS["labels"], "a1", "a0")
    assert without_text.agent_words is without_text.length_adjusted is None
