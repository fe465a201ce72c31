"""Who moved between two runs, as far as that can be told."""

import numpy as np

from elicit.services.alerts import has_moved, moves_between
from elicit.services.compare import Board

TASKS = tuple(f"t{n}" for n in range(60))


def board(*levels):
    """A run in which agents score around these levels; `None` has no score at all."""
    rng = np.random.default_rng(0)
    columns = [np.full(60, np.nan) if level is None else level + rng.normal(0, 0.1, 60) for level in levels]
    scores = np.array(columns).T
    mean = np.array([np.nan if level is None else column.mean() for level, column in zip(levels, columns, strict=True)])
    return Board("run", "mi", TASKS, tuple("abcd"[: len(levels)]), mean, scores, scores)


def test_an_agent_that_fell_behind_others_has_moved_and_one_that_kept_its_place_has_not():
    moves = moves_between(board(1, 2, 3, 4), board(1, 2, 3, 0), seed=0)
    assert {agent: has_moved(move) for agent, move in moves.items()} == {"a": True, "b": True, "c": True, "d": True}
    same = moves_between(board(1, 2, 3, 4), board(1, 2, 3, 4), seed=1)
    assert not any(has_moved(move) for move in same.values())


def test_runs_of_which_fewer_than_two_agents_have_a_score_in_both_are_not_compared():
    assert moves_between(board(1, 2, None), board(1, None, 2), seed=0) == {}
