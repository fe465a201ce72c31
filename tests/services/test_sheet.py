"""What is read off the score sheet of a run, by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from elicit.errors import InvalidInput
from elicit.services.sheet import Sheet, agent_by_task, category_boards, change_by_task, difference_by_task

NAN = np.nan
SCORES = np.array([[1.0, 3.0, NAN], [2.0, 0.0, NAN], [5.0, NAN, 1.0], [0.5, 0.5, 0.5]])


def sheet(score=SCORES, category=("x", "x", None, ""), block=(0, 1, 2, 3)):
    return Sheet("r", ("a", "b", "c"), ("t0", "t1", "t2", "t3"), category, np.array(block), score)


def test_a_board_has_the_means_over_its_tasks_and_those_without_a_category_are_on_none():
    (board,) = category_boards(sheet(), seed=0)
    assert (board.category, board.n_tasks) == ("x", 2)
    assert [(row["agent"], row["rank"], row["score"], row["n_tasks"]) for row in board.agents] == [
        ("a", 1, 1.5, 2),
        ("b", 1, 1.5, 2),
        ("c", None, None, 0),
    ]
    unknown = board.agents[2]
    assert {unknown[name] for name in ("low", "high", "rank_low", "rank_high")} == {None}


def test_tasks_with_one_prompt_are_one_draw_and_show_no_spread():
    (board,) = category_boards(sheet(block=(0, 0, 1, 2)), seed=0)
    assert all((row["low"], row["high"], row["rank_low"]) == (None, None, None) for row in board.agents)
    assert board.agents[0]["rank"] == 1


def test_an_interval_is_that_of_a_mean_over_the_tasks_of_the_category():
    rng = np.random.default_rng(0)
    score = rng.normal([0.5, 0.0], 1.0, size=(100, 2))
    whole = Sheet("r", ("a", "b"), tuple(map(str, range(100))), ("x",) * 50 + ("y",) * 50, np.arange(100), score)
    for board, its in zip(category_boards(whole, seed=0), (score[:50], score[50:]), strict=True):
        for row in board.agents:
            values = its[:, "ab".index(row["agent"])]
            half = 1.96 * values.std() / np.sqrt(50)
            assert_allclose([row["low"], row["high"]], [values.mean() - half, values.mean() + half], atol=0.06)


def test_the_same_seed_gives_the_same_boards():
    assert category_boards(sheet(), seed=3) == category_boards(sheet(), seed=3)


def test_the_mean_of_others_leaves_the_agent_out_and_what_is_missing():
    rows = agent_by_task(sheet(), "b")
    assert [(row["score"], row["mean_of_others"]) for row in rows] == [(3.0, 1.0), (0.0, 2.0), (None, 3.0), (0.5, 0.5)]
    alone = agent_by_task(sheet(np.array([[1.0, NAN, NAN]] * 4)), "a")
    assert alone[0]["mean_of_others"] is None


def test_differences_stand_largest_first_and_only_where_both_have_a_score():
    rows = difference_by_task(sheet(), "a", "b")
    assert [(row["task_id"], row["difference"]) for row in rows] == [("t0", -2.0), ("t1", 2.0), ("t3", 0.0)]
    assert rows[0]["category"] == "x"
    assert difference_by_task(sheet(), "b", "c")[0]["task_id"] == "t3"


def test_a_change_is_from_the_run_before_to_the_one_after_on_the_tasks_of_both():
    after = Sheet("s", ("c", "a"), ("t9", "t1"), (None, "z"), np.array([0, 1]), np.array([[1.0, 1.0], [1.0, 5.0]]))
    (row,) = change_by_task(sheet(), after, "a")
    assert row == {"task_id": "t1", "category": "z", "score": 5.0, "baseline_score": 2.0, "difference": 3.0}


def test_an_agent_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(InvalidInput, match="run r has no agent 'd': it has 'a', 'b', 'c'"):
        difference_by_task(sheet(), "a", "d")
