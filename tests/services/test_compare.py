"""Who moved between two runs: nobody by chance, everybody who did."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from elicit.errors import InvalidInput
from elicit.estimators.permutation import two_sided_p
from elicit.services.compare import Board, compare, holm

NAN = np.nan


def board(task_scores, *, name="run", made_by="mi with lexical", tasks=None, agents=None):
    m, n = task_scores.shape
    known = ~np.isnan(task_scores)
    score = np.where(known, task_scores, 0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), NAN)
    return Board(
        name=name,
        made_by=made_by,
        tasks=tuple(f"t{t}" for t in range(m)) if tasks is None else tasks,
        agents=tuple(f"a{i}" for i in range(n)) if agents is None else agents,
        score=score,
        task_scores=task_scores,
        pseudo_values=task_scores,
    )


def noisy(m=60, n=6, *, seed=0, spread=1.0):
    """Agents a mean of 1 apart, the first best."""
    return np.random.default_rng(seed).normal(scale=spread, size=(m, n)) + np.arange(n, 0, -1)


def moved(moves):
    return [move.agent for move in moves if move.beyond_noise]


def test_a_run_against_itself_moves_nobody():
    run = board(noisy(spread=6))
    for move in compare(run, run, seed=0):
        assert (move.rank_change, move.rank_change_low, move.rank_change_high) == (0, 0, 0)
        assert (move.score_change, move.score_change_low, move.score_change_high) == (0, 0, 0)
        assert move.p_value == move.p_adjusted == 1
    assert moved(compare(run, run, seed=0)) == []


def test_an_agent_that_got_better_moved_beyond_noise_and_those_it_passed_by_one_place():
    before = noisy(m=100)
    after = before.copy()
    after[:, 5] += 3.5
    moves = {move.agent: move for move in compare(board(before), board(after), seed=0)}
    assert (moves["a5"].rank_before, moves["a5"].rank_after, moves["a5"].rank_change) == (6, 3, 3)
    assert moves["a5"].beyond_noise
    assert_allclose(moves["a5"].score_change, 3.5)
    assert [moves[f"a{i}"].rank_change for i in range(5)] == [0, 0, -1, -1, -1]
    assert not moves["a0"].beyond_noise
    assert not moves["a1"].beyond_noise
    assert moves["a5"].rank_change_low <= 3 <= moves["a5"].rank_change_high


def test_a_move_within_noise_is_not_beyond_it():
    before = np.random.default_rng(0).normal(size=(40, 6))
    after = np.random.default_rng(1).normal(size=(40, 6))
    moves = compare(board(before), board(after, tasks=tuple(f"u{t}" for t in range(40))), seed=0)
    assert any(move.rank_change for move in moves)
    assert moved(moves) == []


@pytest.mark.parametrize("seed", [5, 379, 401])
def test_an_interval_leaves_out_no_move_where_the_p_value_says_so(seed):
    """With the second seed the interval's end lies between 0 and 1: rounded outwards, it takes 0 in."""
    rng = np.random.default_rng(seed)
    before = rng.normal(size=(20, 2))
    after = before + rng.normal(scale=0.3, size=(20, 2)) + [0, 0.9]
    for move in compare(board(before), board(after), seed=seed):
        assert (move.rank_change_low > 0 or move.rank_change_high < 0) == (move.p_value <= 0.05)


def test_without_a_difference_few_comparisons_find_one():
    found = 0
    for seed in range(60):
        before, after = (board(np.random.default_rng([seed, k]).normal(size=(30, 4))) for k in (0, 1))
        found += bool(moved(compare(before, after, seed=seed)))
    assert found <= 60 * 0.05 + 3 * np.sqrt(60 * 0.05 * 0.95)


def test_moves_come_in_the_order_of_the_second_run():
    before, after = noisy(spread=0.1), noisy(spread=0.1)[:, ::-1]
    moves = compare(board(before), board(after), seed=0)
    assert [move.agent for move in moves] == ["a5", "a4", "a3", "a2", "a1", "a0"]
    assert [move.rank_after for move in moves] == [1, 2, 3, 4, 5, 6]
    assert [move.rank_change for move in moves] == [5, 3, 1, -1, -3, -5]


def test_what_shared_tasks_have_in_common_cancels():
    """Tasks of very different difficulty: on the same tasks a small gain is sure, on others it is not."""
    hard = np.random.default_rng(0).normal(scale=9, size=(60, 1))
    before, after = noisy(n=3, spread=0.1) + hard, noisy(n=3, spread=0.1, seed=1) + hard + [0, 0, 0.5]
    same, others = (
        {move.agent: move for move in compare(board(before), board(after, tasks=tasks), seed=0)}["a2"]
        for tasks in (None, tuple(f"u{t}" for t in range(60)))
    )
    assert_allclose(same.score_change, others.score_change)
    assert same.score_change_low > 0 > others.score_change_low
    assert others.score_change_high - others.score_change_low > 20 * (same.score_change_high - same.score_change_low)


