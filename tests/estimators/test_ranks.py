"""Ranks from the top, intervals around them, and groups that cannot be told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.ranks import interval, mean_ranks, rank_interval, ranks, spearman, tie_groups, win_probability

NAN = np.nan

scores = arrays(float, (5,), elements=st.sampled_from([NAN, -1.0, 0.0, 0.5, 2.0]))


# --- ranks ----------------------------------------------------------------------------------------------------------


@given(scores)
def test_a_rank_is_1_more_than_the_number_of_better_agents(score):
    for rank, own in zip(ranks(score), score, strict=True):
        assert_array_equal(rank, NAN if np.isnan(own) else 1 + (score > own).sum())


@given(arrays(float, (2, 3, 5), elements=st.sampled_from([NAN, 0.0, 0.5, 2.0])))
def test_a_batch_of_scores_is_ranked_as_each_would_be(batch):
    assert_array_equal(ranks(batch), [[ranks(score) for score in row] for row in batch])


@pytest.mark.parametrize("scale", [1e-9, 1.0, 300.0])
def test_rounding_makes_no_rank_but_a_difference_in_the_fifth_digit_does(scale):
    score = scale * np.array([1, 1 + 1e-8, 0.5, 0.5 + 1e-5, -0.9])
    assert_array_equal(ranks(score), [1, 1, 4, 3, 5])
    assert_array_equal(ranks(-score), [4, 4, 2, 3, 1])


# --- intervals ------------------------------------------------------------------------------------------------------


def test_an_interval_leaves_out_equally_much_on_both_sides():
    replicates = np.arange(1001.0)[:, None]
    assert_allclose(interval(replicates), [[25], [975]])
    assert_allclose(interval(replicates, level=0.5), [[250], [750]])


def test_an_agent_without_a_score_has_no_interval():
    replicates = np.column_stack([np.arange(10.0), np.full(10, NAN)])
    for low, high in (interval(replicates), rank_interval(replicates)):
        assert_array_equal(np.isnan([low, high]), [[False, True]] * 2)


def test_a_rank_interval_is_rounded_outwards():
    """The first two change places in one draw of 31: the ends lie at 1.75 and at 1.25."""
    replicates = np.tile([3.0, 2.0, 1.0], (31, 1))
    replicates[0] = [2.0, 3.0, 1.0]
    low, high = rank_interval(replicates)
    assert_array_equal(low, [1, 1, 3])
    assert_array_equal(high, [2, 2, 3])


@given(st.integers(0, 1000))
def test_a_rank_interval_contains_the_rank_of_the_mean_in_a_clear_case(seed):
    score = np.arange(6.0)
    replicates = score + np.random.default_rng(seed).normal(scale=0.4, size=(200, 6))
    low, high = rank_interval(replicates)
    assert (low <= ranks(score)).all()
    assert (ranks(score) <= high).all()


# --- wins and ties --------------------------------------------------------------------------------------------------


@given(arrays(float, (7, 3), elements=st.sampled_from([0.0, 1.0, 2.0])))
def test_win_probabilities_count_wins_and_half_of_draws(replicates):
    win = win_probability(replicates)
    for i in range(3):
        assert np.isnan(win[i, i])
        for j in {0, 1, 2} - {i}:
            wins = [1 if a > b else 0.5 if a == b else 0 for a, b in replicates[:, [i, j]]]
            assert_allclose(win[i, j], np.mean(wins))


def test_nobody_wins_against_an_agent_without_a_score():
    win = win_probability(np.array([[1.0, NAN, 0.0], [1.0, NAN, 2.0]]))
    assert_array_equal(np.isnan(win), [[True, True, False], [True] * 3, [False, True, True]])


def wins(n, beaten):
    """The lower-placed agent wins never, except as `beaten[(upper, lower)]` says."""
    win = np.full((n, n), NAN)
    for i in range(n):
        for j in range(i):
            win[i, j] = beaten.get((j, i), 0.0)
            win[j, i] = 1 - win[i, j]
    return win


def test_a_group_goes_on_as_long_as_the_leader_is_not_proven_better():
    """a ties with b; c does not beat a often enough, so it leads, though it ties with b; d ties with c."""
    win = wins(4, {(0, 1): 0.3, (1, 2): 0.4, (0, 2): 0.01, (2, 3): 0.2, (1, 3): 0.2, (0, 3): 0.0})
    assert_array_equal(tie_groups(np.array([4.0, 3, 2, 1]), win), [1, 1, 2, 2])


def test_an_agent_that_wins_once_in_40_is_no_longer_tied():
    for chance, group in ((0.025, 2), (0.026, 1)):
        assert_array_equal(tie_groups(np.array([1.0, 0.5]), wins(2, {(0, 1): chance})), [1, group])


def test_groups_are_numbered_from_the_best_whatever_the_order_of_agents():
    win = wins(3, {(0, 1): 0.3})
    order = [2, 0, 1]
    assert_array_equal(tie_groups(np.array([3.0, 2, 1])[order], win[np.ix_(order, order)]), [2, 1, 1])


def test_agents_without_a_score_are_in_no_group():
    assert_array_equal(tie_groups(np.array([NAN, 1.0]), np.full((2, 2), NAN)), [0, 1])
    assert_array_equal(tie_groups(np.full(2, NAN), np.full((2, 2), NAN)), [0, 0])


# --- rank correlation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "rho"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1),
        ([1, 2, 2, 3], [1, 3, 2, 4], 4.5 / np.sqrt(4.5 * 5)),
        ([1, 1, 2, 2], [1, 2, 1, 2], 0),
        ([86, 97, 99, 100, 101, 103, 106, 110, 112, 113], [2, 20, 28, 27, 50, 29, 7, 17, 6, 12], -29 / 165),
        ([NAN, 1, 2, 3], [9, 1, 3, 2], 0.5),
        ([1, 2, 3, 9], [1, 3, 2, NAN], 0.5),
    ],
)
def test_spearman_by_hand(a, b, rho):
    assert_allclose(spearman(np.array(a, dtype=float), np.array(b, dtype=float)), rho, atol=1e-12)


@pytest.mark.parametrize(
    ("a", "b"), [([1.0, 2.0], [1.0, 2.0]), ([1.0, 1, 1], [1.0, 2, 3]), ([1.0, 2, NAN], [1.0, NAN, 3])]
)
def test_spearman_of_too_little_is_unknown(a, b):
    assert np.isnan(spearman(np.array(a), np.array(b)))


@given(arrays(float, (6,), elements=st.integers(-3, 3).map(float)))
def test_equal_values_share_their_mean_rank(values):
    for rank, value in zip(mean_ranks(values), values, strict=True):
        below, equal = (values < value).sum(), (values == value).sum()
        assert_allclose(rank, below + (equal + 1) / 2)