def test_tasks_are_matched_by_name_not_by_place():
    hard = np.random.default_rng(0).normal(scale=9, size=(60, 1))
    before, after = noisy(n=3, spread=0.1) + hard, noisy(n=3, spread=0.1, seed=1) + hard
    order = np.random.default_rng(2).permutation(60)
    shuffled = board(after[order], tasks=tuple(f"t{t}" for t in order))
    for move in compare(board(before), shuffled, seed=0):
        assert move.score_change_high - move.score_change_low < 0.2


def test_runs_on_different_mechanisms_compare_ranks_but_not_scores():
    moves = compare(board(noisy()), board(100 * noisy(seed=1), made_by="gppm with lexical"), seed=0)
    for move in moves:
        assert (move.score_change, move.score_change_low, move.score_change_high) == (None, None, None)
        assert isinstance(move.rank_change, int)


def test_only_shared_agents_are_compared_and_ranked_among_themselves():
    before = board(noisy(n=4), agents=("gone", "a", "b", "c"))
    after = board(noisy(n=4, seed=1)[:, [3, 0, 1, 2]], agents=("new", "c", "a", "b"))
    ranks = {move.agent: (move.rank_before, move.rank_after) for move in compare(before, after, seed=0)}
    assert ranks == {"a": (1, 2), "b": (2, 3), "c": (3, 1)}


@pytest.mark.parametrize(
    ("agents", "n_shared"), [(("x", "y", "z"), 0), (("a0", "y", "z"), 1)], ids=["no shared agent", "one shared agent"]
)
def test_fewer_than_two_shared_agents_are_an_error(agents, n_shared):
    with pytest.raises(InvalidInput, match=rf"at least two .*; first and second share {n_shared}"):
        compare(board(noisy(n=3), name="first"), board(noisy(n=3), name="second", agents=agents), seed=0)


def test_an_agent_without_a_score_in_one_run_is_not_compared():
    unscored = noisy(n=4)
    unscored[:, 1] = NAN
    assert [move.agent for move in compare(board(noisy(n=4)), board(unscored), seed=0)] == ["a0", "a2", "a3"]


@pytest.mark.parametrize("n_known", [1, 2, 5])
def test_an_agent_seen_on_few_tasks_is_compared_without_a_crash(n_known):
    sparse = noisy(n=4)
    sparse[n_known:, 3] = NAN
    for before, after in ((board(sparse), board(noisy(n=4))), (board(sparse), board(sparse))):
        moves = compare(before, after, seed=0)
        assert {move.agent for move in moves} == {"a0", "a1", "a2", "a3"}


def test_an_agent_whose_score_cannot_be_traced_to_tasks_is_compared_without_a_crash():
    """dmi scores pairs whose blocks are too short to take a task out of."""
    untraced = noisy(n=4)
    untraced[:, 3] = NAN
    run = replace(board(untraced), score=np.array([4.0, 3, 2, 1]))
    assert {move.agent for move in compare(run, run, seed=0)} == {"a0", "a1", "a2", "a3"}


def test_a_large_move_is_beyond_noise_among_many_agents_too():
    before = noisy(n=200, m=50, spread=0.1)
    after = before.copy()
    after[:, 199] += 150
    assert "a199" in moved(compare(board(before), board(after), seed=0))


def test_the_seed_decides_everything():
    before, after = board(noisy()), board(noisy(seed=1))
    assert compare(before, after, seed=3) == compare(before, after, seed=3)
    assert compare(before, after, seed=3) != compare(before, after, seed=4)


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.02, 0.01, 0.9, 0.3], [0.06, 0.04, 0.9, 0.6]),
        ([0.5, 0.6], [1, 1]),
        ([0.04], [0.04]),
    ],
)
def test_holm_by_hand(p, adjusted):
    assert_allclose(holm(np.array(p)), adjusted)


def test_a_two_sided_p_value_counts_the_rarer_side_twice():
    draws = np.array([[1, -1, 0, 2], [1, -1, 0, 2], [1, 1, 0, -2], [1, 0, 0, 2]] * 25, dtype=float)
    assert_allclose(two_sided_p(draws), [2 / 101, 1, 1, 2 * 26 / 101])
    assert_array_equal(two_sided_p(-draws), two_sided_p(draws))
